//go:build faults

package faults_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"statsig_exporter/collector/store"
	"statsig_exporter/test/harness"
)

// restart is an exporter that has stored its reports and ended.
type restart struct {
	*walk
	dir    string
	config string
	asked  int // requests before the end
}

func newRestart(t *testing.T, projects ...string) *restart {
	t.Helper()
	w := newWalk(t, scenario{projects: projects})
	r := &restart{walk: w, dir: t.TempDir(), config: hourly(w.config())}
	w.exporter = start(t, r.config, "--storage.path="+r.dir)
	w.serveGood(t)
	w.exporter.stop(t)
	r.asked = len(w.upstream.seen())
	return r
}

// again starts the exporter, while the upstream answers as it is told, and returns the first page.
func (r *restart) again(t *testing.T, config string, upstream phase) page {
	t.Helper()
	r.upstream.set(upstream)
	r.exporter = start(t, config, "--storage.path="+r.dir)
	return r.exporter.scrape(t)
}

// asksNothing wants no request since the exporter ended.
func (r *restart) asksNothing(t *testing.T) {
	t.Helper()
	if n := len(r.upstream.seen()) - r.asked; n > 0 {
		t.Errorf("the API was asked %d times after the restart, although no poll was due", n)
	}
}

// reports returns the stored files by project.
func (r *restart) reports(t *testing.T) map[string]string {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(r.dir, "*.report")) // the pattern is well formed
	found := map[string]string{}
	for _, name := range names {
		data := read(t, name)
		for _, project := range r.projects {
			if bytes.Contains(data, []byte(`"project":"`+project+`"`)) {
				found[project] = name
			}
		}
	}
	return found
}

func TestTheNextPollAfterARestartWaitsUntilItIsDue(t *testing.T) {
	t.Parallel()
	r := newRestart(t, "web", "app")
	m := r.again(t, r.config, phase{report: laterReport})
	if m.usage()+m.account() != r.before.usage()+r.before.account() {
		t.Errorf("the first page is not what was served before. Now:\n%s\nbefore:\n%s", m.usage()+m.account(), r.before.usage()+r.before.account())
	}
	const last, next = "statsig_exporter_poll_last_success_timestamp_seconds", "statsig_exporter_poll_next_timestamp_seconds"
	for _, project := range r.projects {
		if m.of("statsig_up", project) != 1 || m.of(last, project) != r.before.of(last, project) {
			t.Errorf("project %s: statsig_up is %v, and the last success was at %v, want %v", project,
				m.of("statsig_up", project), m.of(last, project), r.before.of(last, project))
		}
		eventually(t, func() error {
			wait := r.exporter.scrape(t).of(next, project) - m.of(last, project)
			if wait < 3599 || wait > 3600*1.06 {
				return fmt.Errorf("the next poll of %s is due %v s after the last", project, wait)
			}
			return nil
		})
	}
	quiet(2*time.Second)(t, r.walk)
	r.asksNothing(t)
	r.exporter.mustGet(t, "/-/ready", "")
}

// damages change stored files. A copy gets the bytes of another project's.
func damages() map[string]func(own, other []byte) []byte {
	flip := func(from, mask int) func(own, _ []byte) []byte {
		return func(own, _ []byte) []byte {
			own = bytes.Clone(own)
			own[(len(own)+from)%len(own)] ^= byte(mask)
			return own
		}
	}
	return map[string]func(own, other []byte) []byte{
		"half":    func(own, _ []byte) []byte { return own[:len(own)/2] },
		"short":   func(own, _ []byte) []byte { return own[:len(own)-1] },
		"long":    func(own, _ []byte) []byte { return append(bytes.Clone(own), 0) },
		"twice":   func(own, _ []byte) []byte { return append(bytes.Clone(own), own...) },
		"empty":   func(_, _ []byte) []byte { return nil },
		"zeros":   func(own, _ []byte) []byte { return make([]byte, len(own)) },
		"foreign": func(_, _ []byte) []byte { return []byte("Event Name,Billable Events\ncheckout,1\n") },
		"version": func(own, _ []byte) []byte { return bytes.Replace(own, []byte("report 1\n"), []byte("report 2\n"), 1) },
		"head":    flip(0, 1),
		"meta":    flip(60, 2),
		"body":    flip(-40, 64),
		"trailer": flip(-3, 128),
		"copy":    func(_, other []byte) []byte { return other },
	}
}

