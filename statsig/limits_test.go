package statsig_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig"
)

func TestNoWindowEverHoldsMoreRequestsThanAllowed(t *testing.T) {
	for name, rate := range map[string]statsig.RateLimit{
		"short": {Per10s: 10, Per15m: 900}, "long": {Per10s: 10, Per15m: 25}, "one": {Per10s: 1, Per15m: 900},
		"odd": {Per10s: 3, Per15m: 50}, "half": {Half: true}, "half of one": {Per10s: 1, Half: true}, "half of few": {Per15m: 21, Half: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { crowd(t, rate) })
		})
	}
}

// crowd lets twelve pollers over two clients do what they can.
func crowd(t *testing.T, rate statsig.RateLimit) {
	t.Helper()
	shared := limited(statsig.NewLimits(rate))
	s := &station{answers: func(int, *http.Request) (*http.Response, error) {
		pass(randomly(3 * time.Second))
		return response(200, csvBody), nil
	}}
	clients := []*statsig.Client{s.client(t, shared), s.client(t, shared)}
	start := time.Now()
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			for range 6 {
				pass(randomly(2 * time.Second))
				if _, err := once(t.Context(), clients[i%2], key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if len(s.times) != 72 {
		t.Fatalf("got %d requests", len(s.times))
	}
	short, long := cmp.Or(rate.Per10s, 10), cmp.Or(rate.Per15m, 900)
	if rate.Half {
		short, long = max(1, short/2), max(1, long/2)
	}
	holdsMost(t, s.times, short, 10*time.Second)
	holdsMost(t, s.times, long, 15*time.Minute)
	if took, least := time.Since(start), rate.Takes(72); took < least || took > least+least/10+10*time.Second {
		t.Errorf("took %s, and the plan is %s", took, least)
	}
}

func randomly(most time.Duration) time.Duration { return rand.N(most) }

// holdsMost fails if any span holds more than n of the times.
func holdsMost(t *testing.T, times []time.Time, n int, span time.Duration) {
	t.Helper()
	for i := range times {
		if j := i + n; j < len(times) && times[j].Sub(times[i]) <= span {
			t.Fatalf("%d requests within %s", n+1, times[j].Sub(times[i]))
		}
	}
}

func TestWaitersAreServedInOrderOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		c := s.client(t, rate(2, 900))
		start := time.Now()
		var order []int
		var mu sync.Mutex
		var all sync.WaitGroup
		canceled, cancel := context.WithCancel(t.Context())
		for i := range 8 {
			all.Go(func() {
				ctx := t.Context()
				if i == 3 {
					ctx = canceled
				}
				_, err := once(ctx, c, key)
				if i == 3 && !errors.Is(err, context.Canceled) || i != 3 && err != nil {
					t.Errorf("poll %d: %v", i, err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
			synctest.Wait()
		}
		cancel()
		all.Wait()
		s.wantTimes(t, start, 0, 11, 22, 33, 44, 55, 66)
		if want := []int{0, 3, 1, 2, 4, 5, 6, 7}; !slices.Equal(order, want) {
			t.Errorf("served in the order %v", order)
		}
	})
}

func TestKeysHaveLimitsOfTheirOwnAndAWaiterThatGivesUpMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		c := s.client(t, rate(1, 900))
		start := time.Now()
		for _, k := range []string{key, "console-another"} {
			if _, err := once(t.Context(), c, k); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := once(ctx, c, key); statsig.ResultOf(err) != statsig.Timeout {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		if _, err := once(t.Context(), c, key); err != nil {
			t.Error(err)
		}
		all.Wait()
		s.wantTimes(t, start, 0, 0, 11)
	})
}

func TestAPermitThatASlowConnectionOutlivedIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var connected station
		s := &station{answers: func(n int, r *http.Request) (*http.Response, error) {
			if n == 1 {
				pass(3 * time.Second)
			}
			httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
			if err := r.Context().Err(); err != nil {
				return nil, err
			}
			return connected.RoundTrip(r)
		}}
		c := s.client(t, rate(1, 900))
		start := time.Now()
		for range 2 {
			if _, err := once(t.Context(), c, key); err != nil {
				t.Fatal(err)
			}
		}
		connected.wantTimes(t, start, 11, 22)
		s.asked = nil
		err := begin(t, c, 5*time.Second).Report(april, ignore) // there is no time for another one
		wantError(t, err, statsig.Timeout, "the rate limit of the key leaves no request before")
	})
}

func TestAReportThatCannotBePermittedInTimeSaysWhenInsteadOfWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, (&station{}).client(t, rate(1, 900)), 10*time.Second)
		start := time.Now()
		if err := p.Report(april, ignore); err != nil {
			t.Fatal(err)
		}
		got := wantError(t, p.Report(april, ignore), statsig.Timeout, "rate limit of the key")
		if wait := got.RetryAt.Sub(start).Round(time.Millisecond); time.Since(start) != 0 || wait != 11*time.Second {
			t.Errorf("retry in %s, known after %s", wait, time.Since(start))
		}
	})
}

func TestA429HoldsEveryOtherRequestOfTheKeyAndThenTheyGoOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{answers: first(1, 429, "", "Retry-After", "30")}
		shared := rate(3, 900)
		c, other := s.client(t, shared), s.client(t, shared)
		start := time.Now()
		early := begin(t, other, 20*time.Second)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, err := once(t.Context(), c, key); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if got := wantError(t, early.Report(april, ignore), statsig.RateLimited); !got.RetryAt.Equal(start.Add(30 * time.Second)) {
			t.Errorf("retry at %s", got.RetryAt)
		}
		if _, err := once(t.Context(), other, "console-another"); err != nil {
			t.Error(err)
		}
		all.Wait()
		// The first retry has its jitter besides.
		for i, want := range []float64{0, 0, 30, 41, 52} {
			if at := s.times[i].Sub(start).Seconds(); at < want-0.001 || at > want+1 {
				t.Errorf("request %d at %v s, want %v", i, at, want)
			}
		}
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
		slow := &station{answers: func(int, *http.Request) (*http.Response, error) {
			pass(5 * time.Second)
			a := response(429, "", "Retry-After", "80")
			a.Body = io.NopCloser(&late{})
			return a, nil
		}}
		shared := rate(3, 900)
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := once(t.Context(), slow.client(t, shared), key); statsig.ResultOf(err) != statsig.RateLimited {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		p := begin(t, (&station{}).client(t, shared), 30*time.Second)
		if err := p.Report(april, ignore); err != nil {
			t.Fatal(err)
		}
		got := wantError(t, p.Report(april, ignore), statsig.RateLimited)
		if !got.RetryAt.Equal(start.Add(85500*time.Millisecond)) || time.Since(start) > 12*time.Second {
			t.Errorf("retry at %s, known after %s", got.RetryAt, time.Since(start))
		}
		all.Wait()
	})
}
