package config

import (
	"crypto/tls"
	"crypto/x509"

	commonconfig "github.com/prometheus/common/config"
)

// httpClient reads the section api.http_client, and checks its parts against each other.
// It returns the setting that asks for a proxy; on line 0 if there is none.
func (d *decoder) httpClient(e entry, c *commonconfig.HTTPClientConfig) (proxy located) {
	seen := d.section(e, keys{
		{"proxy_url", scalar(d, wantedProxy, &c.ProxyURL, func(s string) (commonconfig.URL, bool) {
			u, ok := address(s, proxySchemes()...)
			return commonconfig.URL{URL: u}, ok
		})},
		{"no_proxy", d.plain("a list of hosts such as localhost,10.0.0.0/8", &c.NoProxy)},
		{"proxy_from_environment", d.boolean(&c.ProxyFromEnvironment)},
		{"tls_config", func(e entry) { d.tlsConfig(e, &c.TLSConfig) }},
		{"enable_http2", d.boolean(&c.EnableHTTP2)},
	})
	if environment := seen["proxy_from_environment"]; c.ProxyFromEnvironment && environment.present() {
		proxy = located{"proxy_from_environment: true", environment.line}
	}
	switch noProxy := seen["no_proxy"]; {
	case c.ProxyURL.URL != nil:
		if proxy.line > 0 {
			d.problem(proxy.line, "proxy_from_environment: true and proxy_url cannot both be given; keep one of them")
		}
		c.ProxyFromEnvironment = false
		return located{"proxy_url", seen["proxy_url"].line}
	case noProxy.present():
		d.problem(noProxy.line, "no_proxy needs proxy_url; for a proxy of the environment set the variable NO_PROXY")
	}
	return proxy
}

const wantedProxy = "an address such as http://proxy.example:3128, with the scheme http, https or socks5"

func proxySchemes() []string { return []string{"http", "https", "socks5", "socks5h"} }

// tlsVersion reads a version of TLS.
func (d *decoder) tlsVersion(into *commonconfig.TLSVersion) func(entry) {
	return scalar(d, "TLS10, TLS11, TLS12 or TLS13", into, func(s string) (commonconfig.TLSVersion, bool) {
		v, ok := commonconfig.TLSVersions[s]
		return v, ok
	})
}

// tlsConfig reads a section tls_config. Files are read when the transport is made.
func (d *decoder) tlsConfig(e entry, t *commonconfig.TLSConfig) {
	const pem = "a text in PEM form"
	seen := d.section(e, keys{
		{"ca", d.plain(pem, &t.CA)},
		{"cert", d.plain(pem, &t.Cert)},
		{"key", d.plain(pem, (*string)(&t.Key))},
		{"ca_file", d.path(&t.CAFile)},
		{"cert_file", d.path(&t.CertFile)},
		{"key_file", d.path(&t.KeyFile)},
		{"server_name", d.plain("a host name", &t.ServerName)},
		{"insecure_skip_verify", d.boolean(&t.InsecureSkipVerify)},
		{"min_version", d.tlsVersion(&t.MinVersion)},
		{"max_version", d.tlsVersion(&t.MaxVersion)},
	})
	d.checkTLS(e, seen, t)
}

// checkTLS checks the parts of a section tls_config against each other.
func (d *decoder) checkTLS(e entry, seen map[string]entry, t *commonconfig.TLSConfig) {
	for _, name := range []string{"ca", "cert", "key"} {
		if file := seen[name+"_file"]; seen[name].present() && file.present() {
			d.problem(file.line, "%s and %s_file cannot both be given %s; keep one of them", name, name, e.place())
		}
	}
	cert, key := t.Cert != "" || t.CertFile != "", t.Key != "" || t.KeyFile != ""
	switch {
	case cert && !key:
		d.problem(e.line, "a client certificate %s needs its key; give key_file, or key", e.place())
	case key && !cert:
		d.problem(e.line, "a client key %s needs its certificate; give cert_file, or cert", e.place())
	case t.Cert != "" && t.Key != "":
		// The error is not shown: it is about a text with a secret in it.
		if _, err := tls.X509KeyPair([]byte(t.Cert), []byte(t.Key)); err != nil {
			d.problem(seen["cert"].line, "cert and key %s must be a certificate and its key in PEM form", e.place())
		}
	}
	if t.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(t.CA)) {
		d.problem(seen["ca"].line, "ca %s must hold at least one certificate in PEM form", e.place())
	}
	if t.MinVersion > 0 && t.MaxVersion > 0 && t.MinVersion > t.MaxVersion {
		d.problem(seen["max_version"].line, "max_version must be at least min_version")
	}
}
