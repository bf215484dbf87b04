//go:build faults

package faults_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

const (
	reloadOK   = "statsig_exporter_config_last_reload_successful"
	reloadTime = "statsig_exporter_config_last_reload_success_timestamp_seconds"
)

// newHourly starts an exporter that polls every project once an hour, and waits for the first polls.
func newHourly(t *testing.T, projects []string, args ...string) *walk {
	t.Helper()
	w := newWalk(t, scenario{projects: projects})
	w.exporter = start(t, hourly(w.config()), args...)
	w.serveGood(t)
	return w
}

// configure replaces the configuration file.
func (w *walk) configure(t *testing.T, config string) {
	t.Helper()
	file := w.exporter.file
	if err := errors.Join(os.WriteFile(file+".new", []byte(config), 0o600), os.Rename(file+".new", file)); err != nil {
		t.Fatal(err)
	}
}

// reload asks for a reload over HTTP.
func (w *walk) reload(t *testing.T, method string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+w.exporter.address+"/-/reload", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := scraper.Do(req)
	if err != nil {
		t.Fatalf("%s /-/reload: %v", method, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// reloaded configures and reloads, which has to work.
func (w *walk) reloaded(t *testing.T, config string) page {
	t.Helper()
	w.configure(t, config)
	if status, body := w.reload(t, http.MethodPost); status != http.StatusOK {
		t.Fatalf("reload: status %d: %s", status, body)
	}
	return w.exporter.scrape(t)
}

// without is the configuration without a project.
func (w *walk) without(config, project string) string {
	for i, name := range w.projects {
		if name == project {
			return strings.Replace(config, fmt.Sprintf("  - {name: %s, api_key: %s}\n", name, w.keys[i]), "", 1)
		}
	}
	return config
}

// about returns every sample with the label of a project.
func (m page) about(project string) string {
	var samples strings.Builder
	for line := range strings.Lines(string(m)) {
		if strings.Contains(line, `project="`+project+`"`) {
			samples.WriteString(line)
		}
	}
	return samples.String()
}

// asked returns how many requests a project's key was used for.
func (w *walk) asked(project string) int {
	n := 0
	for _, r := range w.upstream.seen() {
		if r.project == project {
			n++
		}
	}
	return n
}

func TestReloadAnswersPOSTAndPUTAlone(t *testing.T) {
	t.Parallel()
	w := newHourly(t, []string{"web"}, "--web.enable-lifecycle")
	for method, want := range map[string]int{
		http.MethodPost: 200, http.MethodPut: 200, http.MethodGet: 405, http.MethodHead: 405, http.MethodDelete: 405,
	} {
		before, _ := w.exporter.scrape(t).value(reloadTime)
		status, body := w.reload(t, method)
		after, _ := w.exporter.scrape(t).value(reloadTime)
		if status != want || (after > before) != (want == 200) {
			t.Errorf("%s /-/reload: status %d %q, success at %v after %v", method, status, body, after, before)
		}
	}
	if n := w.asked("web"); n != 1 {
		t.Errorf("the project was polled %d times, want once", n)
	}
}

func TestABadFileChangesNothing(t *testing.T) {
	t.Parallel()
	w := newHourly(t, []string{"web", "app"}, "--web.enable-lifecycle")
	good := hourly(w.config())
	for _, bad := range []struct{ name, config, says string }{
		{"syntax", good + "windows: [{\n", "statsig.yml:8: "},
		{"unknown key", good + "windws: []\n", "statsig.yml:8: "},
		{"value", strings.Replace(good, "1h", "soon", 1), "statsig.yml:1: "},
		{"no projects", strings.Split(good, "projects:")[0], "projects"},
		{"two of a name", strings.Replace(good, "name: app", "name: web", 1), "statsig.yml:7: "},
		{"certificate", strings.Replace(good, "api:\n", "api:\n  http_client: {tls_config: {ca_file: missing.pem}}\n", 1), "missing.pem"},
		{"empty", "", "statsig.yml"},
	} {
		before := w.exporter.scrape(t)
		w.configure(t, bad.config)
		status, body := w.reload(t, http.MethodPost)
		if status != http.StatusInternalServerError || !strings.Contains(body, bad.says) {
			t.Errorf("%s: status %d, want 500 that says %q: %s", bad.name, status, bad.says, body)
		}
		w.keepsTheKey(t, "the answer", body)
		w.unchanged(t, before, bad.name)
	}
	before := w.exporter.scrape(t)
	if m := w.reloaded(t, good); m.about("web") != before.about("web") || m.about("app") != before.about("app") {
		t.Error("the good file has changed something")
	}
	m := w.exporter.scrape(t)
	was, _ := before.value(reloadTime)
	if ok, _ := m.value(reloadOK); ok != 1 {
		t.Errorf("%s is %v after the good file", reloadOK, ok)
	}
	if is, _ := m.value(reloadTime); is <= was {
		t.Errorf("%s is still %v after the good file", reloadTime, is)
	}
	w.keepsTheKeyAnywhere(t)
	w.leavesNothing(t)
}

// unchanged wants the page to be as before a bad reload, but for the metric of it.
func (w *walk) unchanged(t *testing.T, before page, what string) {
	t.Helper()
	m := w.exporter.scrape(t)
	for _, project := range w.projects {
		if m.about(project) != before.about(project) || w.asked(project) != 1 {
			t.Errorf("%s: %d polls of project %s, which reads\n%s", what, w.asked(project), project, harness.Cut(m.about(project), 2000))
		}
	}
	was, _ := before.value(reloadTime)
	if ok, there := m.value(reloadOK); ok != 0 || !there {
		t.Errorf("%s: %s is %v", what, reloadOK, ok)
	}
	if is, _ := m.value(reloadTime); is != was {
		t.Errorf("%s: a bad file has moved %s", what, reloadTime)
	}
}

func TestSIGHUPReloads(t *testing.T) {
	t.Parallel()
	w := newHourly(t, []string{"web", "app"})
	good := hourly(w.config())
	hangup := func(config string, check func(m page) bool) {
		w.configure(t, config)
		w.exporter.Signal(syscall.SIGHUP)
		eventually(t, func() error {
			if m := w.exporter.scrape(t); !check(m) {
				return errors.New("not seen")
			}
			return nil
		})
	}
	hangup("projects: 1\n", func(m page) bool { ok, _ := m.value(reloadOK); return ok == 0 })
	w.unchanged(t, w.before, "SIGHUP")
	hangup(w.without(good, "app"), func(m page) bool { ok, _ := m.value(reloadOK); return ok == 1 && m.about("app") == "" })
	if m := w.exporter.scrape(t); m.about("web") != w.before.about("web") || w.asked("web") != 1 {
		t.Error("the reload has touched the project that stayed")
	}
}

func TestAReloadTouchesNoProjectThatStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newHourly(t, []string{"web", "app", "old"}, "--web.enable-lifecycle", "--storage.path="+dir)
	good := hourly(w.config())
	before := w.exporter.scrape(t)
	changed := strings.Replace(w.without(good, "old"), "{name: app, ", "{name: app, report: {columns: {Event Type: {role: ignore}}}, labels: {team: x}, ", 1)
	m := w.reloaded(t, changed)
	if m.about("web") != before.about("web") {
		t.Errorf("the project that stays has changed. Now:\n%s\nbefore:\n%s", m.about("web"), before.about("web"))
	}
	if rest := m.about("old"); rest != "" {
		t.Errorf("the removed project has left\n%s", rest)
	}
	if _, err := w.exporter.get("/metrics?project=old", ""); err == nil || !strings.Contains(err.Error(), "status 404") {
		t.Errorf("the removed project is answered with %v", err)
	}
	want := `statsig_usage_billable_events{event_name="refund",project="app",team="x",window="day"} -12.25`
	if !strings.Contains(string(m), want) || strings.Contains(m.about("app"), "event_type") {
		t.Errorf("the project with another mapping is not served through it:\n%s", m.about("app"))
	}
	holds := func(reports int) {
		eventually(t, func() error {
			if names, _ := filepath.Glob(filepath.Join(dir, "*.report")); len(names) != reports { // the pattern is well formed
				return fmt.Errorf("the storage path holds %s", names)
			}
			return nil
		})
	}
	holds(2)
	const last, next = "statsig_exporter_poll_last_success_timestamp_seconds", "statsig_exporter_poll_next_timestamp_seconds"
	if m.of("statsig_up", "app") != 1 || m.of(last, "app") != before.of(last, "app") || m.of(next, "app") < before.of(last, "app")+3599 {
		t.Errorf("the reload of another mapping has moved more than that:\n%s", m.about("app"))
	}
	quiet(time.Second)(t, w)
	w.reloaded(t, good)
	eventually(t, func() error {
		return wantAtLeast(w.exporter.scrape(t).polls("old", success), 1)
	})
	if m = w.exporter.scrape(t); m.about("web") != before.about("web") || w.asked("web") != 1 || w.asked("app") != 1 {
		t.Errorf("after all, web was polled %d times and app %d times", w.asked("web"), w.asked("app"))
	}
	holds(3)
	w.leavesNothing(t)
}
