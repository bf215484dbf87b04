//go:build faults

package faults_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"sync"
	"time"
)

// authority signs certificates that the exporter under test trusts.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// trusted returns the one authority of the whole run.
var trusted = sync.OnceValue(newAuthority)

func newAuthority() authority {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "faults"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	return authority{must(x509.ParseCertificate(der)), key}
}

// pem returns the authority's certificate as configurations want it.
func (a authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// sign returns a certificate for 127.0.0.1, unless change alters it.
func (a authority) sign(change func(*x509.Certificate)) tls.Certificate {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	if change != nil {
		change(template)
	}
	der := must(x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

var goodCertificate = sync.OnceValue(func() tls.Certificate { return trusted().sign(nil) })

// goodTLS returns settings that the exporter trusts, for HTTP/1.1.
func goodTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{goodCertificate()}, NextProtos: []string{"http/1.1"}}
}

// showing replaces the certificate of the settings.
func showing(certificate tls.Certificate) func(*tls.Config) *tls.Config {
	return func(c *tls.Config) *tls.Config {
		c.Certificates = []tls.Certificate{certificate}
		return c
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
