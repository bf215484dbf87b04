package statsigtest

import (
	"sync"
	"time"
)

const (
	shortLimit = 10 * time.Second
	longLimit  = 15 * time.Minute
)

// Limits are the most requests that one key may send in any 10 seconds and in
// any 15 minutes. Zero means the documented limit, 100 and 900; a negative
// number means no limit. Requests that were refused for a limit do not count
// towards it; all others of a known key do.
type Limits struct{ Per10s, Per15m int }

func (l Limits) withDefaults() Limits {
	if l.Per10s == 0 {
		l.Per10s = 100
	}
	if l.Per15m == 0 {
		l.Per15m = 900
	}
	return l
}

// limiter holds the times of the admitted requests of each key.
type limiter struct {
	mu     sync.Mutex
	limits Limits
	sent   map[string][]time.Time
}

// admit counts a request, or says how long its sender has to wait.
func (l *limiter) admit(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := l.sent[key]
	for len(sent) > 0 && !sent[0].After(now.Add(-longLimit)) {
		sent = sent[1:]
	}
	wait := max(over(sent, now, shortLimit, l.limits.Per10s), over(sent, now, longLimit, l.limits.Per15m))
	if wait <= 0 {
		sent = append(sent, now)
	}
	l.sent[key] = sent
	return wait
}

// over says how long it takes until one more request keeps a limit of n in
// span; zero or less means that it already does.
func over(sent []time.Time, now time.Time, span time.Duration, n int) time.Duration {
	if n < 0 || len(sent) < n {
		return 0
	}
	return sent[len(sent)-n].Add(span).Sub(now)
}
