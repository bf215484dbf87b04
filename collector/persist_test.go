package collector_test

import (
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/collector/store"
)

// openStore opens a store that the test closes.
func openStore(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// fromReport are the prefixes of what is known of a report alone.
func fromReport() []string {
	return []string{"statsig_usage_", "statsig_report_", "statsig_exporter_report_", "statsig_exporter_series", "statsig_exporter_schema_columns"}
}

func TestARunningPeriodThatEndedMeanwhileIsNotRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "windows: [{name: day, period: day, current: true}]\n"+single)
		w.answerWith(map[time.Duration]string{6 * time.Hour: "Event,Count\nx,1\n"})
		kept := openStore(t, t.TempDir())
		pass(6 * time.Hour)
		w.renew(kept)
		w.start()
		pass(time.Millisecond)
		w.stop()
		if len(w.scrape("").only("statsig_usage_count")) != 1 {
			t.Fatal("nothing is served")
		}
		pass(18 * time.Hour)
		w.renew(kept)
		if got := w.scrape("").only(append(fromReport(), "statsig_up")...); len(got) != 0 {
			t.Errorf("restored after the end of the period: %v", got)
		}
	})
}

func TestRolesOutliveARestartAndAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {poll_interval: 1h}\n"+single)
		kept := openStore(t, t.TempDir())
		w.renew(kept)
		w.answerWith(map[time.Duration]string{24 * time.Hour: "Event,Score\na,1\nb,2\n"})
		w.start()
		pass(time.Second)
		w.answerWith(map[time.Duration]string{24 * time.Hour: "Event,Score\na,x\nb,y\nc,3\n"})
		pass(65 * time.Minute)
		w.stop()
		asItWas := page{
			`statsig_usage_score{event="c",project="a",window="day"}`:                         3,
			`statsig_exporter_report_skipped{project="a",reason="not_a_number",window="day"}`: 2,
		}
		w.scrape("").want(t, asItWas)
		w.renew(kept)
		w.scrape("").want(t, asItWas)
		w.start()
		defer w.stop()
		w.reload("global: {poll_interval: 1h}\nprojects: [{name: a, api_key: console-key-of-a, labels: {team: x}}]\n")
		pass(2 * time.Hour)
		w.scrape("").want(t, page{
			`statsig_usage_score{event="c",project="a",team="x",window="day"}`: 3,
			`statsig_exporter_schema_changes_total{project="a",window="day"}`:  0,
		})
	})
}

func TestByHowMuchAPeriodWasRestatedOutlivesTheProcessUnderAnotherName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {poll_interval: 1h}\n"+single)
		kept := openStore(t, t.TempDir())
		w.renew(kept)
		w.answerWith(map[time.Duration]string{24 * time.Hour: "Event,Count,Price\nx,1,2\n"})
		w.start()
		pass(time.Second)
		w.answerWith(map[time.Duration]string{24 * time.Hour: "Event,Count,Price\nx,1,2\ny,4.5,2\n"})
		pass(64 * time.Minute)
		w.stop()
		w.scrape("").want(t, page{`statsig_usage_restated{metric="statsig_usage_count",project="a",window="day"}`: 4.5})
		w.reload("global: {poll_interval: 1h}\n" + single + "report: {columns: {Count: {role: value, metric: statsig_usage_counted}, Price: {role: value, aggregate: sum}}}\n")
		w.renew(kept)
		got := w.scrape("")
		got.want(t, page{`statsig_usage_restated{metric="statsig_usage_counted",project="a",window="day"}`: 4.5})
		if n := len(got.only("statsig_usage_restated")); n != 1 {
			t.Errorf("%d columns are restated, want the one that was summed before", n)
		}
	})
}
