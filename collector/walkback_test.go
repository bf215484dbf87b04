package collector_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

// periods writes the windows that were asked for.
func periods(all []asked) []string {
	var got []string
	for _, a := range all {
		got = append(got, a.start.UTC().Format("01-02T15:04")+" "+a.end.UTC().Format("01-02T15:04"))
	}
	return got
}

// late makes usage arrive d after its day.
func late(d time.Duration) func(*statsigtest.Options) {
	return func(o *statsigtest.Options) { o.Arrival.Delay = d }
}

func TestAPollWalksBackToTheNewestPeriodWithData(t *testing.T) {
	for name, test := range map[string]struct {
		window string
		want   []string
	}{
		"day":                    {"{name: day, period: day}", []string{"12-31T00:00 01-01T00:00", "12-30T00:00 12-31T00:00", "12-29T00:00 12-30T00:00"}},
		"rolling, by a day":      {"{name: day, period: 6h}", []string{"12-31T18:00 01-01T00:00", "12-30T18:00 12-31T00:00", "12-29T18:00 12-30T00:00"}},
		"rolling for many days":  {"{name: day, period: 3d}", []string{"12-29T00:00 01-01T00:00"}},
		"at most lookback":       {"{name: day, period: day, lookback: 1}", []string{"12-31T00:00 01-01T00:00", "12-30T00:00 12-31T00:00"}},
		"not without a lookback": {"{name: day, period: day, lookback: 0}", []string{"12-31T00:00 01-01T00:00"}},
		"never for current":      {"{name: day, period: month, current: true}", []string{"01-01T00:00 01-01T00:00"}},
		"not past the creation":  {"{name: day, period: day}", []string{"12-31T00:00 01-01T00:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				<-time.After(time.Millisecond) // A running period has to have begun.
				w := newWorld(t, "windows: ["+test.window+"]\n"+single, late(30*time.Hour))
				if name == "not past the creation" {
					w.api.Inject("a", statsigtest.Refusal(http.StatusBadRequest, "start: 946598400000, is before project creation: 946684800000"))
				}
				w.start()
				defer w.stop()
				pass(20 * time.Second)
				if got := periods(w.requests()); !slices.Equal(got, test.want) {
					t.Errorf("asked for %v, want %v", got, test.want)
				}
				total := 0.0
				for _, v := range w.scrape("").only("statsig_exporter_polls_total") {
					total += v
				}
				if total != 1 {
					t.Errorf("%v polls were counted, want one with all of its walk-back", total)
				}
			})
		})
	}
}

func TestWalkBackNeverPassesThePeriodServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {poll_interval: 6h}\n"+single).start()
		defer w.stop()
		pass(time.Minute)
		start := `statsig_usage_window_start_timestamp_seconds{project="a",window="day"}`
		served := w.scrape("").only("statsig_usage_")
		if served[start] != float64(time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC).Unix()) {
			t.Fatalf("serving %v", served)
		}
		w.api.Inject("a", statsigtest.Refusal(http.StatusBadRequest, "Data is not available"))
		pass(47 * time.Hour)
		for _, r := range w.requests() {
			if r.end.Before(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("asked for %s though the day after it is served", r)
			}
		}
		got := w.scrape("")
		got.want(t, served)
		got.want(t, page{`statsig_up{project="a",window="day"}`: 0, polls("a", "success"): 1})
	})
}

func TestThePeriodServedIsReadAgainWhileTheNewestHasNoData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A day arrives 6 hours after its end, half of it first, and grows.
		w := newWorld(t, "global: {poll_interval: 3h}\n"+single, func(o *statsigtest.Options) {
			o.Arrival = statsigtest.Arrival{Delay: 6 * time.Hour, First: 0.5, Settle: 48 * time.Hour}
		}).start()
		defer w.stop()
		pass(12*time.Hour + time.Minute)
		start := `statsig_usage_window_start_timestamp_seconds{project="a",window="day"}`
		value := `statsig_report_value{metric="statsig_usage_billable_events",project="a",window="day"}`
		restated := `statsig_usage_restated{metric="statsig_usage_billable_events",project="a",window="day"}`
		before := w.scrape("")
		pass(13 * time.Hour)
		after := w.scrape("")
		if before[start] != after[start] || after[value] <= before[value] {
			t.Errorf("day %v with %v became day %v with %v, want more of the same day", before[start], before[value], after[start], after[value])
		}
		if after[restated] <= 0 || after[restated] > after[value]-before[value] {
			t.Errorf("the last poll restated by %v, of %v to %v", after[restated], before[value], after[value])
		}
		w.scrape("").want(t, page{`statsig_up{project="a",window="day"}`: 1, polls("a", "no_data"): 0})
	})
}

