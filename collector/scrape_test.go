package collector_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

func TestProjectsAndSelfCoverAllSeriesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, `
windows: [{name: day, period: day}, {name: week, period: week}]
projects:
  - {name: a, api_key: console-key-of-a, labels: {team: growth}}
  - {name: b, api_key: console-key-of-b, labels: {region: eu, env: prod}}
  - {name: c, api_key: console-key-of-c}
`)
		w.api.Inject("c", statsigtest.Reply(404, "text/plain", "no"))
		w.start()
		defer w.stop()
		pass(time.Minute)
		all, again := w.scrape(""), page{}
		for _, query := range []string{"project=a", "project=b&project=b", "project=c", "self=only"} {
			for series, v := range w.scrape(query) {
				if _, twice := again[series]; twice {
					t.Errorf("%s is in more than one part", series)
				}
				again[series] = v
			}
		}
		if !maps.Equal(all, again) {
			t.Errorf("the parts are\n%v\nthe whole\n%v", again, all)
		}
		two := w.scrape("project=b&project=a")
		want := w.scrape("project=a")
		maps.Copy(want, w.scrape("project=b"))
		if !maps.Equal(two, want) {
			t.Error("two projects are not the sum of each")
		}
		for series := range two {
			if !strings.Contains(series, `project="a"`) && !strings.Contains(series, `project="b"`) {
				t.Errorf("%s is of neither project", series)
			}
		}
		w.scrape("").want(t, page{
			`statsig_project_info{project="a",team="growth"}`:          1,
			`statsig_project_info{env="prod",project="b",region="eu"}`: 1,
			`statsig_project_info{project="c"}`:                        1,
		})
		w.requests()
		for range 200 {
			w.text("")
			w.collector.Status()
		}
		if got := w.requests(); len(got) != 0 {
			t.Errorf("scrapes asked the API for %v", got)
		}
	})
}

// TestAScrapeSeesOneSnapshot has the n-th report say n in every value, and its
// window start with it.
func TestAScrapeSeesOneSnapshot(t *testing.T) {
	w := newWorld(t, "global: {poll_interval: 1s}\nwindows: [{name: roll, period: 1h}]\n"+single)
	var polls atomic.Int64
	w.replyWith(func(time.Duration) string {
		var csv strings.Builder
		csv.WriteString("event,events,count\n")
		n := polls.Add(1)
		for i := range 200 {
			fmt.Fprintf(&csv, "e%d,%d,%d\n", i, n, n)
		}
		return csv.String()
	})
	w.start()
	defer w.stop()
	deadline := time.After(30 * time.Second)
	for !w.collector.Ready() {
		select {
		case <-deadline:
			t.Fatal("no first poll has ended within 30 s")
		case <-time.After(10 * time.Millisecond):
		}
	}
	starts := sync.Map{} // by value, the start of the window that was seen with it
	var group sync.WaitGroup
	var seen atomic.Int64
	for range 100 {
		group.Go(func() {
			for seen.Load() < 4 {
				got := w.scrape("project=a")
				start := got[`statsig_usage_window_start_timestamp_seconds{project="a",window="roll"}`]
				v := got[`statsig_usage_events{event="e0",project="a",window="roll"}`]
				usage := got.only("statsig_usage_events{", "statsig_usage_count{")
				if len(usage) != 400 || v == 0 {
					t.Errorf("%d series are served, with value %v, want 400", len(usage), v)
					return
				}
				for series, other := range usage {
					if other != v {
						t.Errorf("%s is of report %v, another of %v", series, other, v)
						return
					}
				}
				if total := got[`statsig_report_value{metric="statsig_usage_count",project="a",window="roll"}`]; total != 200*v {
					t.Errorf("the total is %v, want 200 of %v", total, v)
				}
				if first, known := starts.LoadOrStore(v, start); known && first != start {
					t.Errorf("report %v has the window starts %v and %v", v, first, start)
				}
				seen.Store(max(seen.Load(), int64(v)))
			}
		})
	}
	group.Wait()
}
