package collector_test

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig"
	"statsig_exporter/statsig/statsigtest"
)

// failures are faults by name, with the results that they lead to.
func failures() map[string]struct {
	fault  statsigtest.Fault
	result statsig.Result
} {
	type failure = struct {
		fault  statsigtest.Fault
		result statsig.Result
	}
	cut := statsigtest.Fault{Cut: true, Plain: true}
	clean := statsigtest.CSV("event,events\nx,1\ny")
	moved := statsigtest.Reply(http.StatusFound, "text/plain", "")
	moved.Header["Location"] = "ftp://" + keyOf("a") + ".test/" + keyOf("a")
	return map[string]failure{
		"a redirect":        {moved, statsig.UpstreamError},
		"400":               {statsigtest.Refusal(http.StatusBadRequest, "Data is not available"), statsig.NoData},
		"no rows":           {statsigtest.HeaderOnly(), statsig.NoData},
		"401":               {statsigtest.Refusal(http.StatusUnauthorized, "an invalid key was sent. Key: "+keyOf("a")), statsig.Unauthorized},
		"403":               {statsigtest.Refusal(http.StatusForbidden, "Forbidden resource"), statsig.Forbidden},
		"404":               {statsigtest.Reply(http.StatusNotFound, "text/plain", "no"), statsig.UpstreamError},
		"429":               {statsigtest.Refusal(http.StatusTooManyRequests, "slow down"), statsig.RateLimited},
		"500":               {statsigtest.HTMLPage(http.StatusInternalServerError), statsig.UpstreamError},
		"a page":            {statsigtest.HTMLPage(http.StatusOK), statsig.InvalidReport},
		"dropped":           {statsigtest.Fault{Drop: true}, statsig.NetworkError},
		"cut":               {cut, statsig.NetworkError},
		"cut off cleanly":   {clean, statsig.InvalidReport},
		"an open quote":     {statsigtest.CSV("event,events\n\"x,1\ny,2\n"), statsig.InvalidReport},
		"too large":         {statsigtest.CSV("event,events\n" + strings.Repeat("xxxxxxxxx,1\n", 20_000)), statsig.InvalidReport},
		"too many series":   {statsigtest.Generated(manySeries), statsig.InvalidReport},
		"no answer":         {statsigtest.Fault{HoldHeader: &statsigtest.Hold{}}, statsig.Timeout},
		"half a body":       {held(nil), statsig.Timeout},
		"quotes the key":    {statsigtest.CSV("event,events\n" + keyOf("a") + ",1\n"), statsig.InvalidReport},
		"the key as header": {statsigtest.CSV("event," + keyOf("a") + "\nx,1\n"), statsig.InvalidReport},
	}
}

func TestAReportThatHoldsTheKeyOfAnotherProjectIsInvalid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "") // projects a and b
		w.api.Inject("a", statsigtest.CSV("event,events\n"+keyOf("b")+",1\n"))
		w.start()
		defer w.stop()
		pass(20 * time.Second)
		w.scrape("").want(t, page{polls("a", "invalid_report"): 1, polls("b", "success"): 1})
	})
}

func manySeries(w io.Writer) error {
	return statsigtest.WriteReport(w, 300, 300, 1)
}

