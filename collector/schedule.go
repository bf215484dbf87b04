package collector

import (
	"context"
	"time"
)

// schedule says when to poll. All of its answers are pure but for the random
// numbers that it is given, in [0, 1).
type schedule struct {
	interval time.Duration
}

// firstSpread is the time within which the first polls of all windows start.
const firstSpread = 8 * time.Second

// first returns how long the n-th of all windows waits for its first poll: the
// first not at all, and the others one after the other.
func first(n, all int) time.Duration {
	step := min(200*time.Millisecond, firstSpread/time.Duration(max(all, 1)))
	return time.Duration(n) * step
}

// afterSuccess returns the wait for the poll after a successful one: the
// interval, and up to a twentieth more, so that many do not march in step.
func (s schedule) afterSuccess(random float64) time.Duration {
	return s.interval + time.Duration(random*float64(s.interval)/20)
}

// afterFailure returns the wait for the poll after the n-th failure in a row:
// half a minute, or half the interval if that is less, doubled each time up to
// the interval, less up to a quarter.
func (s schedule) afterFailure(n int, random float64) time.Duration {
	wait := min(30*time.Second, s.interval/2)
	for ; n > 1 && wait < s.interval; n-- {
		wait *= 2
	}
	wait = min(wait, s.interval)
	return wait - time.Duration(random*float64(wait)/4)
}

// maxSleep is how long a wait goes without looking at the clock: timers stand
// still while a machine is suspended, and the clock can be set.
const maxSleep = 15 * time.Second

// keyCheck is how often a refused key is looked at for a change.
const keyCheck = 2 * time.Second

// wait returns nil once the wall clock, which now reads, has reached at, or as
// much time has passed as was left until then when it began (the clock may have
// been set back), or over says so; and the context's error if that ends first. A
// nil over never does.
func wait(ctx context.Context, now func() time.Time, at time.Time, over func() bool) error {
	begun := time.Now()
	planned := untilWall(now, at)
	for {
		left := min(planned-time.Since(begun), untilWall(now, at))
		if left <= 0 || over != nil && over() {
			return ctx.Err()
		}
		step := min(left, maxSleep)
		if over != nil {
			step = min(step, keyCheck)
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

// untilWall returns how much the wall clock, and not the time that has passed,
// lacks to at.
func untilWall(now func() time.Time, at time.Time) time.Duration {
	return at.Round(0).Sub(now().Round(0))
}
