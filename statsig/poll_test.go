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
		c := s.client(t, rate(1, 900))
		if _, err := once(t.Context(), c, key); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		p := begin(t, c, time.Second)
		if err := p.Report(april, ignore); err != nil {
			t.Fatal(err)
		}
		if end, _ := s.asked[1].Context().Deadline(); end.Sub(start).Round(time.Millisecond) != 11250*time.Millisecond {
			t.Errorf("the poll ends %s after Begin was called", end.Sub(start))
		}
	})
}

// hanging waits for the end of the request.
func hanging(_ int, r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, errors.New("gave up")
}

// trickle answers with a body that stops in the middle, until the request ends.
func trickle(status int) answers {
	return func(_ int, r *http.Request) (*http.Response, error) {
		reader, writer := io.Pipe()
		context.AfterFunc(r.Context(), func() { _ = writer.CloseWithError(errors.New("gave up")) })
		go func() { _, _ = writer.Write([]byte("event,count\n")) }()
		a := response(status, "")
		a.Body = reader
		return a, nil
	}
}

func TestAPollThatRunsOutOfItsTimeIsATimeoutWhateverWasUnderWay(t *testing.T) {
	for words, send := range map[string]answers{
		"while waiting for the answer": hanging,
		"while reading the report":     trickle(200),
		"the last attempt: status 503": func(int, *http.Request) (*http.Response, error) {
			pass(61 * time.Second)
			return response(503, "busy"), nil
		},
		"the last attempt: status 503 Service Unavailable: busy": func(n int, r *http.Request) (*http.Response, error) {
			if n == 1 {
				return response(503, "busy"), nil
			}
			return hanging(n, r)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := once(t.Context(), (&station{answers: send}).client(t), key)
			wantError(t, err, statsig.Timeout, "poll timed out after 1m0s", words)
			if took := time.Since(start); took < time.Minute || took > 62*time.Second {
				t.Errorf("%s: took %s", words, took)
			}
		})
	}
}

func TestTheEndOfTheCallersContextIsNoResultAndItsDeadlineATimeout(t *testing.T) {
	for name, send := range map[string]answers{"answer": hanging, "backoff": always(429, "", "Retry-After", "50")} {
		synctest.Test(t, func(t *testing.T) {
			c := (&station{answers: send}).client(t)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			start := time.Now()
			_, err := once(ctx, c, key)
			var typed *statsig.Error
			if !errors.Is(err, context.Canceled) || errors.As(err, &typed) || time.Since(start) > 3*time.Second {
				t.Errorf("%s: got %v after %s", name, err, time.Since(start))
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := once(ctx, (&station{answers: hanging}).client(t), key)
		wantError(t, err, statsig.Timeout)
	})
}

func TestAnErrorWithASlowBodyIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := once(t.Context(), (&station{answers: trickle(401)}).client(t), key)
		if wantError(t, err, statsig.Unauthorized, "status 401"); time.Since(start) > 5*time.Second {
			t.Errorf("took %s", time.Since(start))
		}
	})
}

// piped counts connections, without a socket, and serves each.
func piped(t *testing.T, serve func(c net.Conn)) (*http.Transport, *atomic.Int32) {
	t.Helper()
	connections := &atomic.Int32{}
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		connections.Add(1)
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			serve(far)
		}()
		return near, nil
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return transport, connections
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{answers: func(n int, _ *http.Request) (*http.Response, error) {
			return []*http.Response{
				response(200, csvBody), response(403, "no"), response(200, "<html>"), response(200, csvBody+key),
				response(302, "", "Location", "/next"), response(404, strings.Repeat("x", 20_000)),
			}[n%6], nil
		}}
		transport, connections := piped(t, func(c net.Conn) {
			for in := bufio.NewReader(c); ; {
				r, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				a, _ := s.RoundTrip(r)
				if a.Write(c) != nil {
					return
				}
			}
		})
		c := s.client(t, func(o *statsig.Options) { o.Transport, o.BaseURL = transport, mustParse(t, "http://127.0.0.1:1") })
		for range 12 {
			_, _ = once(t.Context(), c, key)
		}
		if connections.Load() != 1 {
			t.Errorf("%d requests took %d connections", len(s.asked), connections.Load())
		}
	})
}

// closing serves one request on each connection and hangs up after having read a
// second one, as a server does that closes an idle connection.
func closing(s *station) func(c net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for range 2 {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if a, err := s.RoundTrip(r); err == nil {
				_ = a.Write(c)
			}
		}
	}
}

// dead answers the first of two requests on a connection.
func dead(n int, _ *http.Request) (*http.Response, error) {
	if n%2 == 0 {
		return nil, errors.New("closed")
	}
	return response(200, "a\n"), nil
}

func TestARequestOnADeadConnectionIsRetriedWithBackoffAndAnotherPermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{answers: dead}
		transport, _ := piped(t, closing(s))
		c := s.client(t, rate(2, 900), func(o *statsig.Options) { o.Transport, o.BaseURL = transport, mustParse(t, "http://127.0.0.1:1") })
		start := time.Now()
		for range 3 {
			if _, err := once(t.Context(), c, key); err != nil {
				t.Fatal(err)
			}
		}
		s.wantCodes(t, "200 error 200 error 200")
		s.wantTimes(t, start, 0, 10.25, 20.5, 30.75, 41)
		err := begin(t, c, 5*time.Second).Report(april, ignore) // it may not be sent again in time
		wantError(t, err, statsig.NetworkError)
		if len(s.times) != 6 {
			t.Errorf("the server got %d requests", len(s.times))
		}
	})
}
