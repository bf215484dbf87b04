package statsig_test

import (
	"cmp"
	"context"
	"errors"
	"math"
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

// station is a transport that notes when requests arrive. Its clock, and that
// of its clients, is the bubble's.
type station struct {
	mu      sync.Mutex
	arrived []time.Time
	answer  func(r *http.Request) (*http.Response, error)
}

func (s *station) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.arrived = append(s.arrived, time.Now())
	s.mu.Unlock()
	if s.answer != nil {
		return s.answer(r)
	}
	return response(200, csvBody), nil
}

func (s *station) client(t *testing.T, limits *statsig.Limits) *statsig.Client {
	t.Helper()
	return statsig.NewClient(statsig.Options{
		BaseURL: mustParse(t, "https://api.example"), Transport: s, Limits: limits,
	})
}

// pass lets time pass, in a bubble at once.
func pass(d time.Duration) { <-time.After(d) }

// since returns the arrivals in seconds after start.
func (s *station) since(start time.Time) []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []float64
	for _, at := range s.arrived {
		out = append(out, at.Sub(start).Seconds())
	}
	return out
}

// wantTimes compares times in seconds to the millisecond.
func wantTimes(t *testing.T, got []float64, want ...float64) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 0.001 }) {
		t.Errorf("requests at %v, want %v", got, want)
	}
}

// once polls once, for as long as it takes.
func once(ctx context.Context, c *statsig.Client, k string) error {
	p, err := c.Begin(ctx, statsig.NewSecret(k), time.Minute)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Report(april, func(*statsig.Body) error { return nil })
}

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
	limits := statsig.NewLimits(rate)
	s := &station{answer: func(*http.Request) (*http.Response, error) {
		pass(rand.N(3 * time.Second))
		return response(200, csvBody), nil
	}}
	clients := []*statsig.Client{s.client(t, limits), s.client(t, limits)}
	start := time.Now()
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			for range 6 {
				pass(rand.N(2 * time.Second))
				if err := once(t.Context(), clients[i%2], key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if len(s.arrived) != 72 {
		t.Fatalf("got %d requests", len(s.arrived))
	}
	short, long := cmp.Or(rate.Per10s, 10), cmp.Or(rate.Per15m, 900)
	if rate.Half {
		short, long = max(1, short/2), max(1, long/2)
	}
	holdsMost(t, s.arrived, short, 10*time.Second)
	holdsMost(t, s.arrived, long, 15*time.Minute)
	if took, least := time.Since(start), rate.Takes(72); took < least || took > least+least/10+10*time.Second {
		t.Errorf("took %s, and the plan is %s", took, least)
	}
}

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
		c := s.client(t, statsig.NewLimits(statsig.RateLimit{Per10s: 2, Per15m: 900}))
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
				err := once(ctx, c, key)
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
		wantTimes(t, s.since(start), 0, 10.25, 20.5, 30.75, 41, 51.25, 61.5)
		if want := []int{0, 3, 1, 2, 4, 5, 6, 7}; !slices.Equal(order, want) {
			t.Errorf("served in the order %v", order)
		}
	})
}

func TestKeysHaveLimitsOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		c := s.client(t, statsig.NewLimits(statsig.RateLimit{Per10s: 1, Per15m: 900}))
		start := time.Now()
		for _, k := range []string{"console-a", "console-b", "console-a"} {
			if err := once(t.Context(), c, k); err != nil {
				t.Fatal(err)
			}
		}
		wantTimes(t, s.since(start), 0, 0, 10.25)
	})
}

func TestAWaiterThatGivesUpLetsTheNextOneTakeItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		c := s.client(t, statsig.NewLimits(statsig.RateLimit{Per10s: 1, Per15m: 900}))
		start := time.Now()
		if err := once(t.Context(), c, key); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if err := once(ctx, c, key); statsig.ResultOf(err) != statsig.Timeout {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if err := once(t.Context(), c, key); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		wantTimes(t, s.since(start), 0, 10.25)
	})
}

func TestAPermitThatASlowConnectionOutlivedIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		dial := 3 * time.Second
		s.answer = func(r *http.Request) (*http.Response, error) {
			pass(dial)
			httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
			s.arrived[len(s.arrived)-1] = time.Now()
			dial = 0
			return response(200, csvBody), nil
		}
		c := s.client(t, statsig.NewLimits(statsig.RateLimit{Per10s: 1, Per15m: 900}))
		start := time.Now()
		for range 2 {
			if err := once(t.Context(), c, key); err != nil {
				t.Fatal(err)
			}
		}
		wantTimes(t, s.since(start), 10.25, 20.5)
	})
}