func TestDamagedFilesAreSetAsideAndTheRestIsServed(t *testing.T) {
	t.Parallel()
	kinds := slices.Sorted(maps.Keys(damages()))
	r := newRestart(t, append(kinds, "whole")...)
	files := r.reports(t)
	written := map[string][]byte{}
	for _, kind := range kinds {
		written[files[kind]] = damages()[kind](read(t, files[kind]), read(t, files["whole"]))
	}
	for name, data := range written {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(r.dir, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	m := r.again(t, r.config, phase{serve: (*exchange).stall})
	for _, project := range r.projects {
		want := -1.0
		if project == "whole" {
			want = goodTotal
		}
		if total := m.total(project); total != want || (m.of("statsig_up", project) == 1) != (want > 0) {
			t.Errorf("project %s: sum %v and statsig_up %v", project, total, m.of("statsig_up", project))
		}
	}
	if n := m.storageErrors("load"); n != len(written) {
		t.Errorf("%d of %d damaged files were counted", n, len(written))
	}
	for name, data := range written {
		if aside, err := os.ReadFile(name + ".damaged"); err != nil || !bytes.Equal(aside, data) {
			t.Errorf("%s is not aside as it was: %v", filepath.Base(name), err)
		}
		if !strings.Contains(r.exporter.Log.String(), filepath.Base(name)) {
			t.Errorf("the log does not name %s", filepath.Base(name))
		}
	}
	r.exporter.Kill()
	r.again(t, r.config, phase{report: goodReport})
	r.serveGoodAgain(t)
	r.exporter.Kill()
	m = r.again(t, r.config, phase{serve: (*exchange).stall})
	if n := m.storageErrors("load"); n != 0 || m.usage()+m.account() != r.before.usage()+r.before.account() {
		t.Errorf("%d errors after the damage was made good, and the usage\n%s", n, harness.Cut(m.usage()+m.account(), 2000))
	}
}

// serveGoodAgain waits until every project is served.
func (r *restart) serveGoodAgain(t *testing.T) {
	t.Helper()
	eventually(t, func() error {
		m := r.exporter.scrape(t)
		for _, project := range r.projects {
			if total := m.total(project); total != goodTotal {
				return fmt.Errorf("project %s: sum %v", project, total)
			}
		}
		return nil
	})
}

func TestWhatLeftTheConfigurationIsRemovedFromTheDisk(t *testing.T) {
	t.Parallel()
	r := newRestart(t, "web", "app")
	without := strings.Replace(r.config, "  - {name: app, api_key: "+r.keys[1]+"}\n", "", 1)
	m := r.again(t, without, phase{serve: (*exchange).stall})
	if strings.Contains(string(m), `project="app"`) || m.total("web") != goodTotal {
		t.Errorf("the page is not of the project web alone:\n%s", m.usage())
	}
	if files := r.reports(t); len(files) != 1 || files["web"] == "" {
		t.Errorf("reports of these are left: %v", files)
	}
	if n := m.storageErrors("load"); n != 0 {
		t.Errorf("the removal was counted as %d errors", n)
	}
}

func TestAStoredPollOfTheFutureIsServedAndHoldsUpNothing(t *testing.T) {
	t.Parallel()
	r := newRestart(t, "web")
	rewrite(t, r.dir, store.Key{Project: "web", Window: "day"}, func(m *store.Meta) {
		m.Time, m.Start, m.End = m.Time.AddDate(0, 0, 3), m.Start.AddDate(0, 0, 3), m.End.AddDate(0, 0, 3)
	})
	m := r.again(t, r.config, phase{report: laterReport})
	if total := m.total("web"); total != goodTotal && total != laterTotal {
		t.Errorf("the first page has the sum %v", total)
	}
	r.recover(t)
	// The report is served a moment before its poll has been counted.
	eventually(t, func() error {
		m = r.exporter.scrape(t)
		return wantAtLeast(m.polls("web", success), 1)
	})
	if last := m.of("statsig_exporter_poll_last_success_timestamp_seconds", "web"); last > float64(time.Now().Unix()+1) {
		t.Errorf("the last success is in the future: %v", last)
	}
	r.exporter.Kill()
	m = r.again(t, r.config, phase{serve: (*exchange).stall})
	if total := m.total("web"); total != laterTotal {
		t.Errorf("the sum is %v after a restart, want the present report's", total)
	}
}

func TestAStaleReportIsNotServedAfterARestart(t *testing.T) {
	t.Parallel()
	r := newRestart(t, "web", "app")
	rewrite(t, r.dir, store.Key{Project: "web", Window: "day"}, func(m *store.Meta) { m.Time = m.Time.Add(-2 * time.Hour) })
	config := strings.Replace(r.config, "global: {", "global: {stale_after: 1h, ", 1)
	m := r.again(t, config, phase{serve: (*exchange).stall})
	if total, up := m.total("web"), m.of("statsig_up", "web"); up != -1 || total != -1 || strings.Contains(m.usage(), `project="web"`) {
		t.Errorf("a report that is stale is served with the sum %v and statsig_up %v", total, up)
	}
	if total := m.total("app"); total != goodTotal {
		t.Errorf("a report that is not stale is served with the sum %v", total)
	}
}

func TestAStoredReportIsServedThroughTheConfigurationOfNow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, old, new string
		has            string
		hasNot         string
		polls          bool
	}{
		{
			"metric", "report: {}", "report: {columns: {Billable Events: {role: value, metric: statsig_usage_billed}}}",
			`statsig_usage_billed{event_name="checkout",event_type="custom",project="web",window="day"} 1500.5`, "statsig_usage_billable_events", false,
		},
		{
			"ignored column", "report: {}", "report: {columns: {Event Name: {role: ignore}}}",
			`statsig_usage_billable_events{event_type="custom",project="web",window="day"} 1488.25`, "event_name=", false,
		},
		{
			"series limit", "report: {}", "report: {series_limit: 2}",
			`statsig_usage_billable_events{event_name="other",event_type="other",project="web",window="day"} 1488.25`, "refund", false,
		},
		{
			"labels", "{name: web, ", "{name: web, labels: {team: growth}, ",
			`statsig_usage_billable_events{event_name="refund",event_type="custom",project="web",team="growth",window="day"} -12.25`, `project="web",window="day"} -12.25`, false,
		},
		{"series limit that it fails", "report: {}", "report: {series_limit: 2, overflow: fail}", `statsig_exporter_storage_errors_total{operation="load"} 1`, "checkout", true},
		{"period", "report: {}", "windows: [{name: day, period: 36h}]", `statsig_exporter_storage_errors_total{operation="load"} 0`, "checkout", true},
		{"name", "{name: web, ", "{name: shop, ", `statsig_project_info{project="shop"} 1`, `project="web"`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRestart(t, "web")
			config := strings.Replace(r.config, c.old, c.new, 1)
			m := r.again(t, config, phase{serve: (*exchange).stall})
			if !strings.Contains(string(m), "\n"+c.has+"\n") || strings.Contains(string(m), c.hasNot) {
				t.Errorf("the first page has no %s, or has %s:\n%s", c.has, c.hasNot, m.usage()+m.account())
			}
			if c.polls {
				eventually(t, func() error { return wantAtLeast(len(r.upstream.seen()), r.asked+1) })
				return
			}
			quiet(time.Second)(t, r.walk)
			r.asksNothing(t)
		})
	}
}
