package config

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	commonconfig "github.com/prometheus/common/config"

	"statsig_exporter/statsig"
)

// HTTPTransport returns a transport as the section api.http_client wants it. It
// reads the TLS files that the section names; the error names the one that is
// wrong. The transport asks for no compression by itself, bounds a response's
// header to 1 MiB, and leaves the time limit of an exchange to the request's
// context. It uses no proxy if the API is asked over http. Later requests pick up
// changed TLS files. The transport is safe for concurrent use.
func (c *Config) HTTPTransport() (http.RoundTripper, error) {
	return c.transport(*c.API.client)
}

// OtherTransport returns a transport like HTTPTransport's, for other origins to which
// redirects and envelopes may point. It has neither the client certificate nor the
// server name: these belong to the API alone.
func (c *Config) OtherTransport() (http.RoundTripper, error) {
	settings := *c.API.client
	files := &settings.TLSConfig
	files.Cert, files.CertFile, files.Key, files.KeyFile, files.ServerName = "", "", "", "", ""
	return c.transport(settings)
}

func (c *Config) transport(settings commonconfig.HTTPClientConfig) (http.RoundTripper, error) {
	proxy, err := c.proxy(settings)
	if err != nil {
		return nil, err
	}
	files := &settings.TLSConfig
	tlsConfig, err := c.tlsConfig(files)
	if err != nil {
		return nil, err
	}
	changing := commonconfig.TLSRoundTripperSettings{CA: fileReader(files.CAFile), Cert: fileReader(files.CertFile), Key: fileReader(files.KeyFile)}
	return commonconfig.NewTLSRoundTripper(tlsConfig, changing, func(t *tls.Config) (http.RoundTripper, error) {
		return statsig.NewTransport(func(transport *http.Transport) {
			bound(transport, settings.EnableHTTP2)
			transport.TLSClientConfig, transport.Proxy = t.Clone(), proxy
		}), nil
	})
}

// tlsConfig reads the files of a section tls_config. The error, if any, is of type
// Errors.
func (c *Config) tlsConfig(files *commonconfig.TLSConfig) (*tls.Config, error) {
	var place Problem
	for _, path := range []string{files.CAFile, files.CertFile, files.KeyFile} {
		if path == "" {
			continue
		}
		place = c.places[path]
		// The library would wait for the writer of a pipe.
		if _, err := readLimited(path, maxFileBytes); err != nil {
			place.Message = fmt.Sprintf("api.http_client.tls_config: %s: %v", path, err)
			return nil, Errors{place}
		}
	}
	made, err := commonconfig.NewTLSConfig(files)
	if err != nil {
		place.Message = fmt.Sprintf("api.http_client.tls_config: %v", err)
		return nil, Errors{place}
	}
	return made, nil
}

// proxy returns the function that chooses a request's proxy. Net/http alone would ignore
// a variable that it cannot read, and send the key past the proxy.
func (c *Config) proxy(settings commonconfig.HTTPClientConfig) (func(*http.Request) (*url.URL, error), error) {
	if c.API.BaseURL.Scheme == "http" {
		return nil, nil
	}
	if settings.ProxyFromEnvironment {
		for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
			if value := os.Getenv(name); value != "" && parseProxy(value) == nil {
				return nil, fmt.Errorf("api.http_client: environment variable %s must be %s", name, wantedProxy)
			}
		}
	}
	return settings.Proxy(), nil
}

// Secrets returns the keys that can be read now, and the credentials of the proxy,
// plain and as they are sent.
func (c *Config) Secrets() []statsig.Secret {
	var secrets []statsig.Secret
	for _, p := range c.Projects {
		if key, err := p.Key.Read(); err == nil {
			secrets = append(secrets, key)
		}
	}
	proxies := []string{os.Getenv("HTTPS_PROXY"), os.Getenv("https_proxy")}
	if set := c.API.client.ProxyURL.URL; set != nil {
		proxies = append(proxies, set.String())
	}
	for _, proxy := range proxies {
		u := parseProxy(proxy)
		if u == nil {
			continue
		}
		if password, given := u.User.Password(); given {
			sent := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
			secrets = append(secrets, statsig.NewSecret(password), statsig.NewSecret(sent))
		}
	}
	return secrets
}

// parseProxy reads a proxy's address as net/http reads a variable: the scheme may be
// missing. It returns nil if it is not an address.
func parseProxy(s string) *url.URL {
	for _, s := range []string{s, "http://" + s} {
		if u, ok := address(s, proxySchemes()...); ok {
			return u
		}
	}
	return nil
}

// fileReader returns a reader of the file at path, or nil without a path.
func fileReader(path string) commonconfig.SecretReader {
	if path == "" {
		return nil
	}
	return tlsFile(path)
}

// tlsFile is the path of a file with a certificate or a key, which is not read without
// bounds when it changes either.
type tlsFile string

// Fetch returns what is in the file now.
func (f tlsFile) Fetch(context.Context) (string, error) {
	data, err := readLimited(string(f), maxFileBytes)
	if err != nil {
		return "", fmt.Errorf("%s: %w", string(f), err)
	}
	return string(data), nil
}

// Description returns the path.
func (f tlsFile) Description() string { return string(f) }

// Immutable returns false: the file is read again for each request.
func (f tlsFile) Immutable() bool { return false }

// bound sets the limits of a transport, and whether it speaks HTTP/2.
func bound(t *http.Transport, http2 bool) {
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.Protocols.SetHTTP2(http2)
	t.TLSHandshakeTimeout = 10 * time.Second
	t.MaxResponseHeaderBytes = 1 << 20
	t.DisableCompression = true
}
