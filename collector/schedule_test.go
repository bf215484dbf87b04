package collector_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

// pass lets time pass and everything settle.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// gaps returns the times between requests.
func gaps(all []asked) []time.Duration {
	var got []time.Duration
	for i := 1; i < len(all); i++ {
		got = append(got, all[i].at.Sub(all[i-1].at))
	}
	return got
}

const single = "projects: [{name: a, api_key: console-key-of-a}]\n"

func TestTheFirstPollsOfAllWindowsStartWithinTenSecondsAndNotInABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var settings strings.Builder
		settings.WriteString("windows: [{name: day, period: day}, {name: week, period: week}]\nprojects:\n")
		for i := range 100 {
			fmt.Fprintf(&settings, "  - {name: p%d, api_key: console-key-of-p%d}\n", i, i)
		}
		w := newWorld(t, settings.String()).start()
		defer w.stop()
		begun := time.Now()
		synctest.Wait()
		if got := len(w.requests()); got != 1 {
			t.Errorf("%d polls start at once, want 1", got)
		}
		if w.collector.Ready() {
			t.Error("it is ready before all first polls have ended")
		}
		pass(10 * time.Second)
		all := w.requests()
		if len(all) != 199 {
			t.Fatalf("%d more polls have started within 10 s, want 199", len(all))
		}
		for i := range all {
			if got := all[i].at.Sub(begun); i >= 10 && all[i].at.Sub(all[i-10].at) < 300*time.Millisecond {
				t.Errorf("poll %d starts at %s, the tenth before it at %s", i, got, all[i-10].at.Sub(begun))
			}
		}
		if !w.collector.Ready() {
			t.Error("it is not ready though all first polls have ended")
		}
	})
}

func TestAfterASuccessTheNextPollComesAtMostATwentiethAfterTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {poll_interval: 10m}\n"+single).start()
		defer w.stop()
		pass(24 * time.Hour)
		all := w.requests()
		if len(all) < 135 || len(all) > 145 {
			t.Errorf("%d polls in a day", len(all))
		}
		different := map[time.Duration]bool{}
		for _, gap := range gaps(all) {
			different[gap] = true
			if gap < 10*time.Minute || gap > 10*time.Minute+31*time.Second {
				t.Errorf("a poll comes %s after the last", gap)
			}
		}
		if len(different) < 100 {
			t.Errorf("only %d different intervals: there is no jitter", len(different))
		}
	})
}

func TestAfterFailuresTheNextPollComesSoonerAndBacksOffToTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {poll_interval: 10m}\n"+single)
		w.api.Inject("a", statsigtest.Reply(http.StatusNotFound, "text/plain", "no"))
		w.start()
		defer w.stop()
		pass(3 * time.Hour)
		got := gaps(w.requests())
		for i, most := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
			if got[i] > most || got[i] < most*3/4-time.Second {
				t.Errorf("after failure %d the wait is %s, want some of %s", i+1, got[i], most)
			}
		}
		for i, gap := range got {
			if gap > 10*time.Minute || i > 5 && gap < 7*time.Minute {
				t.Errorf("after failure %d the wait is %s", i+1, gap)
			}
		}
		w.api.ClearFaults()
		pass(time.Hour)
		w.api.Inject("a", statsigtest.Reply(http.StatusNotFound, "text/plain", "no").For(1))
		w.requests()
		pass(30 * time.Minute)
		if !slices.ContainsFunc(gaps(w.requests()), func(d time.Duration) bool { return d <= 30*time.Second }) {
			t.Error("after a success the backoff does not begin anew")
		}
	})
}

func TestAClockThatIsSetCausesNeitherAStormNorAStall(t *testing.T) {
	for _, shift := range []time.Duration{-48 * time.Hour, -time.Minute, time.Minute, 72 * time.Hour, 20000 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, "global: {poll_interval: 10m}\n"+single, func(o *statsigtest.Options) { o.Arrival.Live = true }).start()
			defer w.stop()
			pass(5 * time.Minute)
			w.api.ClearFaults()
			w.api.Inject("a", statsigtest.CSV("event,events\nx,1\n"))
			for _, now := range []time.Duration{shift, 0} {
				w.requests()
				w.setClock(now)
				pass(2 * time.Hour)
				all := w.requests()
				if len(all) < 11 || len(all) > 13 {
					t.Errorf("clock set to %s: %d polls in 2 hours: %v", now, len(all), all)
				}
				for _, gap := range gaps(all) {
					if gap > 10*time.Minute+46*time.Second {
						t.Errorf("clock set to %s: no poll for %s", now, gap)
					}
				}
			}
		})
	}
}
