package collector_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

// polls returns the series that counts the polls of a project with a result.
func polls(project, result string) string {
	return `statsig_exporter_polls_total{project="` + project + `",result="` + result + `",window="day"}`
}

func TestWhatWaitsHoldsNoSlot(t *testing.T) {
	for name, fault := range map[string]statsigtest.Fault{
		"for the header":  {HoldHeader: &statsigtest.Hold{}},
		"for a backoff":   statsigtest.RetryAfter(http.StatusServiceUnavailable, "60"),
		"for a 429":       statsigtest.RetryAfter(http.StatusTooManyRequests, "60"),
		"for a long time": {Delay: time.Hour},
		"within a body":   held(nil),
		"for every byte":  {Drip: &statsigtest.Drip{Bytes: 1, Every: 10 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "global: {concurrency: 1, poll_timeout: 1h}\n")
				w.api.Inject("a", fault)
				w.start()
				defer w.stop()
				pass(time.Second)
				w.scrape("").want(t, page{polls("a", "success"): 0, polls("a", "timeout"): 0, polls("b", "success"): 1})
			})
		})
	}
}

func TestWhatWaitsForTheOwnRateLimitHoldsNoSlotAndIsNoPartOfThePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Before it has data of the newest day, a spends its requests on walking back.
		w := newWorld(t, "global: {concurrency: 1, poll_interval: 30s, poll_timeout: 10s}\napi: {rate_limit: {per_10s: 10, per_15m: 2}}\n").start()
		defer w.stop()
		pass(14 * time.Minute)
		begun := time.Now()
		got := w.scrape("")
		got.want(t, page{polls("a", "success"): 1, polls("b", "success"): 1, polls("a", "timeout"): 0, polls("a", "rate_limited"): 0})
		pass(2 * time.Minute)
		got = w.scrape("")
		got.want(t, page{polls("a", "success"): 2, polls("b", "success"): 2})
		if took := got[`statsig_exporter_poll_duration_seconds_sum{project="a",window="day"}`]; took > 1 {
			t.Errorf("polls took %v s: the wait for the own rate limit was counted", took)
		}
		if at := got[`statsig_exporter_poll_last_attempt_timestamp_seconds{project="a",window="day"}`]; at < float64(begun.Unix()) {
			t.Error("the last attempt began before the rate limit allowed it")
		}
	})
}

// held answers with a report whose second half comes once release is closed.
func held(release <-chan struct{}) statsigtest.Fault {
	f := statsigtest.Generated(func(w io.Writer) error {
		return statsigtest.WriteReport(w, 2000, 10, 1)
	})
	f.Plain, f.HoldBody = true, &statsigtest.Hold{At: 80_000, Until: release}
	return f
}

func TestRunEndsAtOnceInEveryPhase(t *testing.T) {
	hold := &statsigtest.Hold{At: 20}
	for name, test := range map[string]struct {
		settings string
		fault    statsigtest.Fault
		after    time.Duration
	}{
		"before the first polls":        {"", statsigtest.Fault{}, 0},
		"between polls":                 {"", statsigtest.Fault{}, time.Minute},
		"waiting for the answer":        {"", statsigtest.Fault{HoldHeader: hold}, time.Minute},
		"reading the body":              {"", held(nil), time.Minute},
		"waiting for a retry":           {"", statsigtest.RetryAfter(http.StatusTooManyRequests, "60"), 30 * time.Second},
		"waiting for a refused key":     {"", statsigtest.Refusal(http.StatusUnauthorized, "no"), time.Minute},
		"backing off":                   {"", statsigtest.Reply(http.StatusNotFound, "text/plain", "no"), time.Minute},
		"waiting for the rate limit":    {"global: {poll_interval: 1s}\napi: {rate_limit: {per_15m: 3}}\n", statsigtest.Fault{}, time.Minute},
		"with a body that drips":        {"", statsigtest.Fault{Drip: &statsigtest.Drip{Bytes: 1, Every: time.Second}}, time.Minute},
		"with a hold after Retry-After": {"global: {poll_timeout: 10s}\n", statsigtest.RetryAfter(http.StatusTooManyRequests, "3000"), time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, test.settings)
				w.api.InjectAll(test.fault)
				w.start()
				pass(test.after)
				w.logged()
				begun := time.Now()
				w.stop()
				if took := time.Since(begun); took > time.Second {
					t.Errorf("Run ends %s after its context", took)
				}
				for _, line := range w.logged() {
					t.Errorf("the end is logged as if something had failed: %s", line)
				}
			})
		})
	}
}
