package collector_test

import (
	"os"
	"path/filepath"
	"strings"
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

func TestWhatWasServedIsServedByTheNextProcessFromTheFirstScrapeOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {poll_interval: 1h}\n")
		kept := openStore(t, t.TempDir())
		w.renew(kept)
		w.start()
		pass(10 * time.Minute)
		before := w.scrape("")
		w.stop()
		w.requests()

		pass(20 * time.Minute)
		w.renew(kept)
		after := w.scrape("")
		restored := append(fromReport(), "statsig_up", "statsig_exporter_poll_last_success")
		for series, v := range before.only(restored...) {
			after.want(t, page{series: v})
		}
		if len(after.only(restored...)) < 20 {
			t.Fatalf("only %d series are restored", len(after.only(restored...)))
		}
		if !w.collector.Ready() {
			t.Error("not ready although everything is served")
		}
		w.start()
		defer w.stop()
		pass(29 * time.Minute)
		if got := w.requests(); len(got) != 0 {
			t.Errorf("polled before the next poll was due: %v", got)
		}
		pass(5 * time.Minute)
		if got := w.requests(); len(got) != 2 {
			t.Errorf("requests when the next poll was due: %v", got)
		}
	})
}

func TestAStoredReportIsMappedThroughTheConfigurationOfNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, single)
		kept := openStore(t, t.TempDir())
		w.renew(kept)
		w.answerWith(map[time.Duration]string{24 * time.Hour: "Event,Kind,Count\nx,p,1\ny,p,2\nz,q,4\n"})
		w.start()
		pass(time.Second)
		w.stop()
		w.reload(single + "report: {columns: {Event: {role: ignore}}}\n")
		w.renew(kept)
		w.scrape("").want(t, page{
			`statsig_usage_count{kind="p",project="a",window="day"}`:                  3,
			`statsig_usage_count{kind="q",project="a",window="day"}`:                  4,
			`statsig_exporter_series{project="a",window="day"}`:                       2,
			`statsig_exporter_storage_errors_total{operation="load"}`:                 0,
			`statsig_exporter_schema_columns{project="a",role="ignore",window="day"}`: 1,
		})
	})
}

func TestAWindowThatWasRedefinedDoesNotServeWhatIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "windows: [{name: w, period: day}]\n"+single)
		kept := openStore(t, t.TempDir())
		w.renew(kept)
		w.start()
		pass(time.Second)
		w.stop()
		w.reload("windows: [{name: w, period: week}]\n" + single)
		w.renew(kept)
		if got := w.scrape("").only(fromReport()...); len(got) != 0 {
			t.Errorf("a day is served as a week: %v", got)
		}
	})
}

func TestDamagedFilesAreSetAsideCountedAndNeverStopTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWorld(t, "")
		kept := openStore(t, dir)
		w.renew(kept)
		w.start()
		pass(5 * time.Second)
		w.stop()
		files, err := filepath.Glob(filepath.Join(dir, "*.report"))
		if err != nil || len(files) != 2 {
			t.Fatalf("stored: %v, %v", files, err)
		}
		if err := os.Truncate(files[0], 100); err != nil {
			t.Fatal(err)
		}
		w.log.take()
		w.renew(kept)
		got := w.scrape("")
		got.want(t, page{`statsig_exporter_storage_errors_total{operation="load"}`: 1})
		if n := len(got.only("statsig_up")); n != 1 {
			t.Errorf("%d projects are restored, want the other one", n)
		}
		if log := strings.Join(w.log.take(), ""); strings.Count(log, "set aside") != 1 || !strings.Contains(log, filepath.Base(files[0])) {
			t.Errorf("log: %s", log)
		}
		if _, err := os.Stat(files[0] + ".damaged"); err != nil {
			t.Error(err)
		}
	})
}

func TestStorageThatFailsIsCountedAndLoggedOnceAndHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWorld(t, "global: {poll_interval: 1m}\n"+single)
		w.renew(openStore(t, dir))
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		w.start()
		defer w.stop()
		pass(150 * time.Second)
		got := w.scrape("")
		got.want(t, page{`statsig_up{project="a",window="day"}`: 1, polls("a", "success"): 3, `statsig_exporter_storage_errors_total{operation="save"}`: 3})
		if log := strings.Join(w.log.take(), ""); strings.Count(log, "could not be stored") != 1 {
			t.Errorf("log: %s", log)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if log := strings.Join(w.log.take(), ""); !strings.Contains(log, "can be stored again") {
			t.Errorf("log: %s", log)
		}
	})
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
