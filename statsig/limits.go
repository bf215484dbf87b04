package statsig

import (
	"crypto/sha256"
	"sync"
	"time"
)

// RateLimit is how many requests may go to the API with one key in any 10
// seconds and in any 15 minutes. A number that is not positive stands for what
// the API allows for sure: 10 and 900.
type RateLimit struct {
	Per10s, Per15m int
	// Half allows half of that alone: to a process beside one that may use all.
	Half bool
}

// The spans of the two limits, a little longer than the API's own: requests
// that leave evenly arrive with jitter.
const (
	shortSpan = 10*time.Second + 250*time.Millisecond
	longSpan  = 15*time.Minute + time.Second
)

// Limits keeps one rate limiter per key value, for all clients that share it:
// no more than the allowed requests leave in any 10 seconds or 15 minutes,
// counted exactly. It keeps hashes of keys, not keys, and forgets those that
// were idle for more than 15 minutes. It is safe for concurrent use.
type Limits struct {
	mu    sync.Mutex
	rules []rule
	byKey map[[sha256.Size]byte]*limiter
}

// NewLimits returns Limits under which each key may be used as rate says.
func NewLimits(rate RateLimit) *Limits {
	return &Limits{rules: rate.rules(), byKey: make(map[[sha256.Size]byte]*limiter)}
}

// SetRate lets each key be used as rate says from now on. What was sent before
// counts on.
func (l *Limits) SetRate(rate RateLimit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = rate.rules()
	for _, known := range l.byKey {
		known.setRules(l.rules)
	}
}

func (rate RateLimit) rules() []rule {
	if rate.Per10s <= 0 {
		rate.Per10s = 10
	}
	if rate.Per15m <= 0 {
		rate.Per15m = 900
	}
	rules := []rule{{rate.Per10s, shortSpan}, {rate.Per15m, longSpan}}
	for i := range rules {
		if rate.Half {
			rules[i] = rules[i].half()
		}
	}
	return rules
}

// half returns a rule under which no more than half as many requests leave.
func (r rule) half() rule {
	if r.n == 1 {
		return rule{1, 2 * r.span}
	}
	return rule{r.n / 2, r.span}
}

// Takes returns how long n requests with one key take at least, from the first to
// the last.
func (rate RateLimit) Takes(n int) time.Duration {
	rules, before := rate.rules(), max(n-1, 0)
	short, long := rules[0], rules[1]
	took := func(requests int) time.Duration { return time.Duration(requests/short.n) * short.span }
	return max(took(before), time.Duration(before/long.n)*long.span+took(before%long.n))
}

// use returns the limiter of key, which is kept until it is given back.
func (l *Limits) use(key Secret, now time.Time) *limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	for hash, known := range l.byKey {
		if known.users == 0 && known.idle(now) {
			delete(l.byKey, hash)
		}
	}
	hash := sha256.Sum256([]byte(key.Reveal()))
	found, ok := l.byKey[hash]
	if !ok {
		found = newLimiter(l.rules)
		l.byKey[hash] = found
	}
	found.users++
	return found
}

// giveBack ends one use of a limiter.
func (l *Limits) giveBack(used *limiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	used.users--
}
