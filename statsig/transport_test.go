package statsig_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"statsig_exporter/statsig"
)

// certified returns the certificate that httptest's servers use, and the
// settings of a client that trusts it.
func certified(t *testing.T) (tls.Certificate, *tls.Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.TLS.Certificates[0], &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// speaking serves each connection by serve, after a TLS handshake for protocol.
// It returns its address, what trusts it, and how many connections there were.
func speaking(t *testing.T, protocol string, serve func(c *tls.Conn)) (string, *tls.Config, *atomic.Int32) {
	t.Helper()
	certificate, trusting := certified(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	connections := &atomic.Int32{}
	go func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go func() {
				defer raw.Close()
				c := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{protocol}, MinVersion: tls.VersionTLS12})
				if c.Handshake() == nil {
					serve(c)
				}
			}()
		}
	}()
	return "https://" + listener.Addr().String(), trusting, connections
}

// over returns a client of the API at base with the real clock and a transport
// that configure has configured.
func over(t *testing.T, base string, configure func(t *http.Transport)) *statsig.Client {
	t.Helper()
	transport := statsig.NewTransport(configure)
	t.Cleanup(transport.(interface{ CloseIdleConnections() }).CloseIdleConnections)
	return statsig.NewClient(statsig.Options{BaseURL: mustParse(t, base), Transport: transport, Rand: func() float64 { return 0 }})
}

// within polls once with a timeout and returns the report and the error, after
// at most a second more than the timeout.
func within(t *testing.T, c *statsig.Client, timeout time.Duration) (string, error) {
	t.Helper()
	p, err := c.Begin(t.Context(), statsig.NewSecret(key), timeout)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	begun := time.Now()
	var got []byte
	err = p.Report(april, func(b *statsig.Body) (err error) {
		got, err = io.ReadAll(b)
		return err
	})
	if took := time.Since(begun); took > timeout+time.Second {
		t.Errorf("a poll with a timeout of %s took %s", timeout, took)
	}
	return string(got), err
}

// stuck is a body that nothing ends.
type stuck struct{ until chan struct{} }

func (s stuck) Read([]byte) (int, error) { <-s.until; return 0, io.EOF }
func (s stuck) Close() error             { <-s.until; return nil }

func TestAPollEndsInTimeWhenTheTransportDoesNot(t *testing.T) {
	until := make(chan struct{})
	defer close(until)
	for name, hang := range map[string]roundTrip{
		"answer": func(*http.Request) (*http.Response, error) { <-until; return nil, errors.New("late") },
		"body": func(*http.Request) (*http.Response, error) {
			a := response(200, "")
			a.Body = stuck{until}
			return a, nil
		},
		"body of an error": func(*http.Request) (*http.Response, error) {
			a := response(503, "")
			a.Body = stuck{until}
			return a, nil
		},
	} {
		c := over(t, "hang://api.example", func(h *http.Transport) { h.RegisterProtocol("hang", hang) })
		_, err := within(t, c, 200*time.Millisecond)
		wantError(t, err, statsig.Timeout, "poll timed out")
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestOnlySoManyRequestsAreLeftHanging(t *testing.T) {
	until := make(chan struct{})
	defer close(until)
	var sent atomic.Int32
	transport := statsig.NewTransport(func(h *http.Transport) {
		h.RegisterProtocol("hang", roundTrip(func(*http.Request) (*http.Response, error) {
			sent.Add(1)
			<-until
			return nil, errors.New("late")
		}))
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failed := make(chan error)
	for range 3 {
		for range 100 {
			go func() {
				r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "hang://api.example", nil)
				_, err := transport.RoundTrip(r)
				failed <- err
			}()
		}
		for range 100 {
			if err := <-failed; err == nil {
				t.Fatal("a request that hangs has an answer")
			}
		}
	}
	if got := sent.Load(); got != 200 {
		t.Errorf("%d requests hang", got)
	}
}

func TestABodyUnderTLSIsWholeOnlyIfItsEndIsVouchedFor(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n"
	zip := string(zipped(t, csvBody))
	for name, tc := range map[string]struct {
		answer string
		notify bool // The connection ends with close_notify.
		whole  bool
	}{
		"close_notify":       {head + "\r\n" + csvBody, true, true},
		"nothing":            {head + "\r\n" + csvBody, false, false},
		"length":             {head + "Content-Length: 33\r\n\r\n" + csvBody, false, true},
		"chunks":             {head + "Transfer-Encoding: chunked\r\n\r\n21\r\n" + csvBody + "\r\n0\r\n\r\n", false, true},
		"compression":        {head + "Content-Encoding: gzip\r\n\r\n" + zip, false, true},
		"compression, short": {head + "Content-Encoding: gzip\r\n\r\n" + zip[:len(zip)-4], false, false},
	} {
		base, trusting, _ := speaking(t, "http/1.1", func(c *tls.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
				return
			}
			_, _ = io.WriteString(c, tc.answer)
			if tc.notify {
				_ = c.CloseWrite()
			}
		})
		c := over(t, base, func(h *http.Transport) { h.TLSClientConfig = trusting.Clone() })
		got, err := within(t, c, time.Minute)
		switch {
		case tc.whole && (err != nil || got != csvBody):
			t.Errorf("%s: got %q, %v", name, got, err)
		case !tc.whole && statsig.ResultOf(err) != statsig.NetworkError:
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}
