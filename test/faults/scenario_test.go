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
	"syscall"
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

// scenario is one fault of one project and what the exporter has to make of it. Zero fields stand for the usual.
type scenario struct {
	name string

	// Exactly one of these is the fault, or several that go together.
	serve func(x *exchange)
	conn  func(conn net.Conn)
	tls   func(*tls.Config) *tls.Config
	down  bool

	want     string        // the one result that is counted
	or       string        // another that is as good, where a race decides
	says     string        // what the log and the landing page say of it
	serves   []string      // for a success that serves another report than before: parts of lines of /metrics
	reached  bool          // the other origin has to be asked, or the scenario proves nothing
	timeout  string        // poll_timeout; 25s
	api      string        // further lines of the section api, after "  "
	report   string        // the section report
	secure   bool          // https
	polls    int           // how many polls the fault lasts; 1
	memory   int           // what the process may take at most, in MiB; 64, and more where many projects share it
	stays    bool          // the exporter need not ask again in a time that a test can wait
	alone    bool          // it would disturb others in the same exporter
	patience time.Duration // how long the polls of the fault, and the recovery, may take; the usual
	// check looks further, while the fault lasts.
	check func(t *testing.T, w *walk)
	// projects have the fault; web.
	projects []string
}

// usualMemory is enough for an exporter of small reports, with the buffers of a bad one: it starts at some 18 MiB.
const usualMemory = 64

// usualTimeout leaves room for three retries with backoffs of up to 1, 2 and 4 s, and for the own rate limit. A brief one is
// for faults that last until it is over.
const (
	usualTimeout = "25s"
	brief        = "4s"
)

// together is how many scenarios share an exporter at most.
const together = 50

// shared holds what scenarios that share an exporter have in common.
type shared struct {
	timeout, api string
	secure       bool
	n            int
}

// runAll runs scenarios side by side. Those that concern one project alone share an exporter, which proves besides that
// what becomes of one project does nothing to another.
func runAll(t *testing.T, scenarios []scenario) {
	t.Helper()
	t.Parallel()
	groups := map[shared][]scenario{}
	for i, s := range scenarios {
		key := shared{s.timeout, s.api, s.secure, i / together}
		if s.alone || s.stays || s.down || s.conn != nil || s.tls != nil || s.check != nil || s.memory > 0 || s.projects != nil {
			key.n = -i - 1
		}
		groups[key] = append(groups[key], s)
	}
	for _, group := range groups {
		name := group[0].name
		if len(group) > 1 {
			name += fmt.Sprintf(" and %d more", len(group)-1)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(group) == 1 {
				newWalk(t, group[0]).run(t)
				return
			}
			newGroup(t, group).run(t)
		})
	}
}

// walk is a scenario that is under way, or several that share an exporter.
type walk struct {
	scenario                     // of them all; says nothing of the fault where there are several
	of       map[string]scenario // by project
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
	of := map[string]scenario{}
	for _, project := range s.projects {
		of[project] = s
	}
	return newWalkOf(t, s, of)
}

// newGroup has a project for each scenario.
func newGroup(t *testing.T, group []scenario) *walk {
	t.Helper()
	all := scenario{timeout: group[0].timeout, api: group[0].api, secure: group[0].secure, memory: usualMemory + len(group)}
	of := map[string]scenario{}
	for i, s := range group {
		project := "p" + itoa(i)
		all.projects, of[project] = append(all.projects, project), s
		all.patience = max(all.patience, s.patience)
	}
	all.serve = func(x *exchange) {
		if s := of[x.project]; s.serve != nil {
			s.serve(x)
		}
	}
	return newWalkOf(t, all, of)
}

func newWalkOf(t *testing.T, s scenario, of map[string]scenario) *walk {
	t.Helper()
	s.timeout, s.memory, s.patience = cmp.Or(s.timeout, usualTimeout), cmp.Or(s.memory, usualMemory), cmp.Or(s.patience, patience)
	w := &walk{scenario: s, of: of}
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

// config is the exporter's. Bodies that stall must not hold up other projects.
func (w *walk) config() string {
	var b strings.Builder
	fmt.Fprintf(&b, "global: {poll_interval: 1s, poll_timeout: %s, timezone: %s, concurrency: %d}\n", w.timeout, noon(), max(4, len(w.of)))
	fmt.Fprintf(&b, "api:\n  base_url: %q\n", w.upstream.url())
	if w.secure && !strings.Contains(w.api, "http_client") {
		fmt.Fprintf(&b, "  http_client: {tls_config: {ca: %q}}\n", trusted().pem())
	}
	if w.api != "" {
		fmt.Fprintf(&b, "  %s\n", w.api)
	}
	b.WriteString("report: {}\nprojects:\n")
	for i, project := range w.projects {
		report := ""
		if s := w.of[project]; s.report != "" {
			report = ", report: {" + s.report + "}"
		}
		fmt.Fprintf(&b, "  - {name: %s, api_key: %s%s}\n", project, w.keys[i], report)
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
	w.upstream.set(phase{serve: w.serve, conn: w.conn, tls: w.tls, down: w.down, report: goodReport})
	w.await(t)
	w.verify(t)
	if w.check != nil {
		w.check(t, w)
	}
	if !w.stays {
		w.recover(t)
	}
	w.rest(t)
	w.leavesNothing(t)
	w.exporter.stop(t)
	w.keepsTheKey(t, "log", w.exporter.Log.String())
	if strings.Contains(w.exporter.Log.String(), "panic") {
		t.Error("the exporter's log has a panic")
	}
}

// rest ends the polls, so that none is under way whose goroutines would be counted.
func (w *walk) rest(t *testing.T) {
	t.Helper()
	w.configure(t, hourly(w.config()))
	w.exporter.Signal(syscall.SIGHUP)
}

// serveGood waits for the first good report of every project and remembers what is served then.
func (w *walk) serveGood(t *testing.T) {
	t.Helper()
	eventually(t, func() error {
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
	harness.Eventually(t, w.patience, func() error {
		m := w.exporter.scrape(t)
		for _, project := range w.projects {
			good, met := w.upstream.goodAnswers(project), 0
			for _, result := range allResults {
				met += m.polls(project, result)
			}
			if want := max(1, w.of[project].polls); met-good < want {
				return fmt.Errorf("%s: %d of %d polls have ended%s", w.label(project), met-good, want, outcome(m, project))
			}
		}
		return nil
	})
}

// label names what a project is for.
func (w *walk) label(project string) string {
	if name := w.of[project].name; name != "" {
		return project + " (" + name + ")"
	}
	return project
}

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
