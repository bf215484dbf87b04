package statsig

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestRequestsTakeAsLongAsThePlanSays(t *testing.T) {
	for _, rate := range []RateLimit{
		{}, {Half: true}, {Per10s: 1, Per15m: 1, Half: true}, {Per10s: 1, Half: true}, {Per10s: 3, Per15m: 7}, {Per10s: 9, Per15m: 50, Half: true},
	} {
		for _, n := range []int{0, 1, 2, 5, 6, 51, 460} {
			synctest.Test(t, func(t *testing.T) {
				limiter, begun := newLimiter(rate.rules()), time.Now()
				for range n {
					permit, err := limiter.acquire(t.Context(), newClock(Options{}), time.Time{})
					if err != nil {
						t.Fatal(err)
					}
					permit.spend()
				}
				if took, want := time.Since(begun), rate.Takes(n); took != want {
					t.Errorf("%d requests under %+v take %s, and the plan is %s", n, rate, took, want)
				}
			})
		}
	}
}

func TestHalfARateAllowsNoMoreThanHalfOfTheRequests(t *testing.T) {
	for n, want := range map[int]rule{1: {1, 2 * longSpan}, 2: {1, longSpan}, 5: {2, longSpan}, 900: {450, longSpan}} {
		if got := (RateLimit{Per15m: n, Half: true}).rules()[1]; got != want {
			t.Errorf("half of %d is %+v, want %+v", n, got, want)
		}
	}
}
