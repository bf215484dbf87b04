package collector_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

const forecasted = `
windows: [{name: mtd, period: month, current: true}]
projects: [{name: a, api_key: console-key-of-a}]
plans: [{name: pro, meters: [{name: events, metric: statsig_usage_events, included: 1, price_per_unit: 1}]}]
`

// weekly answers with 70 units for each working day and 7 for each day of a weekend
// that has ended. It counts the requests for December.
type weekly struct {
	december atomic.Int32
	status   atomic.Int32 // of answers for December; 0: a report
}

func (a *weekly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start, end := milli(r.URL.Query(), "start").UTC(), milli(r.URL.Query(), "end").UTC()
	if start.Month() == time.December {
		a.december.Add(1)
		if status := int(a.status.Load()); status != 0 {
			http.Error(w, "no", status)
			return
		}
	}
	w.Header().Set("Content-Type", "text/csv")
	fmt.Fprintln(w, "Date,Events")
	for day := start; !day.AddDate(0, 0, 1).After(end); day = day.AddDate(0, 0, 1) {
		units := 70
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			units = 7
		}
		fmt.Fprintf(w, "%s,%d\n", day.Format(time.DateOnly), units)
	}
}

func TestAForecastOfTheFirstDayKnowsTheMonthBefore(t *testing.T) {
	const january = 21*70 + 10*7
	synctest.Test(t, func(t *testing.T) {
		w, api := newWorld(t, forecasted), &weekly{}
		w.options.Transport = statsigtest.Transport{Handler: api}
		pass(36 * time.Hour) // to noon of Sunday, the second of January
		dir := t.TempDir()
		for range 3 {
			w.restart(dir, 5*time.Hour)
		}
		if n := api.december.Load(); n != 1 {
			t.Errorf("the month before was asked for %d times", n)
		}
		if units := w.scrape("")[`statsig_plan_forecast_units{meter="events",plan="pro"}`]; units < 0.97*january || units > 1.03*january {
			t.Errorf("%v units are forecast of %d", units, january)
		}
		if text := w.text(""); strings.Contains(text, "statsig_plan_last") || strings.Count(text, "statsig_up{") != 1 {
			t.Error("the month before is served")
		}
	})
}

func TestAMonthBeforeThatCannotBeReadIsAskedForHourly(t *testing.T) {
	for status, want := range map[int]int32{http.StatusBadRequest: 1, http.StatusForbidden: 5} {
		synctest.Test(t, func(t *testing.T) {
			w, api := newWorld(t, forecasted), &weekly{}
			w.options.Transport = statsigtest.Transport{Handler: api}
			api.status.Store(int32(status))
			pass(36 * time.Hour)
			w.renew(nil)
			w.start()
			defer w.stop()
			pass(5 * time.Hour)
			if n := api.december.Load(); n != want {
				t.Errorf("status %d: asked for %d times", status, n)
			}
			w.scrape("").want(t, page{`statsig_up{project="a",window="mtd"}`: 1})
		})
	}
}
