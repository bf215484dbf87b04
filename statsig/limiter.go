package statsig

import (
	"context"
	"slices"
	"sync"
	"time"
)

// rule allows n requests in any span.
type rule struct {
	n    int
	span time.Duration
}

// limiter is the log of the requests sent with one key. Whoever wants to send
// queues for a permit, in order of arrival.
//
// At any moment and for each rule, the requests sent within the span before
// it, together with the permits that are granted and not yet spent, are at
// most n. Granting checks that, spending and the passing of time keep it.
type limiter struct {
	users int // Guarded by the mutex of Limits.

	mu      sync.Mutex
	rules   []rule
	sent    []time.Time // Ascending; nothing older than the longest span.
	unspent int
	held    time.Time     // Nothing is granted before.
	queue   []*waiter     // The first is served next.
	changed chan struct{} // Closed and replaced whenever waiters should look again.
}

// waiter is a place in the queue; it is compared by address.
type waiter struct{ deadline time.Time }

func newLimiter(rules []rule) *limiter {
	return &limiter{rules: rules, changed: make(chan struct{})}
}

// tooLate is the error of a permit that cannot come before its deadline.
type tooLate struct{ at time.Time }

// Error says when the permit could come.
func (e *tooLate) Error() string {
	return "the rate limit of the key leaves no request before " + e.at.UTC().Format(time.RFC3339)
}

// acquire waits for a permit: until ctx ends, with its error, or until it is
// known that none comes before deadline (zero: none), with *tooLate.
func (l *limiter) acquire(ctx context.Context, clk clock, deadline time.Time) (*permit, error) {
	w := &waiter{deadline: deadline}
	l.mu.Lock()
	l.queue = append(l.queue, w)
	l.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			l.leave(w)
			return nil, err
		}
		turn := l.look(w, clk.now())
		switch {
		case turn.granted:
			return &permit{limiter: l, now: clk.now}, nil
		case turn.late:
			return nil, &tooLate{at: turn.at}
		}
		turn.wait(ctx, clk)
	}
}

// turn is what a waiter finds when it looks.
type turn struct {
	granted, late bool
	first         bool // The waiter is the first of the queue.
	at            time.Time
	in            time.Duration
	changed       <-chan struct{}
}

// look grants w its permit if it is its turn, and lets it leave if that would
// come too late.
func (l *limiter) look(w *waiter, now time.Time) turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now)
	ahead := slices.Index(l.queue, w)
	if ahead > 0 && w.deadline.IsZero() {
		return turn{changed: l.changed} // When it can be served does not matter yet.
	}
	at := l.earliest(ahead, now)
	t := turn{first: ahead == 0, at: at, in: at.Sub(now), changed: l.changed}
	t.granted = t.first && t.in <= 0
	t.late = !t.granted && !w.deadline.IsZero() && !at.Before(w.deadline)
	if t.granted {
		l.unspent++
	}
	if t.granted || t.late {
		l.remove(ahead)
	}
	return t
}

// earliest returns when the waiter behind so many others can be served, if
// everybody sends at once and nobody gives up.
func (l *limiter) earliest(ahead int, now time.Time) time.Time {
	times := slices.Clone(l.sent)
	for range l.unspent {
		times = append(times, now)
	}
	at := later(now, l.held)
	for range ahead + 1 {
		for _, r := range l.rules {
			if i := len(times) - r.n; i >= 0 {
				at = later(at, times[i].Add(r.span))
			}
		}
		times = append(times, at)
	}
	return at
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// wait ends when the first of the queue can be served, when something has
// changed, or when ctx ends.
func (t turn) wait(ctx context.Context, clk clock) {
	if !t.first {
		select {
		case <-ctx.Done():
		case <-t.changed:
		}
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-ctx.Done():
		case <-t.changed:
			cancel()
		}
	}()
	_ = clk.sleep(ctx, t.in) // The waiter looks again, whatever woke it.
}

// leave takes w out of the queue.
func (l *limiter) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(slices.Index(l.queue, w))
}

func (l *limiter) remove(place int) {
	l.queue = slices.Delete(l.queue, place, place+1)
	l.announce()
}

// announce makes every waiter look again.
func (l *limiter) announce() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *limiter) setRules(rules []rule) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = rules
	l.announce()
}

// hold keeps every request back until then.
func (l *limiter) hold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.held) {
		l.held = until
		l.announce()
	}
}

// holding reports whether requests are kept back at now.
func (l *limiter) holding(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held.After(now)
}

// idle reports whether forgetting the limiter at now would change nothing.
func (l *limiter) idle(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now)
	return len(l.sent) == 0 && l.unspent == 0 && len(l.queue) == 0 && !l.held.After(now)
}

// forget drops what is older than every span.
func (l *limiter) forget(now time.Time) {
	span := time.Duration(0)
	for _, r := range l.rules {
		span = max(span, r.span)
	}
	old := 0
	for old < len(l.sent) && !l.sent[old].Add(span).After(now) {
		old++
	}
	l.sent = slices.Delete(l.sent, 0, old)
}

// permit allows one request. Exactly one of spend and release counts, the
// first; both are safe for concurrent use.
type permit struct {
	limiter *limiter
	now     func() time.Time
	done    bool // Guarded by the mutex of the limiter, as is taken.
	taken   bool // Somebody is about to send with it.
}

// take reports whether the permit was still to be had, and takes it.
func (p *permit) take() bool {
	p.limiter.mu.Lock()
	defer p.limiter.mu.Unlock()
	if p.done || p.taken {
		return false
	}
	p.taken = true
	return true
}

// releaseUntaken gives the permit back unless somebody has taken it.
func (p *permit) releaseUntaken() {
	if p.take() {
		p.release()
	}
}

// spend logs that the request has been sent just now.
func (p *permit) spend() {
	p.end(func(l *limiter) {
		now := p.now()
		if last := len(l.sent) - 1; last >= 0 {
			now = later(now, l.sent[last])
		}
		l.sent = append(l.sent, now)
	})
}

// release gives the permit back unused.
func (p *permit) release() { p.end(func(*limiter) {}) }

func (p *permit) end(how func(*limiter)) {
	p.limiter.mu.Lock()
	defer p.limiter.mu.Unlock()
	if p.done {
		return
	}
	p.done = true
	p.limiter.unspent--
	how(p.limiter)
	p.limiter.announce()
}
