package statsig_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
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
	times := s.arrived
	if len(times) != 72 {
		t.Fatalf("got %d requests", len(times))
	}
	for i := range times {
		if j := i + rate.Per10s; j < len(times) && times[j].Sub(times[i]) <= 10*time.Second {
			t.Fatalf("%d requests within %s", rate.Per10s+1, times[j].Sub(times[i]))
		}
		if j := i + rate.Per15m; j < len(times) && times[j].Sub(times[i]) <= 15*time.Minute {
			t.Fatalf("%d requests within %s", rate.Per15m+1, times[j].Sub(times[i]))
		}
	}
	// What is allowed is used, too: a slow limiter is no virtue.
	windows := time.Duration((72 - 1) / rate.Per10s)
	pauses := time.Duration((72 - 1) / rate.Per15m)
	if most := (windows+1)*13*time.Second + pauses*16*time.Minute; time.Since(start) > most {
		t.Errorf("took %s, more than %s", time.Since(start), most)
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
		slices.SortStableFunc(order[:2], func(a, b int) int { return a - b })
		if want := []float64{0, 0, 10.25, 10.25, 20.5, 20.5, 30.75}; !slices.Equal(s.since(start), want) {
			t.Errorf("requests at %v, want %v", s.since(start), want)
		}
		inOrder := func(a, b int) bool { return slices.Index(order, a) < slices.Index(order, b) }
		if !inOrder(1, 4) || !inOrder(2, 5) || !inOrder(4, 6) || !inOrder(5, 7) {
			t.Errorf("served in the order %v", order)
		}
	})
}

func TestAPollThatIsClosedUnusedGivesItsPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		c := s.client(t, statsig.NewLimits(statsig.RateLimit{Per10s: 1, Per15m: 900}))
		start := time.Now()
		p, err := c.Begin(t.Context(), statsig.NewSecret(key), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, p.Close)
		if err := once(t.Context(), c, key); err != nil {
			t.Fatal(err)
		}
		if got := s.since(start); !slices.Equal(got, []float64{1}) {
			t.Errorf("requests at %v, want 1", got)
		}
		p.Close()
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
		if got := s.since(start); !slices.Equal(got, []float64{0, 0, 10.25}) {
			t.Errorf("requests at %v", got)
		}
	})
}

func TestALongIdleKeyIsForgottenAndAPollOfItIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{}
		c := s.client(t, statsig.NewLimits(statsig.RateLimit{Per10s: 1, Per15m: 900}))
		p, err := c.Begin(t.Context(), statsig.NewSecret(key), 2*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.Report(april, func(*statsig.Body) error { return nil }); err != nil {
			t.Fatal(err)
		}
		pass(20 * time.Minute) // Idle, but in use by p.
		start := time.Now()
		if err := once(t.Context(), c, key); err != nil {
			t.Fatal(err)
		}
		if err := p.Report(april, func(*statsig.Body) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got := s.since(start)[1:]; !slices.Equal(got, []float64{0, 10.25}) {
			t.Errorf("requests at %v", got)
		}
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
		if got := s.since(start); !slices.Equal(got, []float64{0, 10.25}) {
			t.Errorf("requests at %v", got)
		}
	})
}
