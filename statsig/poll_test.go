package statsig_test

import (
	"context"
	"errors"
	"io"
	"net/http"
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
		if end, _ := s.asked[1].Context().Deadline(); end.Sub(start).Round(time.Millisecond) != 12*time.Second {
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
