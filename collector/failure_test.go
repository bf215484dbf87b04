package collector_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig"
	"statsig_exporter/statsig/statsigtest"
)

func TestUpIsAbsentUntilAFirstPollHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, single)
		w.api.Inject("a", statsigtest.Fault{Delay: time.Minute}.For(1), statsigtest.Reply(http.StatusNotFound, "text/plain", "no"))
		idle := w.scrape("")
		w.start()
		defer w.stop()
		pass(30 * time.Second)
		got := w.scrape("")
		for _, p := range []page{idle, got} {
			if up := p.only("statsig_up"); len(up) != 0 {
				t.Errorf("before a first poll has ended there is %v", up)
			}
			for _, result := range statsig.Results() {
				p.want(t, page{polls("a", string(result)): 0})
			}
			p.want(t, page{
				`statsig_exporter_schema_changes_total{project="a",window="day"}`:        0,
				`statsig_exporter_poll_duration_seconds_count{project="a",window="day"}`: 0,
				`statsig_project_info{project="a"}`:                                      1,
			})
		}
		pass(time.Hour)
		got = w.scrape("")
		got.want(t, page{
			`statsig_up{project="a",window="day"}`:                                            1,
			`statsig_exporter_api_requests_total{code="200",project="a"}`:                     1,
			`statsig_exporter_poll_duration_seconds_sum{project="a",window="day"}`:            60,
			`statsig_exporter_poll_duration_seconds_bucket{project="a",window="day",le="60"}`: 1,
			`statsig_exporter_poll_last_attempt_timestamp_seconds{project="a",window="day"}`:  946684800,
			`statsig_exporter_poll_last_success_timestamp_seconds{project="a",window="day"}`:  946684860,
		})
		next := got[`statsig_exporter_poll_next_timestamp_seconds{project="a",window="day"}`]
		if next < 946684860+3600 || next > 946684860+3600+180 {
			t.Errorf("the next poll is due at %v", next)
		}
		pass(5 * time.Minute)
		w.scrape("").want(t, page{
			`statsig_up{project="a",window="day"}`:                        0,
			`statsig_exporter_api_requests_total{code="404",project="a"}`: w.scrape("")[polls("a", "upstream_error")],
		})
	})
}

func TestARunningPeriodIsNotServedPastItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "windows: [{name: day, period: day, current: true}, {name: ended, period: day}]\n"+single,
			func(o *statsigtest.Options) { o.Arrival.Live = true })
		<-time.After(23*time.Hour + 30*time.Minute)
		w.start()
		defer w.stop()
		pass(29 * time.Minute)
		w.api.Inject("a", statsigtest.Reply(http.StatusNotFound, "text/plain", "no"))
		pass(time.Minute - time.Millisecond)
		ofWindow := func(p page) int {
			n := 0
			for series := range p.only(fromReport()...) {
				if strings.Contains(series, `window="day"`) {
					n++
				}
			}
			return n
		}
		if ofWindow(w.scrape("")) == 0 {
			t.Error("the running day is not served up to its end")
		}
		pass(time.Millisecond)
		if n := ofWindow(w.scrape("")); n != 0 {
			t.Errorf("%d series of the running day are served past its end", n)
		}
		if len(w.scrape("").only("statsig_usage_billable_events")) == 0 {
			t.Error("the ended day is not served any more")
		}
		w.scrape("").want(t, page{`statsig_up{project="a",window="day"}`: 1})
		if s := w.collector.Status()[0]; s.Snapshot != nil || !w.collector.Ready() {
			t.Errorf("status has a snapshot: %t, ready: %t", s.Snapshot != nil, w.collector.Ready())
		}
	})
}

func TestStaleDataIsDroppedExactlyThenAndReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {stale_after: 3h}\n"+single)
		w.api.Inject("a", statsigtest.Fault{Delay: 30 * time.Second}.For(1), statsigtest.Reply(http.StatusNotFound, "text/plain", "no"))
		w.start()
		defer w.stop()
		pass(30*time.Second + 3*time.Hour - time.Millisecond)
		all := w.scrape("").only(fromReport()...)
		if len(all) < 15 {
			t.Errorf("until it is stale, %d series are served", len(all))
		}
		pass(time.Millisecond)
		if got := w.scrape("").only(fromReport()...); len(got) != 0 {
			t.Errorf("once it is stale there is still %v", got)
		}
		if got := w.scrape("project=a").only(fromReport()...); len(got) != 0 {
			t.Errorf("once it is stale, ?project= still has %v", got)
		}
		w.api.ClearFaults()
		pass(2 * time.Hour)
		if got := w.scrape("").only(fromReport()...); !maps.Equal(got, all) {
			t.Errorf("after the next good poll there is %v, want %v", got, all)
		}
		w.setClock(5 * time.Hour)
		if got := w.scrape("").only(fromReport()...); len(got) != 0 {
			t.Errorf("after a suspension for longer than stale_after there is %v", got)
		}
		pass(time.Minute)
		if got := w.scrape("").only(fromReport()...); len(got) == 0 {
			t.Error("the clock that has gone on does not lead to a poll")
		}
	})
}
