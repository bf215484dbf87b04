//go:build faults

package faults_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"statsig_exporter/test/harness"
)

// siegeOfReloads starts an exporter of three projects. The report of app takes a while to map.
func siegeOfReloads(t *testing.T) *walk {
	t.Helper()
	w := newWalk(t, scenario{projects: []string{"web", "app", "old"}})
	big := strings.Repeat("checkout,custom,1,2026-01-01\n", 20000)
	w.upstream.set(phase{serve: func(x *exchange) {
		if x.project == "app" {
			x.csv(goodReport + big)
			return
		}
		x.csv(goodReport)
	}})
	w.exporter = start(t, hourly(w.config()), "--web.enable-lifecycle", "--storage.path="+t.TempDir())
	for _, project := range w.projects {
		w.before = w.settled(t, project, success)
	}
	w.baseline, _ = w.exporter.goroutines(t)
	return w
}

func TestFiftyReloadsUnderScrapesDisturbNobody(t *testing.T) {
	t.Parallel()
	w := siegeOfReloads(t)
	good := hourly(w.config())
	var scrapers sync.WaitGroup
	over := make(chan struct{})
	scrapes := make([]int, 4)
	for i := range scrapes {
		scrapers.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				text, err := w.exporter.get("/metrics", formats[0])
				m := page(text)
				if err != nil || m.about("web") != w.before.about("web") || m.total("app") != w.before.total("app") {
					t.Errorf("a scrape during reloads: %v, with the sum %v of app, and\n%s", err, m.total("app"), harness.Cut(m.about("web"), 1000))
					return
				}
				scrapes[i]++
			}
		})
	}
	for n := range 50 {
		config := strings.Replace(good, "{name: app, ", fmt.Sprintf("{name: app, report: {series_limit: %d}, ", 2+n), 1)
		if n%2 == 0 {
			config = w.without(config, "old")
		}
		w.reloaded(t, config)
	}
	close(over)
	scrapers.Wait()
	for i, n := range scrapes {
		if err := wantAtLeast(n, 10); err != nil {
			t.Errorf("scraper %d: %v", i, err)
		}
	}
	if w.asked("web") != 1 || w.asked("app") != 1 {
		t.Errorf("web, which stays, was polled %d times, and app, whose report is stored, %d times", w.asked("web"), w.asked("app"))
	}
	w.baseline += 8 // connections that were made for polls that a reload has ended stay open for a while
	w.leavesNothing(t)
}
