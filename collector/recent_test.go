package collector_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

// restart runs the collector for a while, as one process of many with a storage path.
func (w *world) restart(dir string, runs time.Duration) {
	kept := openStore(w.t, dir)
	w.renew(kept)
	w.start()
	pass(runs)
	w.stop()
	_ = kept.Close()
}

func TestARestartDoesNotSpendTheRateLimitAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "windows: [{name: day, period: day}, {name: week, period: week}, {name: month, period: month}, {name: hour, period: hour}]\n"+single)
		w.api.InjectAll(statsigtest.Refusal(http.StatusInternalServerError, "no"))
		dir := t.TempDir()
		for range 8 {
			w.restart(dir, 1500*time.Millisecond)
		}
		all := w.requests()
		for i := range all {
			if i >= 10 && all[i].at.Sub(all[i-10].at) < 10*time.Second {
				t.Fatalf("%v are more than ten requests in 10 s", all[i-10:i+1])
			}
		}
		if len(all) < 8 {
			t.Errorf("only %d requests", len(all))
		}
	})
}

func TestWhatWasRefusedIsNotAskedAgainByTheNextProcess(t *testing.T) {
	for name, c := range map[string]struct {
		answer statsigtest.Fault
		result string
		held   time.Duration
	}{
		"key refused":   {statsigtest.Refusal(http.StatusUnauthorized, "no"), "unauthorized", time.Hour},
		"asked to wait": {statsigtest.RetryAfter(http.StatusTooManyRequests, "1800"), "rate_limited", 30 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, single)
				w.api.InjectAll(c.answer)
				begun, dir := time.Now(), t.TempDir()
				w.restart(dir, time.Minute)
				w.requests()
				w.restart(dir, time.Minute)
				if got := w.requests(); len(got) > 0 {
					t.Errorf("asked again: %v", got)
				}
				w.scrape("").want(t, page{`statsig_up{project="a",window="day"}`: 0})
				if s := w.collector.Status()[0]; string(s.Result) != c.result || !w.collector.Ready() {
					t.Errorf("the result is %s, ready: %t", s.Result, w.collector.Ready())
				}
				w.api.ClearFaults()
				w.restart(dir, 2*time.Hour)
				got := w.requests()
				if len(got) == 0 || got[0].at.Sub(begun) < c.held {
					t.Errorf("asked %v, which began at %s", got, begun)
				}
			})
		})
	}
}

func TestADamagedRecordOfRecentRequestsIsCountedAndHarmless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, single)
		kept := openStore(t, t.TempDir())
		if err := kept.SaveRecent([]byte(`{"keys":{"`)); err != nil {
			t.Fatal(err)
		}
		w.renew(kept)
		w.start()
		defer w.stop()
		pass(time.Minute)
		w.scrape("").want(t, page{failed("load"): 1, polls("a", "success"): 1})
	})
}
