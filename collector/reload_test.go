package collector_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

const two = "projects: [{name: a, api_key: console-key-of-a}, {name: b, api_key: console-key-of-b}]\n"

func TestProjectsAndWindowsComeAndGoWithAllOfTheirMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, two, nil...)
		w.start()
		defer w.stop()
		pass(time.Minute)
		w.reload("projects: [{name: a, api_key: console-key-of-a}]\nwindows: [{name: week, period: week}]\n")
		pass(time.Minute)
		for series := range w.scrape("") {
			if strings.Contains(series, `project="b"`) || strings.Contains(series, `window="day"`) {
				t.Errorf("still there: %s", series)
			}
		}
		w.scrape("").want(t, page{`statsig_up{project="a",window="week"}`: 1})
		w.reload(two)
		pass(time.Minute)
		w.scrape("").want(t, page{
			`statsig_up{project="a",window="day"}`: 1, `statsig_up{project="b",window="day"}`: 1, polls("b", "success"): 1,
		})
	})
}

func TestAChangedProjectKeepsItsDataItsScheduleAndItsCounters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, two).start()
		defer w.stop()
		pass(time.Minute)
		before := w.scrape("")
		w.requests()
		w.reload("projects: [{name: a, api_key: console-key-of-a, labels: {team: x}}, {name: b, api_key: console-key-of-b}]\nreport: {columns: {}}\n")
		pass(time.Minute)
		after := w.scrape("")
		next := `statsig_exporter_poll_next_timestamp_seconds{project="b",window="day"}`
		// Names of columns may depend on the labels, and no report is stored: a is polled at once.
		after.want(t, page{polls("a", "success"): 2, polls("b", "success"): 1, next: before[next], `statsig_project_info{project="a",team="x"}`: 1})
		if len(after.only("statsig_usage_")) != len(before.only("statsig_usage_")) {
			t.Error("usage was lost")
		}
		for series := range after.only("statsig_usage_billable") {
			if strings.Contains(series, `project="a"`) && !strings.Contains(series, `team="x"`) {
				t.Errorf("the new label is missing: %s", series)
			}
		}
		for _, r := range w.requests() {
			if r.project == "b" {
				t.Errorf("an unchanged project was polled: %v", r)
			}
		}
	})
}

func TestReadinessLastsOverAReloadThatAddsAProject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, single).start()
		defer w.stop()
		if w.collector.Ready() {
			t.Error("ready before the first poll")
		}
		pass(time.Second)
		if !w.collector.Ready() {
			t.Error("not ready after the first poll")
		}
		w.reload(two)
		if !w.collector.Ready() {
			t.Error("no longer ready")
		}
	})
}

func TestAReloadDoesNotShortenWhatTheAPIHasAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, single)
		w.api.Inject("a", statsigtest.RetryAfter(503, "30").For(1))
		w.start()
		defer w.stop()
		pass(3 * time.Second)
		w.reload("global: {stale_after: 24h}\n" + single)
		pass(5 * time.Second)
		w.reload("report: {series_limit: 77}\n" + single)
		pass(20 * time.Second)
		if got := w.requests(); len(got) != 1 {
			t.Errorf("asked again too soon: %v", got)
		}
		pass(5 * time.Second)
		w.scrape("").want(t, page{polls("a", "success"): 1})
	})
}

func TestAReloadDoesNotMakeAllPollsComeAtTheSameMoment(t *testing.T) {
	projects := "projects:\n"
	for i := range 100 {
		projects += fmt.Sprintf("  - {name: p%d, api_key: console-key-of-p%d}\n", i, i)
	}
	for settings, within := range map[string][2]time.Duration{
		"global: {poll_interval: 20m}\n":          {20 * time.Minute, 21 * time.Minute}, // at most a twentieth after it
		"report: {columns: {}, decimal: point}\n": {0, 8 * time.Second},                 // without a stored report
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, projects).start()
			defer w.stop()
			pass(time.Minute)
			w.requests()
			reloaded := time.Now()
			w.reload(settings + projects)
			pass(21*time.Minute + time.Second)
			all, burst := w.requests(), map[int64]int{}
			for _, r := range all {
				after := r.at.Sub(reloaded)
				burst[int64(after/time.Second)]++
				if after < within[0] || after > within[1] {
					t.Errorf("%q: a poll comes %s after the reload, want %s to %s", settings, after, within[0], within[1])
				}
			}
			if len(all) != 100 {
				t.Errorf("%q: %d polls, want 100", settings, len(all))
			}
			for second, n := range burst {
				if n > 20 {
					t.Errorf("%q: %d polls in second %d", settings, n, second)
				}
			}
		})
	}
}

func TestAnotherIntervalDoesNotShortenWhatTheAPIHasAskedFor(t *testing.T) {
	for _, settings := range []string{"global: {poll_interval: 1m}\n", "report: {decimal: point}\n", "global: {poll_interval: 1m}\nreport: {decimal: point}\n", "api: {rate_limit: {per_10s: 9}}\n"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, single).start()
			defer w.stop()
			pass(time.Minute)
			w.api.Inject("a", statsigtest.RetryAfter(503, "2400").For(1))
			pass(64 * time.Minute)
			if got := len(w.requests()); got != 2 {
				t.Fatalf("%d requests before the reload, want 2", got)
			}
			w.reload(settings + single)
			pass(30 * time.Minute)
			if got := w.requests(); len(got) != 0 {
				t.Errorf("%q: asked again too soon: %v", settings, got)
			}
			pass(15 * time.Minute)
			if got := w.requests(); len(got) == 0 {
				t.Errorf("%q: not asked again in time", settings)
			}
		})
	}
}

func TestWhatWasSentCountsOnUnderAnotherLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		windows := "windows: ["
		for i := range 10 {
			windows += fmt.Sprintf("{name: w%d, period: %dd}, ", i, i+1)
		}
		windows += "]\n"
		w := newWorld(t, windows+single)
		w.start()
		defer w.stop()
		pass(3 * time.Second)
		w.reload("api: {rate_limit: {per_10s: 9}}\n" + windows + strings.ReplaceAll(single, "name: a", "name: b"))
		pass(6 * time.Second)
		if got := len(w.requests()); got > 10 {
			t.Errorf("%d requests within 9 s", got)
		}
	})
}
