//go:build faults

package faults_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"statsig_exporter/test/harness"
)

// verify compares what is served while the fault lasts with what was served before.
func (w *walk) verify(t *testing.T) {
	t.Helper()
	m, landing := w.exporter.scrape(t), w.exporter.mustGet(t, "/", "")
	for _, project := range w.projects {
		s := w.of[project]
		w.counts(t, m, project)
		served, before := page(m.about(project)), page(w.before.about(project))
		for _, line := range s.serves {
			if line = strings.ReplaceAll(line, `project="web"`, `project="`+project+`"`); !strings.Contains(string(served), line) {
				t.Errorf("%s: /metrics has no %q; it has\n%s", w.label(project), line, harness.Cut(served.usage()+served.account(), 3000))
			}
		}
		if len(s.serves) == 0 && served.usage() != before.usage() {
			t.Errorf("%s: usage is not what it was before. Now:\n%s\nbefore:\n%s", w.label(project), harness.Cut(served.usage(), 3000), harness.Cut(before.usage(), 3000))
		}
		if s.want != success && served.account() != before.account() {
			t.Errorf("%s: the account of the report is not what it was before. Now:\n%s\nbefore:\n%s", w.label(project), harness.Cut(served.account(), 3000), harness.Cut(before.account(), 3000))
		}
		w.tells(t, project, landing)
	}
	w.exporter.mustGet(t, "/-/ready", "")
	w.exporter.mustGet(t, "/-/healthy", "")
	w.keepsTheKeyAnywhere(t)
}

// counts looks at the results that were counted for a project, and at its state.
func (w *walk) counts(t *testing.T, m page, project string) {
	t.Helper()
	s := w.of[project]
	good, up := w.upstream.goodAnswers(project), 1.0
	for _, result := range allResults {
		n, expected := m.polls(project, result), 0
		if result == success {
			expected = good
		}
		if result == success {
			n = max(n, expected) // a good answer that came too late for its connection was asked for again
		}
		if ok := n == expected || n > expected && (result == s.want || result == s.or); !ok {
			t.Errorf("%s: %d polls ended with %s, want %d (and the rest with %s):%s", w.label(project), n, result, expected, s.want, outcome(m, project))
		}
	}
	if s.want != success {
		up = 0
	}
	if got := m.of("statsig_up", project); got != up && s.or == "" {
		t.Errorf("%s: statsig_up is %v, want %v", w.label(project), got, up)
	}
	if last := "statsig_exporter_poll_last_success_timestamp_seconds"; s.want != success && good == w.before.polls(project, success) &&
		m.of(last, project) > float64(w.began.UnixMicro())/1e6 && s.or == "" {
		t.Errorf("%s: a failed poll moved %s", w.label(project), last)
	}
}

// tells looks at what people can read of the fault of a project.
func (w *walk) tells(t *testing.T, project, landing string) {
	t.Helper()
	s, want := w.of[project], 1
	if s.want == success {
		want = 0
	}
	eventually(t, func() error { // the log tells of a poll a moment after the pages
		lines := w.logged(project)
		if failures := strings.SplitAfter(lines, `msg="Poll failed; `)[1:]; s.or == "" && len(failures) != want {
			return fmt.Errorf("%s: the log has %d lines about failed polls, want one line per change of state: %.300q", w.label(project), len(failures), failures)
		}
		if !strings.Contains(lines, s.says) {
			return fmt.Errorf("%s: the log does not say %q:\n%s", w.label(project), s.says, harness.Cut(lines, 2000))
		}
		return nil
	})
	if !strings.Contains(landing, s.says) {
		t.Errorf("%s: the landing page does not say %q", w.label(project), s.says)
	}
}

// logged returns the lines of the log about a project.
func (w *walk) logged(project string) string {
	var lines strings.Builder
	for line := range strings.Lines(w.exporter.Log.String()) {
		if strings.Contains(line, " project="+project+" ") {
			lines.WriteString(line)
		}
	}
	return lines.String()
}

