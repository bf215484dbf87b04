//go:build faults

package faults_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// usageLines counts the series of usage that a scrape has, by project.
func (p *process) usageLines(t *testing.T, query string) map[string]int {
	t.Helper()
	resp, err := scraper.Get("http://" + p.address + "/metrics" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %s", query, resp.Status)
	}
	counts := map[string]int{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "statsig_usage_units{") {
			_, after, _ := strings.Cut(lines.Text(), `,project="`)
			project, _, _ := strings.Cut(after, `"`)
			counts[project]++
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

// TestFiveHundredProjectsInOneProcess serves a million series, and goes on while a fifth of the projects leave and come back.
func TestFiveHundredProjectsInOneProcess(t *testing.T) {
	full(t)
	const projects, series = 500, 2000
	names := make([]string, projects)
	for i := range names {
		names[i] = fmt.Sprintf("p%03d", i)
	}
	var report strings.Builder
	report.WriteString("Event,Kind,Units\n")
	for i := range series {
		fmt.Fprintf(&report, "event_name_%d,custom,%d\n", i, i+1)
	}
	w := newWalk(t, scenario{projects: names})
	w.upstream.set(phase{serve: csv(report.String())})
	config := strings.Replace(hourly(w.config()), "concurrency: 500", "concurrency: 4", 1) // none of them stalls
	w.exporter = start(t, config, "--web.enable-lifecycle")
	eventually(t, func() error {
		return wantAtLeast(len(w.exporter.usageLines(t, "")), projects)
	})
	for project, n := range w.exporter.usageLines(t, "") {
		if n != series {
			t.Errorf("project %s has %d series", project, n)
		}
	}
	if one := w.exporter.usageLines(t, "?project=p007"); len(one) != 1 || one["p007"] != series {
		t.Errorf("the scrape of one project has %v", one)
	}
	if own := w.exporter.usageLines(t, "?self=only"); len(own) != 0 {
		t.Errorf("the scrape of no project has %d", len(own))
	}

	fewer := config
	for _, name := range names[:projects/5] {
		fewer = w.without(fewer, name)
	}
	var scrapers sync.WaitGroup
	over := make(chan struct{})
	for range 2 {
		scrapers.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				got := w.exporter.usageLines(t, "")
				for project, n := range got {
					if n != series {
						t.Errorf("during a reload, project %s has %d series", project, n)
					}
				}
				if len(got) < projects-projects/5 {
					t.Errorf("during a reload, %d projects are served", len(got))
				}
			}
		})
	}
	for i := range 6 {
		wanted := config
		if i%2 == 0 {
			wanted = fewer
		}
		w.configure(t, wanted)
		if status, body := w.reload(t, http.MethodPost); status != http.StatusOK {
			t.Errorf("reload: status %d: %s", status, body)
		}
	}
	close(over)
	scrapers.Wait()
	for _, name := range names[projects/5:] {
		if n := w.asked(name); n != 1 {
			t.Errorf("project %s, which stayed, was polled %d times", name, n)
		}
	}
	if peak := w.exporter.peak(t); peak > 250 {
		t.Errorf("the exporter took %d MiB for a million series", peak)
	} else {
		t.Logf("peak %d MiB", peak)
	}
}
