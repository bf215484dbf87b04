package statsig_test

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig"
)

func TestAReportThatCannotBePermittedInTimeSaysWhenInsteadOfWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		c := s.client(t, statsig.NewLimits(statsig.RateLimit{Per10s: 1, Per15m: 900}))
		p, err := c.Begin(t.Context(), statsig.NewSecret(key), 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		start := time.Now()
		if err := p.Report(april, func(*statsig.Body) error { return nil }); err != nil {
			t.Fatal(err)
		}
		err = p.Report(april, func(*statsig.Body) error { return nil })
		got := wantError(t, err, statsig.Timeout, "rate limit of the key")
		if time.Since(start) != 0 {
			t.Errorf("known after %s", time.Since(start))
		}
		wantTimes(t, []float64{got.RetryAt.Sub(start).Seconds()}, 10.25)
	})
}

func TestA429HoldsEveryOtherRequestOfTheKeyAndThenTheyGoOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		s.answer = func(*http.Request) (*http.Response, error) {
			if len(s.since(time.Time{})) == 1 {
				return response(429, "", "Retry-After", "30"), nil
			}
			return response(200, csvBody), nil
		}
		limits := statsig.NewLimits(statsig.RateLimit{Per10s: 3, Per15m: 900})
		c, other := s.client(t, limits), s.client(t, limits)
		start := time.Now()
		early, err := other.Begin(t.Context(), statsig.NewSecret(key), 20*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer early.Close()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := once(t.Context(), c, key); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		err = early.Report(april, func(*statsig.Body) error { return nil })
		if got := wantError(t, err, statsig.RateLimited); !got.RetryAt.Equal(start.Add(30 * time.Second)) {
			t.Errorf("retry at %s", got.RetryAt)
		}
		if err := once(t.Context(), other, "console-another"); err != nil {
			t.Error(err)
		}
		all.Wait()
		wantTimes(t, s.since(start), 0, 0, 30, 40.25, 50.5)
	})
}

// late is a body that ends after half a second.
type late struct{ ended bool }

func (l *late) Read([]byte) (int, error) {
	if !l.ended {
		pass(500 * time.Millisecond)
	}
	l.ended = true
	return 0, io.EOF
}

func TestAWaiterLearnsThatA429MakesItTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{answer: func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "slow.example" {
				pass(5 * time.Second)
				a := response(429, "", "Retry-After", "80")
				a.Body = io.NopCloser(&late{})
				return a, nil
			}
			return response(200, csvBody), nil
		}}
		limits := statsig.NewLimits(statsig.RateLimit{Per10s: 3, Per15m: 900})
		slow := statsig.NewClient(statsig.Options{BaseURL: mustParse(t, "https://slow.example"), Transport: s, Limits: limits})
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			if err := once(t.Context(), slow, key); statsig.ResultOf(err) != statsig.RateLimited {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		p, err := s.client(t, limits).Begin(t.Context(), statsig.NewSecret(key), 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.Report(april, func(*statsig.Body) error { return nil }); err != nil {
			t.Fatal(err)
		}
		err = p.Report(april, func(*statsig.Body) error { return nil })
		got := wantError(t, err, statsig.RateLimited)
		if !got.RetryAt.Equal(start.Add(85500*time.Millisecond)) || time.Since(start) > 11*time.Second {
			t.Errorf("retry at %s, known after %s", got.RetryAt, time.Since(start))
		}
		all.Wait()
	})
}
