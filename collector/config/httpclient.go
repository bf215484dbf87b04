package config

import (
	"crypto/tls"
	"crypto/x509"

	commonconfig "github.com/prometheus/common/config"
)

// httpClient is the section api.http_client.
type httpClient struct {
	commonconfig.HTTPClientConfig
	proxyURLLine, fromEnvironmentLine int // of the keys that were given; else 0
}

func newHTTPClient() *httpClient {
	c := &httpClient{}
	c.ProxyFromEnvironment = true
	return c
}

func httpClientKeys() []key[httpClient] {
	return []key[httpClient]{
		{"proxy_url", (*decoder).proxyURL},
		{"no_proxy", func(d *decoder, e entry, c *httpClient) {
			d.plain(e, "a list of hosts such as localhost,10.0.0.0/8", &c.NoProxy)
		}},
		{"proxy_from_environment", func(d *decoder, e entry, c *httpClient) {
			c.fromEnvironmentLine = e.line
			d.boolean(e, &c.ProxyFromEnvironment)
		}},
		{"tls_config", func(d *decoder, e entry, c *httpClient) { d.tlsConfig(e, &c.TLSConfig) }},
		{"enable_http2", func(d *decoder, e entry, c *httpClient) { d.boolean(e, &c.EnableHTTP2) }},
	}
}

// httpClient reads the section and checks its parts against each other.
func (d *decoder) httpClient(e entry, c *httpClient) {
	seen := section(d, "api.http_client", e, httpClientKeys(), c)
	if c.proxyURLLine > 0 {
		if c.fromEnvironmentLine > 0 && c.ProxyFromEnvironment {
			d.problem(c.fromEnvironmentLine, "proxy_from_environment: true and proxy_url cannot both be given; keep one of them")
		}
		c.ProxyFromEnvironment = false
	}
	if noProxy := seen["no_proxy"]; noProxy.present() && c.proxyURLLine == 0 {
		d.problem(noProxy.line, "no_proxy needs proxy_url; for a proxy of the environment set the variable NO_PROXY")
	}
}

const wantedProxy = "an address such as http://proxy.example:3128, with the scheme http, https or socks5"

func proxySchemes() []string { return []string{"http", "https", "socks5", "socks5h"} }

func (d *decoder) proxyURL(e entry, c *httpClient) {
	scalar(d, e, wantedProxy, func(s string) (commonconfig.URL, bool) {
		u, ok := address(s, proxySchemes()...)
		return commonconfig.URL{URL: u}, ok
	}, &c.ProxyURL)
	if c.ProxyURL.URL != nil {
		c.proxyURLLine = e.line
	}
}

// path reads the path of a file, relative to the directory of the configuration
// file.
func (d *decoder) path(e entry, into *string) {
	scalar(d, e, "the path of a file", func(s string) (string, bool) {
		return commonconfig.JoinDir(d.dir, s), s != "" && !keyShape.MatchString(s)
	}, into)
	d.places[*into] = Problem{File: d.file, Line: e.line}
}

func tlsKeys() []key[commonconfig.TLSConfig] {
	type tlsConfig = commonconfig.TLSConfig
	const pem = "a text in PEM form"
	return []key[tlsConfig]{
		{"ca", func(d *decoder, e entry, t *tlsConfig) { d.plain(e, pem, &t.CA) }},
		{"cert", func(d *decoder, e entry, t *tlsConfig) { d.plain(e, pem, &t.Cert) }},
		{"key", func(d *decoder, e entry, t *tlsConfig) { d.plain(e, pem, (*string)(&t.Key)) }},
		{"ca_file", func(d *decoder, e entry, t *tlsConfig) { d.path(e, &t.CAFile) }},
		{"cert_file", func(d *decoder, e entry, t *tlsConfig) { d.path(e, &t.CertFile) }},
		{"key_file", func(d *decoder, e entry, t *tlsConfig) { d.path(e, &t.KeyFile) }},
		{"server_name", func(d *decoder, e entry, t *tlsConfig) { d.plain(e, "a host name", &t.ServerName) }},
		{"insecure_skip_verify", func(d *decoder, e entry, t *tlsConfig) { d.boolean(e, &t.InsecureSkipVerify) }},
		{"min_version", func(d *decoder, e entry, t *tlsConfig) { d.tlsVersion(e, &t.MinVersion) }},
		{"max_version", func(d *decoder, e entry, t *tlsConfig) { d.tlsVersion(e, &t.MaxVersion) }},
	}
}

func (d *decoder) tlsVersion(e entry, into *commonconfig.TLSVersion) {
	var s string
	enum(d, e, []string{"TLS10", "TLS11", "TLS12", "TLS13"}, &s)
	*into = commonconfig.TLSVersions[s]
}

// tlsConfig reads the section and checks its parts against each other. Files are
// read when the transport is made.
func (d *decoder) tlsConfig(e entry, t *commonconfig.TLSConfig) {
	const where = "api.http_client.tls_config"
	seen := section(d, where, e, tlsKeys(), t)
	for _, name := range []string{"ca", "cert", "key"} {
		if file := seen[name+"_file"]; seen[name].present() && file.present() {
			d.problem(file.line, "%s and %s_file cannot both be given under %s; keep one of them", name, name, where)
		}
	}
	cert, key := t.Cert != "" || t.CertFile != "", t.Key != "" || t.KeyFile != ""
	switch {
	case cert && !key:
		d.problem(e.line, "a client certificate under %s needs its key; give key_file, or key", where)
	case key && !cert:
		d.problem(e.line, "a client key under %s needs its certificate; give cert_file, or cert", where)
	case t.Cert != "" && t.Key != "":
		// The error is not shown: it is about a text with a secret in it.
		if _, err := tls.X509KeyPair([]byte(t.Cert), []byte(t.Key)); err != nil {
			d.problem(seen["cert"].line, "cert and key under %s must be a certificate and its key in PEM form", where)
		}
	}
	if t.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(t.CA)) {
		d.problem(seen["ca"].line, "ca under %s must hold at least one certificate in PEM form", where)
	}
	if t.MinVersion > 0 && t.MaxVersion > 0 && t.MinVersion > t.MaxVersion {
		d.problem(seen["max_version"].line, "max_version must be at least min_version")
	}
}