// recover serves a good report again, with other numbers.
func (w *walk) recover(t *testing.T) {
	t.Helper()
	w.upstream.set(phase{report: laterReport})
	harness.Eventually(t, w.patience, func() error {
		m := w.exporter.scrape(t)
		for _, project := range w.projects {
			if up, total := m.of("statsig_up", project), m.total(project); up != 1 || total != laterTotal {
				return fmt.Errorf("%s: statsig_up %v, report value %v;%s", project, up, total, outcome(m, project))
			}
		}
		return nil
	})
	w.keepsTheKeyAnywhere(t)
}

// leavesNothing wants memory within the bound and no goroutine more than before, but for the two of a connection that each
// project may keep open between polls.
func (w *walk) leavesNothing(t *testing.T) {
	t.Helper()
	eventually(t, func() error {
		if n, stacks := w.exporter.goroutines(t); n > w.baseline+2*len(w.projects) {
			return fmt.Errorf("%d goroutines, %d before:\n%s", n, w.baseline, harness.Cut(stacks, 6000))
		}
		return nil
	})
	peak := w.exporter.peak(t)
	if peak > w.memory {
		t.Errorf("the exporter took %d MiB, want at most %d", peak, w.memory)
	}
	if testing.Verbose() {
		t.Logf("peak %d MiB", peak)
	}
}

// keepsTheKeyAnywhere looks for the keys on every page and in what other origins were sent.
func (w *walk) keepsTheKeyAnywhere(t *testing.T) {
	t.Helper()
	for _, format := range formats {
		w.keepsTheKey(t, "/metrics", w.exporter.mustGet(t, "/metrics", format))
	}
	for _, path := range []string{"/", "/metrics?self=only", "/metrics?project=" + w.projects[0], "/debug/pprof/cmdline"} {
		w.keepsTheKey(t, path, w.exporter.mustGet(t, path, ""))
	}
	w.keepsTheKey(t, "the log", w.exporter.Log.String())
	var sent []string
	for _, project := range w.projects {
		asked := w.upstream.other.seen(project)
		if w.of[project].reached && len(asked) == 0 {
			t.Errorf("%s: the other origin was never asked", w.label(project))
		}
		sent = append(sent, asked...)
	}
	for _, request := range sent {
		w.keepsTheKey(t, "a request to another origin", request)
		if strings.Contains(strings.ToLower(request), "statsig-api-key") {
			t.Errorf("another origin was sent the header of the key:\n%s", request)
		}
	}
	if unexplained := w.requestsWithoutKey(); unexplained > 0 && !w.reached {
		t.Errorf("%d requests to the API had no known key", unexplained)
	}
}

func (w *walk) requestsWithoutKey() int {
	n := 0
	for _, r := range w.upstream.seen() {
		if r.project == "" {
			n++
		}
	}
	return n
}

// keepsTheKey wants no key, and no telling part of one, in a text.
func (w *walk) keepsTheKey(t *testing.T, where, text string) {
	t.Helper()
	if leaks(text, w.keys) {
		t.Errorf("%s has a key in it:\n%s", where, harness.Cut(around(text, w.keys), 2000))
	}
}

// telling is the length of a part of a key, in bytes, that nothing may show.
const telling = 12

// leaks reports whether a text has a part of a key in it, as it stands, in capitals, percent-encoded or with spaces
// between.
func leaks(text string, keys []string) bool {
	forms := []string{strings.ToLower(text)}
	if plain, err := url.QueryUnescape(forms[0]); err == nil && plain != forms[0] {
		forms = append(forms, plain)
	}
	if plain := strings.NewReplacer("\x00", "", " ", "").Replace(forms[0]); plain != forms[0] {
		forms = append(forms, plain)
	}
	for _, key := range keys {
		part := strings.TrimPrefix(key, "console-faults-")
		for i := 0; i+telling <= len(part); i += 3 {
			for _, form := range forms {
				if strings.Contains(form, part[i:i+telling]) {
					return true
				}
			}
		}
	}
	return false
}

// around returns the lines of a text that have a key in them.
func around(text string, keys []string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if leaks(line, keys) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
