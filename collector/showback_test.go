package collector_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// tenDays is a report of 10 units a day of checkout and 5 of search, for ten days of a
// month.
func tenDays(month string) string {
	text := "Date,Name,units\n"
	for day := 1; day <= 10; day++ {
		text += fmt.Sprintf("%s-%02d,checkout,10\n%s-%02d,search,5\n", month, day, month, day)
	}
	return text
}

func TestACostIsSharedAmongOwnersAndForecast(t *testing.T) {
	owners := filepath.Join(t.TempDir(), "owners.csv")
	if err := os.WriteFile(owners, []byte("Name,Team\ncheckout,payments\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, `
global: {poll_interval: 240h}
windows: [{name: mtd, period: month, current: true}, {name: last, period: month}]
projects: [{name: a, api_key: console-key-of-a, labels: {tier: gold}}, {name: b, api_key: console-key-of-b}]
report:
  lookups: [{file: `+owners+`, on: Name, default: unowned}]
  relabel_configs: [{regex: name, action: labeldrop}, {source_labels: [window], target_label: seen_in}]
plans:
  - name: pro
    base_fee: 30
    meters: [{name: units, metric: statsig_usage_units, included: 100, price_per_unit: 0.5}]
    showback: [team]
    budgets: [{labels: {team: payments}, amount: 200}]
`)
		w.replyWith(func(length time.Duration) string {
			if length > 25*24*time.Hour {
				return tenDays("1999-12")
			}
			return tenDays("2000-01")
		})
		pass(10*24*time.Hour + 12*time.Hour)
		w.start()
		defer w.stop()
		pass(time.Minute)
		got := w.scrape("")
		got.want(t, page{
			`statsig_usage_units{project="a",seen_in="mtd",team="payments",tier="gold",window="mtd"}`: 100,
			`statsig_usage_units{project="b",seen_in="last",team="unowned",window="last"}`:            50,
			`statsig_exporter_lookup_unmatched_keys{lookup="owners.csv",project="a",window="mtd"}`:    1,
			`statsig_exporter_report_skipped{project="a",reason="relabelled",window="mtd"}`:           0,
			`statsig_plan_cost{currency="USD",plan="pro"}`:                                            130,
			`statsig_plan_allocated_used{meter="units",plan="pro",team="payments"}`:                   200,
			`statsig_plan_allocated_cost{currency="USD",plan="pro",team="unowned"}`:                   130.0 / 3,
			`statsig_plan_budget{currency="USD",plan="pro",team="payments"}`:                          200,
			`statsig_plan_budget_cost{currency="USD",plan="pro",team="payments"}`:                     260.0 / 3,
			`statsig_plan_last_used{meter="units",plan="pro"}`:                                        300,
			`statsig_plan_last_cost{currency="USD",plan="pro"}`:                                       130,
			`statsig_plan_last_allocated_cost{currency="USD",plan="pro",team="payments"}`:             260.0 / 3,
			`statsig_plan_last_month_start_timestamp_seconds{plan="pro"}`:                             944006400,
		})
		cost := got[`statsig_plan_forecast_cost{currency="USD",plan="pro"}`]
		shares := got[`statsig_plan_allocated_forecast_cost{currency="USD",plan="pro",team="payments"}`] + got[`statsig_plan_allocated_forecast_cost{currency="USD",plan="pro",team="unowned"}`]
		if cost < 400 || cost > 490 || shares < cost-0.001 || shares > cost+0.001 {
			t.Errorf("a cost of %v is forecast, and shares of %v", cost, shares)
		}
		// The month ends: what it has had so far is gone, and the one before it stays.
		w.answerEvery("Date,Name,units\n")
		w.setClock(time.Until(time.Date(2000, 2, 1, 0, 0, 0, 0, time.UTC)))
		pass(time.Minute)
		page := strings.Join(strings.Fields(w.text("")), " ")
		if strings.Contains(page, "statsig_plan_forecast_cost{") || !strings.Contains(page, "statsig_plan_last_cost{") {
			t.Errorf("%v", w.scrape("").only("statsig_plan_"))
		}
	})
}

func TestAnOwnerFileThatIsWrongKeepsWhatWasServed(t *testing.T) {
	owners := filepath.Join(t.TempDir(), "owners.csv")
	write := func(text string) {
		if err := os.WriteFile(owners, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("Name,Team\ncheckout,payments\n")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "windows: [{name: day, period: day}]\nreport: {lookups: [{file: "+owners+", on: Name, default: unowned}]}\n")
		w.answerEvery(tenDays("1999-12"))
		w.start()
		defer w.stop()
		pass(time.Minute)
		const owned = `statsig_usage_units{name="checkout",project="a",team="payments",window="day"}`
		w.scrape("").want(t, page{owned: 100})
		write("Name,Team\ncheckout,payments\ncheckout,web\n")
		pass(2 * time.Hour)
		w.scrape("").want(t, page{owned: 100, `statsig_up{project="a",window="day"}`: 0})
		if said := strings.Join(w.logged(), "\n"); !strings.Contains(said, "owners.csv") || !strings.Contains(said, "line 3") {
			t.Errorf("the log says %s", said)
		}
		write("Name,Team\ncheckout,web\n")
		pass(2 * time.Hour)
		w.scrape("").want(t, page{`statsig_usage_units{name="checkout",project="a",team="web",window="day"}`: 100, `statsig_up{project="a",window="day"}`: 1})
	})
}
