package statsig_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig"
)

func TestWaitingForTheRateLimitIsNotPartOfTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		c := s.client(t, statsig.NewLimits(statsig.RateLimit{Per10s: 1, Per15m: 900}))
		if err := once(t.Context(), c, key); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		p, err := c.Begin(t.Context(), statsig.NewSecret(key), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		s.answer = func(r *http.Request) (*http.Response, error) {
			if end, _ := r.Context().Deadline(); end.Sub(start).Round(time.Millisecond) != 11250*time.Millisecond {
				t.Errorf("the poll ends %s after Begin was called", end.Sub(start))
			}
			return response(200, csvBody), nil
		}
		if err := p.Report(april, func(*statsig.Body) error { return nil }); err != nil {
			t.Error(err)
		}
	})
}

// hanging is a transport that waits for the end of the request.
func hanging(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, errors.New("gave up")
}

func TestAPollThatRunsOutOfItsTimeIsATimeoutWhateverWasUnderWay(t *testing.T) {
	slow := func(r *http.Request) (*http.Response, error) {
		reader, writer := io.Pipe()
		context.AfterFunc(r.Context(), func() { _ = writer.CloseWithError(errors.New("gave up")) })
		go func() { _, _ = writer.Write([]byte("event,count\n")) }()
		a := response(200, "")
		a.Body = reader
		return a, nil
	}
	failed := false
	second := func(r *http.Request) (*http.Response, error) {
		if !failed {
			failed = true
			return response(503, "busy"), nil
		}
		return hanging(r)
	}
	late := func(*http.Request) (*http.Response, error) {
		pass(61 * time.Second)
		return response(503, "busy"), nil
	}
	for name, tc := range map[string]struct {
		send  roundTrip
		words string
	}{
		"answer": {hanging, "while waiting for the answer"},
		"body":   {slow, "while reading the report"},
		"late":   {late, "the last attempt: status 503"},
		"retry":  {second, "the last attempt: status 503 Service Unavailable: busy"},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := (&station{answer: tc.send}).client(t, nil)
			start := time.Now()
			err := once(t.Context(), c, key)
			wantError(t, err, statsig.Timeout, "poll timed out after 1m0s", tc.words)
			if took := time.Since(start); took < time.Minute || took > 62*time.Second {
				t.Errorf("%s: took %s", name, took)
			}
		})
	}
}

func TestTheEndOfTheCallersContextIsNoResult(t *testing.T) {
	for name, send := range map[string]roundTrip{
		"answer":  hanging,
		"backoff": func(*http.Request) (*http.Response, error) { return response(429, "", "Retry-After", "50"), nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			c := (&station{answer: send}).client(t, nil)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			start := time.Now()
			err := once(ctx, c, key)
			var typed *statsig.Error
			if !errors.Is(err, context.Canceled) || errors.As(err, &typed) || time.Since(start) > 3*time.Second {
				t.Errorf("%s: got %v after %s", name, err, time.Since(start))
			}
		})
	}
}

func TestADeadlineOfTheCallersContextIsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := (&station{answer: hanging}).client(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantError(t, once(ctx, c, key), statsig.Timeout)
	})
}

func TestAnErrorWithASlowBodyIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := (&station{answer: func(r *http.Request) (*http.Response, error) {
			reader, writer := io.Pipe()
			context.AfterFunc(r.Context(), func() { _ = writer.CloseWithError(errors.New("gave up")) })
			go func() { _, _ = writer.Write([]byte("wrong key")) }()
			a := response(401, "")
			a.Body = reader
			return a, nil
		}}).client(t, nil)
		start := time.Now()
		wantError(t, once(t.Context(), c, key), statsig.Unauthorized, "status 401")
		if time.Since(start) > 5*time.Second {
			t.Errorf("took %s", time.Since(start))
		}
	})
}

func TestATimeoutThatIsNotPositiveIsRefused(t *testing.T) {
	c := newClient(t, "http://127.0.0.1:1")
	if _, err := c.Begin(t.Context(), statsig.NewSecret(key), 0); err == nil {
		t.Error("a poll without time has begun")
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	var connections atomic.Int32
	answers := []http.HandlerFunc{
		answer(200, "text/csv", csvBody), answer(403, "text/plain", "no"), answer(200, "text/html", "<html>"),
		answer(200, "text/csv", csvBody+key), redirectTo(func() string { return "/next" }), answer(404, "text/plain", strings.Repeat("x", 20_000)),
	}
	n := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answers[n%len(answers)](w, r)
		n++
	})
	dialer := net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		connections.Add(1)
		return dialer.DialContext(ctx, network, addr)
	}}
	defer transport.CloseIdleConnections()
	c := newClient(t, s.URL, func(o *statsig.Options) { o.Transport = transport })
	for range 2 * len(answers) {
		_, _ = report(t, c.Client, key)
	}
	if connections.Load() != 1 {
		t.Errorf("%d requests took %d connections", n, connections.Load())
	}
}

// closing serves one request on each connection and hangs up after having
// read a second one, as a server does that closes an idle connection. It
// returns its address and how many requests it has got.
func closing(t *testing.T) (string, *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	got := &atomic.Int32{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			for first := true; ; first = false {
				if _, err := http.ReadRequest(in); err != nil {
					break
				}
				if got.Add(1); !first {
					break
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na\n")
			}
			_ = conn.Close()
		}
	}()
	return "http://" + listener.Addr().String(), got
}

func TestARequestOnADeadConnectionIsRetriedWithBackoffAndAnotherPermit(t *testing.T) {
	base, got := closing(t)
	limits := statsig.NewLimits(statsig.RateLimit{Per10s: 2, Per15m: 900})
	c := newClient(t, base, func(o *statsig.Options) { o.Limits = limits })
	for range 3 {
		if _, err := report(t, c.Client, key); err != nil {
			t.Fatal(err)
		}
	}
	if got.Load() != 5 || c.Codes() != "200 error 200 error 200" {
		t.Errorf("the server got %d requests; counted %s", got.Load(), c.Codes())
	}
	var slept []float64
	for _, d := range c.clock.slept {
		slept = append(slept, d.Seconds())
	}
	wantTimes(t, slept, 10.25, 0.5, 9.75, 10.25, 0.5, 9.75)
}

func TestARequestThatMayNotBeSentAgainInTimeIsNot(t *testing.T) {
	base, got := closing(t)
	limits := statsig.NewLimits(statsig.RateLimit{Per10s: 2, Per15m: 900})
	c := newClient(t, base, func(o *statsig.Options) { o.Limits = limits })
	if _, err := report(t, c.Client, key); err != nil {
		t.Fatal(err)
	}
	p, err := c.Begin(t.Context(), statsig.NewSecret(key), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	err = p.Report(april, func(*statsig.Body) error { return nil })
	if wantError(t, err, statsig.NetworkError); got.Load() != 2 {
		t.Errorf("the server got %d requests", got.Load())
	}
}
