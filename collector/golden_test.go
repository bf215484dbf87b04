package collector_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestTheExpositionOfASmallReportWithEverythingInIt(t *testing.T) {
	owners := filepath.Join(t.TempDir(), "owners.csv")
	if err := os.WriteFile(owners, []byte("Event Name,Owner\nlog in,web\nrefund,web\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, `
projects: [{name: a, api_key: console-key-of-a, labels: {team: growth}}]
report:
  series_limit: 3
  lookups: [{file: `+owners+`, on: Event Name, default: nobody}]
  relabel_configs: [{source_labels: [event_name], regex: test, action: drop}]
  columns:
    Date: {role: time}
    Billable Events: {role: value, metric: statsig_usage_billable, help: Events that are billed.}
`)
		report := func(more string) map[time.Duration]string {
			return map[time.Duration]string{day: "\ufeffDate;Event Name;Team;Billable Events;Unit Price;Comment\r\n" +
				"1999-12-31;\"check\"\"out\";core;1.200,5;0,5;\r\n" +
				"1999-12-31;log in;core;" + more + ";1,5;\r\n" +
				"1999-12-31;sign-up;;n/k;-;\r\n" +
				"1999-12-30;\"a;b\nc\";;3;2;\r\n" +
				"1999-12-30;refund;;-2,25;4;\r\n" +
				"whenever;refund;;1;7;\r\n" +
				"1999-12-31;test;;50;1;\r\n" +
				"1999-12-30;too;few\r\n"}
		}
		w.answerWith(report("300"))
		w.start()
		defer w.stop()
		pass(time.Minute)
		w.answerWith(report("310"))
		pass(63 * time.Minute)
		// Buckets and jitter are other tests' matter.
		unstable := regexp.MustCompile(`(?m)^(statsig_exporter_poll_(duration_seconds_bucket|next_|last_).*|# (HELP|TYPE) statsig_exporter_poll_(next|last)_.*)\n`)
		got := unstable.ReplaceAllString(w.text(""), "")
		const name = "testdata/everything.txt"
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}
