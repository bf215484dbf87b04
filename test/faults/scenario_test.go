//go:build faults

package faults_test

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// The results of polls.
const (
	success       = "success"
	noData        = "no_data"
	unauthorized  = "unauthorized"
	forbidden     = "forbidden"
	rateLimited   = "rate_limited"
	upstreamError = "upstream_error"
	networkError  = "network_error"
	invalidReport = "invalid_report"
	timedOut      = "timeout"
)

var allResults = []string{
	success, noData, unauthorized, forbidden, rateLimited, upstreamError, networkError, invalidReport, timedOut,
}

// scenario is one fault and what the exporter has to make of it. Zero fields stand for the usual.
type scenario struct {
	name string

	// Exactly one of these is the fault, or several that go together.
	serve func(x *exchange)
	conn  func(conn net.Conn)
	tls   func(*tls.Config) *tls.Config
	down  bool

	want    string   // the one result that is counted
	or      string   // another one that is as good, where a race decides
	says    string   // what the log and the landing page say of it
	serves  []string // for a success that serves another report than before: lines of /metrics
	reached bool     // the other origin has to be asked, or the scenario proves nothing
	timeout string   // poll_timeout; 25s
	api     string   // further lines of the section api, after "  "
	report  string   // the section report
	secure  bool     // https
	polls   int      // how many polls the fault lasts; 1
	memory  int      // what the process may take at most, in MiB; 64
	stays   bool     // the exporter need not ask again in a time that a test can wait
	// patience is how many seconds the polls of the fault, and the recovery, may take; 60.
	patience int
	// check looks further, while the fault lasts.
	check func(t *testing.T, w *walk)

	// projects and wantOf replace the one project and want, for scenarios that walk through many answers at once.
	projects []string
	wantOf   func(project string) string
}

// usualMemory is enough for an exporter of small reports, with the buffers of a bad one: it starts at some 18 MiB.
const usualMemory = 64

// usualTimeout leaves room for three retries with backoffs of up to 1, 2 and 4 s, and for the own rate limit.
const usualTimeout = "25s"

// runAll runs scenarios side by side.
func runAll(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			newWalk(t, s).run(t)
		})
	}
}

// walk is a scenario that is under way.
type walk struct {
	scenario
	keys     []string
	upstream *upstream
	exporter *process
	baseline int // goroutines before the fault
	before   page
	began    time.Time // of the fault
}

func newWalk(t *testing.T, s scenario) *walk {
	t.Helper()
	if s.projects == nil {
		s.projects = []string{"web"}
	}
	if s.wantOf == nil {
		s.wantOf = func(string) string { return s.want }
	}
	s.timeout = cmp.Or(s.timeout, usualTimeout)
	s.polls, s.memory = max(s.polls, 1), cmp.Or(s.memory, usualMemory)
	w := &walk{scenario: s}
	owner := map[string]string{}
	for _, project := range s.projects {
		sum := sha256.Sum256([]byte(t.Name() + project))
		key := "console-faults-" + hex.EncodeToString(sum[:8])
		w.keys = append(w.keys, key)
		owner[key] = project
	}
	w.upstream = newUpstream(t, owner, s.secure)
	return w
}

// config is the exporter's.
func (w *walk) config() string {
	var b strings.Builder
	fmt.Fprintf(&b, "global: {poll_interval: 1s, poll_timeout: %s, timezone: %s}\n", w.timeout, noon())
	fmt.Fprintf(&b, "api:\n  base_url: %q\n", w.upstream.url())
	if w.secure && !strings.Contains(w.api, "http_client") {
		fmt.Fprintf(&b, "  http_client: {tls_config: {ca: %q}}\n", trusted().pem())
	}
	if w.api != "" {
		fmt.Fprintf(&b, "  %s\n", w.api)
	}
	fmt.Fprintf(&b, "report: {%s}\nprojects:\n", w.report)
	for i, project := range w.projects {
		fmt.Fprintf(&b, "  - {name: %s, api_key: %s}\n", project, w.keys[i])
	}
	return b.String()
}

// noon names a zone in which it is about noon, so that no day ends while a scenario runs.
func noon() string {
	switch hour := time.Now().UTC().Hour(); {
	case hour < 12:
		return fmt.Sprintf("Etc/GMT-%d", 12-hour)
	case hour > 12:
		return fmt.Sprintf("Etc/GMT+%d", min(hour-12, 12))
	}
	return "UTC"
}

// run is the path of every scenario.
func (w *walk) run(t *testing.T) {
	t.Helper()
	w.exporter = start(t, w.config())
	w.serveGood(t)
	w.began = time.Now()
	w.upstream.set(t, phase{serve: w.serve, conn: w.conn, tls: w.tls, down: w.down, report: goodReport})
	w.await(t)
	w.verify(t)
	if w.check != nil {
		w.check(t, w)
	}
	if !w.stays {
		w.recover(t)
	}
	w.leavesNothing(t)
	w.exporter.stop(t)
	w.keepsTheKey(t, "log", w.exporter.Log.String())
	if strings.Contains(w.exporter.Log.String(), "panic") {
		t.Error("the exporter's log has a panic")
	}
}

// serveGood waits for the first good report of every project and remembers what is served then.
func (w *walk) serveGood(t *testing.T) {
	t.Helper()
	harness.Eventually(t, 30*time.Second, func() error {
		w.before = w.exporter.scrape(t)
		for _, project := range w.projects {
			if w.before.polls(project, success) < 1 || w.before.total(project) != goodTotal {
				return fmt.Errorf("project %s: %d polls succeeded, report value %v", project, w.before.polls(project, success), w.before.total(project))
			}
		}
		return nil
	})
	w.baseline, _ = w.exporter.goroutines(t)
	for range 10 { // a poll may be under way in some of them
		n, _ := w.exporter.goroutines(t)
		w.baseline = min(w.baseline, n)
	}
}

// await waits until the fault has been met by as many polls as it should.
func (w *walk) await(t *testing.T) {
	t.Helper()
	harness.Eventually(t, w.patient(), func() error {
		m := w.exporter.scrape(t)
		for _, project := range w.projects {
			good, met := w.upstream.goodAnswers(project), 0
			for _, result := range allResults {
				met += m.polls(project, result)
			}
			if met-good < w.polls {
				return fmt.Errorf("project %s: %d of %d polls have ended%s", project, met-good, w.polls, outcome(m, project))
			}
		}
		return nil
	})
}

func (w *walk) patient() time.Duration { return time.Duration(cmp.Or(w.patience, 60)) * time.Second }

// outcome tells which results a project's polls had.
func outcome(m page, project string) string {
	text := ""
	for _, result := range allResults {
		if n := m.polls(project, result); n != 0 {
			text += fmt.Sprintf(" %s=%d", result, n)
		}
	}
	return text
}
