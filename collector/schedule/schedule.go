// Package schedule says when to ask the API, and waits until then.
package schedule

import (
	"context"
	"time"
)

// firstSpread is the time within which the first polls of all windows start.
const firstSpread = 8 * time.Second

// First returns how long the n-th of all windows waits for its first poll. The
// first one does not wait, and the others follow it one by one.
func First(n, all int) time.Duration {
	step := min(200*time.Millisecond, firstSpread/time.Duration(max(all, 1)))
	return time.Duration(n) * step
}

// Spread returns how long one of many polls that may go on at the same time waits, so
// that they do not come in a burst. random is in [0, 1).
func Spread(random float64) time.Duration {
	return time.Duration(random * float64(firstSpread/2))
}

// AfterSuccess returns the wait after a success: the interval, and up to a
// twentieth more, so that many polls do not stay in step. random is in [0, 1).
func AfterSuccess(interval time.Duration, random float64) time.Duration {
	return interval + time.Duration(random*float64(interval)/20)
}

// AfterFailure returns the wait after the n-th failure in a row: half a minute, or
// half the interval if that is less, doubled each time up to the interval, less up
// to a quarter. random is in [0, 1).
func AfterFailure(interval time.Duration, n int, random float64) time.Duration {
	wait := min(30*time.Second, interval/2)
	for ; n > 1 && wait < interval; n-- {
		wait *= 2
	}
	wait = min(wait, interval)
	return wait - time.Duration(random*float64(wait)/4)
}

// maxSleep bounds how long Wait does not look at the clock: timers stand still while
// a machine is suspended, and the clock can be set.
const maxSleep = 15 * time.Second

// overCheck is how often Wait calls over.
const overCheck = 2 * time.Second

// Wait waits until the wall clock, which now reads, shows at. If the clock is set back
// meanwhile, Wait takes no longer than without that. It returns early if over, unless
// nil, reports true, and with the context's error if ctx ends.
func Wait(ctx context.Context, now func() time.Time, at time.Time, over func() bool) error {
	begun := time.Now()
	atFirst := untilWall(now, at)
	for {
		left := min(atFirst-time.Since(begun), untilWall(now, at))
		if left <= 0 || over != nil && over() {
			return ctx.Err()
		}
		step := min(left, maxSleep)
		if over != nil {
			step = min(step, overCheck)
		}
		timer := time.NewTimer(step)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// untilWall returns the time until the wall clock shows at.
func untilWall(now func() time.Time, at time.Time) time.Duration {
	return at.Round(0).Sub(now().Round(0))
}
