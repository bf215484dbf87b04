package statsig_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// speaking serves each connection by serve after a TLS handshake, until the test
// ends. It returns its address and what trusts it.
func speaking(t *testing.T, serve func(c *tls.Conn)) (string, *tls.Config) {
	t.Helper()
	certificate, trusting := certified(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.(*tls.Conn).NetConn().Close()
				serve(c.(*tls.Conn))
			}()
		}
	}()
	return "https://" + listener.Addr().String(), trusting
}

// stuck is a body that nothing ends.
type stuck struct{ until chan struct{} }

func (s stuck) Read([]byte) (int, error) { <-s.until; return 0, io.EOF }
func (s stuck) Close() error             { <-s.until; return nil }

// hangs returns a transport for hang://api.example whose requests do as send does.
func hangs(send answers) http.RoundTripper {
	s := &station{answers: send}
	return statsig.NewTransport(func(h *http.Transport) { h.RegisterProtocol("hang", s) })
}

func TestAPollEndsInTimeWhenTheTransportDoesNot(t *testing.T) {
	for _, hang := range []func(until chan struct{}) (*http.Response, error){
		func(until chan struct{}) (*http.Response, error) { <-until; return nil, errors.New("late") },
		func(until chan struct{}) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: stuck{until}}, nil
		},
		func(until chan struct{}) (*http.Response, error) {
			return &http.Response{StatusCode: 503, Body: stuck{until}}, nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			until := make(chan struct{})
			defer close(until)
			c := (&station{}).client(t, func(o *statsig.Options) {
				o.BaseURL = mustParse(t, "hang://api.example")
				o.Transport = hangs(func(int, *http.Request) (*http.Response, error) { return hang(until) })
			})
			begun := time.Now()
			err := begin(t, c, 200*time.Millisecond).Report(april, ignore)
			if wantError(t, err, statsig.Timeout, "poll timed out"); time.Since(begun) > time.Second {
				t.Errorf("a poll with a timeout of 200 ms took %s", time.Since(begun))
			}
		})
	}
}

func TestEachRequestHasAConnectionOfItsOwn(t *testing.T) {
	base, trusting := speaking(t, func(c *tls.Conn) {
		in := bufio.NewReader(c)
		if _, err := http.ReadRequest(in); err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n"+csvBody)
			_, _ = http.ReadRequest(in) // and no answer
		}
	})
	s := &station{}
	c := s.client(t, func(o *statsig.Options) {
		o.BaseURL, o.Transport = mustParse(t, base), statsig.NewTransport(func(h *http.Transport) { h.TLSClientConfig = trusting.Clone() })
	})
	for range 2 {
		if _, err := once(t.Context(), c, key); err != nil {
			t.Error(err)
		}
	}
	s.wantCodes(t, "200 200")
}

func TestOnlySoManyRequestsAreLeftHanging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until := make(chan struct{})
		defer close(until)
		var sent atomic.Int32
		transport := hangs(func(int, *http.Request) (*http.Response, error) {
			sent.Add(1)
			<-until
			return nil, errors.New("late")
		})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 3 {
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "hang://api.example", nil)
					if _, err := transport.RoundTrip(r); err == nil {
						t.Error("a request that hangs has an answer")
					}
				})
			}
			all.Wait()
		}
		if got := sent.Load(); got != 200 {
			t.Errorf("%d requests hang", got)
		}
	})
}

func TestABodyUnderTLSIsWholeOnlyIfItsEndIsVouchedFor(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n"
	zip := zipped(t, csvBody)
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
		base, trusting := speaking(t, func(c *tls.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
				return
			}
			_, _ = io.WriteString(c, tc.answer)
			if tc.notify {
				_ = c.CloseWrite()
			}
		})
		c := (&station{}).client(t, func(o *statsig.Options) {
			o.BaseURL = mustParse(t, base)
			o.Transport = statsig.NewTransport(func(h *http.Transport) { h.TLSClientConfig = trusting.Clone() })
		})
		got, err := once(t.Context(), c, key)
		switch {
		case tc.whole && (err != nil || got != csvBody):
			t.Errorf("%s: got %q, %v", name, got, err)
		case !tc.whole && statsig.ResultOf(err) != statsig.NetworkError:
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}
