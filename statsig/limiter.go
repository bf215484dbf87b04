package statsig

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// RateLimit is how many requests may go to the API with one key in any 10
// seconds and in any 15 minutes. Zero or less means what the API surely
// allows: 10 and 900.
type RateLimit struct {
	Per10s, Per15m int
	// Half allows half of that, evenly spaced, to a process that runs beside
	// one that may use all.
	Half bool
}

// The spans of the two limits are a little longer than the API's own, because
// a request may leave up to permitAge after it was permitted: connecting takes time.
const (
	permitAge = time.Second
	shortSpan = 10*time.Second + permitAge
	longSpan  = 15*time.Minute + time.Second
)

// rule allows burst requests at once and one more every so often.
type rule struct {
	burst int
	every time.Duration
}

// rules returns a rule for each limit. In any span, no more than the burst and
// what span/every adds can leave: n/2 rounded up, and n/2 rounded down.
// Half of a limit has no burst, so that all of its n/2 are a steady stream.
func (limit RateLimit) rules() []rule {
	short, long := limit.Per10s, limit.Per15m
	if short <= 0 {
		short = 10
	}
	if long <= 0 {
		long = 900
	}
	return []rule{limit.rule(short, shortSpan), limit.rule(long, longSpan)}
}

func (limit RateLimit) rule(n int, span time.Duration) rule {
	switch every := span / time.Duration(max(n/2, 1)); {
	case !limit.Half:
		return rule{(n + 1) / 2, every}
	case n == 1:
		return rule{1, 2 * span}
	default:
		return rule{1, every}
	}
}

// Takes returns how long n requests with one key take at least, from the first to
// the last.
func (limit RateLimit) Takes(n int) time.Duration {
	longest := time.Duration(0)
	for _, r := range limit.rules() {
		longest = max(longest, time.Duration(n-r.burst)*r.every)
	}
	return longest
}

// Limits keeps one rate limiter per key, for all clients that share it. It is
// safe for concurrent use.
type Limits struct {
	mu    sync.Mutex
	limit RateLimit
	byKey map[Secret]*limiter
	// earlier holds what was known of keys, by ID, when it was restored.
	earlier  map[string]KeyState
	restored time.Time
	changed  chan struct{} // see Changed
}

// NewLimits returns Limits under which each key may be used as limit says.
func NewLimits(limit RateLimit) *Limits {
	return &Limits{limit: limit, byKey: make(map[Secret]*limiter), changed: make(chan struct{}, 1)}
}

// SetRate lets each key be used as limit says from now on. What was sent before
// still counts.
func (l *Limits) SetRate(limit RateLimit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = limit
	for _, known := range l.byKey {
		for i, r := range limit.rules() {
			known.rates[i].SetBurst(r.burst)
			known.rates[i].SetLimit(rate.Every(r.every))
		}
	}
}

// of returns the limiter of key.
func (l *Limits) of(key Secret) *limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.byKey[key]
	if !ok {
		found = &limiter{begin: make(chan struct{}, 1), turn: make(chan struct{}, 1), changed: l.changed}
		for _, r := range l.limit.rules() {
			found.rates = append(found.rates, rate.NewLimiter(rate.Every(r.every), r.burst))
		}
		if state, ok := l.earlier[key.ID()]; ok {
			found.restore(state, l.restored)
		}
		l.byKey[key] = found
	}
	return found
}

// limiter permits the requests with one key.
type limiter struct {
	// Whoever has filled turn waits for the rates, and the others wait in order
	// of arrival. Of the polls that have not begun, only the one that has filled
	// begin is among them: a poll under way does not queue behind hundreds.
	begin, turn chan struct{}
	changed     chan<- struct{} // of Limits

	mu    sync.Mutex
	rates []*rate.Limiter
	held  time.Time // Nothing is permitted before.
}

// tooLate is the error of a request that cannot be permitted before its deadline.
type tooLate struct{ at time.Time }

// Error says when the request could be permitted.
func (e *tooLate) Error() string {
	return "the rate limit of the key leaves no request before " + e.at.UTC().Format(time.RFC3339)
}

// acquire waits for permission to send one request: until ctx ends, with its
// error, or until it sees that none comes before deadline, with *tooLate. A
// zero deadline stands for a poll that has not begun.
func (l *limiter) acquire(ctx context.Context, deadline time.Time) error {
	late := func(at time.Time) bool { return !deadline.IsZero() && !at.Before(deadline) }
	if until := l.heldUntil(); late(until) {
		return &tooLate{until}
	}
	if deadline.IsZero() {
		if err := enter(ctx, l.begin); err != nil {
			return err
		}
		defer func() { <-l.begin }()
	}
	if err := enter(ctx, l.turn); err != nil {
		return err
	}
	defer func() { <-l.turn }()
	for {
		now := time.Now()
		at := l.take(now)
		switch {
		case !at.After(now):
			return nil
		case late(at):
			return &tooLate{at}
		}
		if err := sleep(ctx, at.Sub(now)); err != nil {
			return err
		}
	}
}

// enter fills queue as soon as it is empty, or returns the error with which ctx ends.
func enter(ctx context.Context, queue chan<- struct{}) error {
	select {
	case queue <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take takes a request from every rate and returns now; or takes nothing and
// returns when to try again.
func (l *limiter) take(now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := now
	if l.held.After(at) {
		at = l.held
	}
	for _, r := range l.rates {
		if missing := 1 - r.TokensAt(at); missing > 0 {
			at = at.Add(time.Duration(missing/float64(r.Limit())*float64(time.Second)) + 1)
		}
	}
	if at.Equal(now) {
		for _, r := range l.rates {
			r.AllowN(now, 1)
		}
		l.change()
	}
	return at
}

// hold lets nothing through until then, and after it one request at a time:
// whoever waited must not go all at once.
func (l *limiter) hold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !until.After(l.held) {
		return
	}
	l.held = until
	l.change()
	for _, r := range l.rates {
		if saved := int(r.TokensAt(until)) - 1; saved > 0 {
			r.AllowN(until, saved)
		}
	}
}

// change says that the state has changed.
func (l *limiter) change() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// heldUntil returns the time before which nothing is permitted; zero if there
// was none yet.
func (l *limiter) heldUntil() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}