func TestAFailureLeavesWhatIsServedAndIsCountedAndLoggedOnce(t *testing.T) {
	for name, test := range failures() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "global: {poll_timeout: 1m}\napi: {max_report_bytes: 200KiB}\nreport: {series_limit: 10}\n"+single).start()
				defer w.stop()
				pass(time.Minute)
				w.log.take()
				before := w.text("")
				good := w.scrape("")
				w.api.Inject("a", test.fault)
				pass(12 * time.Hour)
				after := w.text("")
				if a, b := served(before), served(after); a != b || a == "" {
					t.Errorf("what is served became\n%s", b)
				}
				got := w.scrape("")
				if n := got[polls("a", string(test.result))]; n < 9 {
					t.Errorf("%v polls were counted as %s, want all of 12 hours", n, test.result)
				}
				for _, other := range statsig.Results() {
					if other != test.result {
						got.want(t, page{polls("a", string(other)): good[polls("a", string(other))]})
					}
				}
				success := `statsig_exporter_poll_last_success_timestamp_seconds{project="a",window="day"}`
				attempt := `statsig_exporter_poll_last_attempt_timestamp_seconds{project="a",window="day"}`
				got.want(t, page{`statsig_up{project="a",window="day"}`: 0, success: good[success]})
				if got[attempt] <= good[attempt] {
					t.Error("the last attempt does not show")
				}
				lines := w.log.take()
				if len(lines) != 1 || !strings.Contains(lines[0], "result="+string(test.result)) || !strings.Contains(lines[0], "project=a window=day") {
					t.Errorf("logged %q, want one line with the result", lines)
				}
				hasNoKey(t, w, lines)

				w.api.ClearFaults()
				pass(2 * time.Hour)
				w.scrape("").want(t, page{`statsig_up{project="a",window="day"}`: 1})
				if lines := w.log.take(); len(lines) != 1 || !strings.Contains(lines[0], "Serving report") {
					t.Errorf("logged %q, want one line that it is well again", lines)
				}
			})
		})
	}
}

// served returns the lines of a scrape that come from the report. Counters outlive it.
func served(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, "_total{") {
			continue
		}
		if strings.Contains(line, "statsig_usage_") || strings.Contains(line, "report_") || strings.Contains(line, "_series") || strings.Contains(line, "schema_columns") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// hasNoKey checks all that can be seen of a world.
func hasNoKey(t *testing.T, w *world, lines []string) {
	t.Helper()
	seen := append(slices.Clone(lines), w.text(""), w.log.buf.String())
	for _, s := range w.collector.Status() {
		if s.Err != nil {
			seen = append(seen, s.Err.Error())
		}
	}
	for _, text := range seen {
		if strings.Contains(text, "console-key") {
			t.Errorf("the key shows in: %s", text)
		}
	}
}

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
			for series := range ofReports(p) {
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

// ofReports returns the series that come from a report.
func ofReports(p page) page {
	kept := maps.Clone(p)
	maps.DeleteFunc(kept, func(series string, _ float64) bool {
		return served(series) == "" && !strings.HasPrefix(series, "statsig_report_value")
	})
	return kept
}

func TestStaleDataIsDroppedExactlyThenAndReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {stale_after: 3h}\n"+single)
		w.api.Inject("a", statsigtest.Fault{Delay: 30 * time.Second}.For(1), statsigtest.Reply(http.StatusNotFound, "text/plain", "no"))
		w.start()
		defer w.stop()
		pass(30*time.Second + 3*time.Hour - time.Millisecond)
		all := ofReports(w.scrape(""))
		if len(all) < 15 {
			t.Errorf("until it is stale, %d series are served", len(all))
		}
		pass(time.Millisecond)
		if got := ofReports(w.scrape("")); len(got) != 0 {
			t.Errorf("once it is stale there is still %v", got)
		}
		if got := ofReports(w.scrape("project=a")); len(got) != 0 {
			t.Errorf("once it is stale, ?project= still has %v", got)
		}
		w.api.ClearFaults()
		pass(2 * time.Hour)
		if got := ofReports(w.scrape("")); !maps.Equal(got, all) {
			t.Errorf("after the next good poll there is %v, want %v", got, all)
		}
	})
}

func TestStaleIsMeasuredByTheClockToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {stale_after: 3h}\n"+single).start()
		defer w.stop()
		pass(time.Minute)
		w.setClock(4 * time.Hour)
		if got := ofReports(w.scrape("")); len(got) != 0 {
			t.Errorf("after a suspension for longer than stale_after there is %v", got)
		}
		pass(time.Minute)
		if got := ofReports(w.scrape("")); len(got) == 0 {
			t.Error("the clock that has gone on does not lead to a poll")
		}
	})
}