func TestRestatedIsTheFiniteChangeOfAPeriodThatWasServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "windows: [{name: day, period: day}, {name: now, period: day, current: true}, {name: rolling, period: 24h}]\n"+single)
		csv := func(events, count string) statsigtest.Fault {
			return statsigtest.CSV("event,events,count,price\nx," + events + "," + count + ",2\ny,0," + count + ",2\n").For(3)
		}
		w.api.Inject("a", csv("10", "1e308"), csv("10", "1e308"), csv("7.5", "1"), csv("7.5", "2"), csv("7.5", "1e308"))
		<-time.After(time.Hour)
		w.start()
		defer w.stop()
		events, count := `statsig_usage_restated{metric="statsig_usage_events",project="a",window="day"}`, `statsig_usage_restated{metric="statsig_usage_count",project="a",window="day"}`
		for poll, want := range []page{{events: 0}, {events: 0}, {events: -2.5}, {events: 0, count: 2}, {events: 0}} {
			pass(time.Minute)
			if got := w.scrape("").only("statsig_usage_restated"); !maps.Equal(got, want) {
				t.Errorf("poll %d restated %v, want %v", poll+1, got, want)
			}
			pass(64 * time.Minute)
		}
	})
}

func TestTheCounterOfRestatementsAddsUpWhatMovedInSeriesOfEndedPeriods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const settings = single + "global: {stale_after: %dh}\nreport: {series_limit: %d%s}\n"
		const header, first = "event,events,clicks\n", "x,10,1\ny,5,1\n"
		w := newWorld(t, fmt.Sprintf(settings, 5, 3, ""))
		w.answerWith(map[time.Duration]string{day: header + first})
		w.start()
		defer w.stop()
		for _, poll := range []struct {
			reload, report string
			want           page
		}{
			{"", first, page{"events": 0, "clicks": 0}},
			{"", "x,8,1\ny,7,1\n", page{"events": 4, "clicks": 0}},
			{fmt.Sprintf(settings, 6, 3, ""), "w,1,1\ny,7,1\n", page{"events": 13, "clicks": 2}},
			{"", "w,1,1\ny,7,1\nz,2,0\n", page{"events": 15, "clicks": 2}},
			// Only the total of what is folded can be compared.
			{"", "v,3,0\nw,3,1\ny,5,1\nz,2,0\n", page{"events": 18, "clicks": 2}},
			// Other settings are no restatement.
			{fmt.Sprintf(settings, 6, 9, ", relabel_configs: [{source_labels: [event], regex: v, action: drop}]"), "v,3,0\nw,3,1\ny,5,1\nz,2,0\n", page{"events": 18, "clicks": 2}},
			{"", "v,3,0\nw,3,1\ny,4,1\nz,2,0\n", page{"events": 19, "clicks": 2}},
		} {
			if poll.reload != "" {
				w.reload(poll.reload)
			}
			w.answerWith(map[time.Duration]string{day: header + poll.report})
			pass(64 * time.Minute)
			want := page{}
			for metric, v := range poll.want {
				want[`statsig_exporter_usage_restated_total{metric="statsig_usage_`+metric+`",project="a",window="day"}`] = v
			}
			if got := w.scrape("").only("statsig_exporter_usage_restated_total"); !maps.Equal(got, want) {
				t.Errorf("after %q: got %v, want %v", poll.report, got, want)
			}
		}
		w.answerWith(map[time.Duration]string{day: "event,events\ny,4\n"})
		pass(64 * time.Minute)
		if got := w.scrape("").only("statsig_exporter_usage_restated_total"); len(got) != 1 {
			t.Errorf("without its column, a metric is still counted: %v", got)
		}
	})
}
