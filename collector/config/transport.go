package config

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	commonconfig "github.com/prometheus/common/config"
)

// HTTPTransport returns a transport as the section api.http_client wants it. It
// reads the TLS files that the section names; the error names the one that is
// wrong. The transport asks for no compression by itself, bounds a response's
// header to 1 MiB, and has no time limit for a whole exchange: the request's
// context has. It uses no proxy if the API is asked over http. Changed TLS files
// are picked up by later requests. The transport is safe for concurrent use.
func (c *Config) HTTPTransport() (http.RoundTripper, error) {
	return c.transport(c.API.client.HTTPClientConfig)
}

// OtherTransport returns a transport for other origins than the API's, to which
// redirects and envelopes may point. It is as HTTPTransport's, but without what
// belongs to the API alone: the client certificate and the name of the server.
func (c *Config) OtherTransport() (http.RoundTripper, error) {
	settings := c.API.client.HTTPClientConfig
	files := &settings.TLSConfig
	files.Cert, files.CertFile, files.Key, files.KeyFile, files.ServerName = "", "", "", "", ""
	return c.transport(settings)
}

func (c *Config) transport(settings commonconfig.HTTPClientConfig) (http.RoundTripper, error) {
	if c.API.BaseURL.Scheme == "http" {
		settings.ProxyConfig = commonconfig.ProxyConfig{}
	}
	files := &settings.TLSConfig
	for _, path := range []string{files.CAFile, files.CertFile, files.KeyFile} {
		if path == "" {
			continue
		}
		// The library would wait for the writer of a pipe.
		if _, err := readLimited(path, maxFileBytes); err != nil {
			return nil, fmt.Errorf("api.http_client.tls_config: %s: %w", path, err)
		}
	}
	tlsConfig, err := commonconfig.NewTLSConfig(files)
	if err != nil {
		return nil, fmt.Errorf("api.http_client.tls_config: %w", err)
	}
	proxy := settings.Proxy()
	newTransport := func(t *tls.Config) (http.RoundTripper, error) {
		transport := boundedTransport(t, settings.EnableHTTP2)
		transport.Proxy = proxy
		return transport, nil
	}
	if files.CAFile == "" && files.CertFile == "" && files.KeyFile == "" {
		return newTransport(tlsConfig)
	}
	return commonconfig.NewTLSRoundTripper(tlsConfig, commonconfig.TLSRoundTripperSettings{
		CA:   secretReader(files.CA, files.CAFile),
		Cert: secretReader(files.Cert, files.CertFile),
		Key:  secretReader(string(files.Key), files.KeyFile),
	}, newTransport)
}

// secretReader returns a reader of the text or the file, or nil without either.
func secretReader(text, file string) commonconfig.SecretReader {
	switch {
	case text != "":
		return commonconfig.NewInlineSecret(text)
	case file != "":
		return commonconfig.NewFileSecret(file)
	default:
		return nil
	}
}

func boundedTransport(t *tls.Config, http2 bool) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(http2)
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        t,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    100, // all polls ask one host
		MaxResponseHeaderBytes: 1 << 20,
		DisableCompression:     true,
		Protocols:              protocols,
		// Without pings a dead HTTP/2 connection would fail every poll until the
		// kernel gives it up.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
	}
}
