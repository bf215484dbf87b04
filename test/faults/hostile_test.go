//go:build faults

package faults_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"statsig_exporter/collector/store"
	"statsig_exporter/test/harness"
)

// bound is the memory, in MiB, that no body may exceed.
const bound = 256

// labels is a report with a label of so many bytes of its own in each row.
func labels(rows, size int) func(x *exchange) {
	return func(x *exchange) {
		x.say(header() + "Event,Events\n")
		for i := 0; i < rows && x.say(fmt.Sprintf("%0*d,1\n", size, i)); i++ {
		}
	}
}

// columns is a report with many value columns, and a series in each row.
func columns(rows, values int) func(x *exchange) {
	return func(x *exchange) {
		x.say(header() + "Event" + strings.Repeat(",Events", values) + "\n")
		for i := 0; i < rows && x.say(fmt.Sprintf("e%d%s\n", i, strings.Repeat(",5", values))); i++ {
		}
	}
}

func TestHostileReportsStayWithinTheBound(t *testing.T) {
	commas := strings.Repeat(",", 16<<20-1)
	scenarios := []scenario{
		{name: "a header of commas", serve: csv(commas + "\n1\n")},
		{name: "a row of commas", serve: csv("Event,Events\na,1\n" + commas + "\n")},
		{name: "gzip of a header of commas", serve: func(x *exchange) { x.encoded(200, "gzip", "text/csv", squeeze(commas+"\n1\n")) }},
		{name: "a million labels of 900 bytes", serve: labels(1_000_000, 900)},
		{name: "300 value columns of 50,000 series", serve: columns(50_000, 300)},
		{name: "1,000 value columns of 50,000 series", serve: columns(50_000, 1_000)},
		{name: "two projects at once", projects: []string{"web", "app"}, serve: labels(1_000_000, 900)},
	}
	if !isFull() {
		scenarios = scenarios[:3] // the rest takes a minute
	}
	for _, s := range scenarios {
		s.want, s.or, s.memory, s.timeout = invalidReport, timedOut, bound, "30s"
		t.Run(s.name, func(t *testing.T) { newWalk(t, s).run(t) }) // one after the other: they take all of a processor
	}
}

// TestNoUpstreamFloodsTheLogOrSteersATerminal has headers and cells with control characters, in great numbers.
func TestNoUpstreamFloodsTheLogOrSteersATerminal(t *testing.T) {
	const escape = "\x1b[31m\x1b]0;title\x07\u202e"
	var many strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&many, "column %d %s,", i, escape)
	}
	runAll(t, []scenario{
		{name: "in a cell", want: success, serve: csv("Event,Events\na" + escape + "b,5\n"), serves: []string{"statsig_up"}, check: sober},
		{name: "in a header", want: success, serve: csv("Ev" + escape + "ent,Events\na,5\n"), serves: []string{"statsig_up"}, check: sober},
		{
			name: "in 20,000 headers", want: success, or: invalidReport, memory: bound, serve: csv(many.String() + "Events\n" + strings.Repeat("x,", 20_000) + "5\n"),
			serves: []string{"statsig_up"}, check: sober,
		},
		{name: "in a message", want: upstreamError, serve: answer(500, "text/plain", strings.Repeat(escape, 100_000)), check: sober},
	})
}

// sober wants no control character and no long line in the log and on the landing page.
func sober(t *testing.T, w *walk) {
	t.Helper()
	for line := range strings.Lines(w.exporter.Log.String()) {
		if len(line) > 2<<10 {
			t.Errorf("the log has a line of %d bytes: %s", len(line), harness.Cut(line, 200))
		}
	}
	page := w.exporter.mustGet(t, "/", "")
	if len(page) > 1<<20 {
		t.Errorf("the landing page has %d bytes", len(page))
	}
	for where, text := range map[string]string{"log": w.exporter.Log.String(), "landing page": page} {
		if at := strings.IndexAny(text, "\x1b\x07\u202e"); at >= 0 {
			t.Errorf("the %s has a control character: %q", where, text[max(0, at-40):min(len(text), at+40)])
		}
	}
}

func TestAConfigurationThatIsAPipeHoldsNothingUp(t *testing.T) {
	t.Parallel()
	w := newHourly(t, []string{"web"}, "--web.enable-lifecycle")
	good := string(read(t, w.exporter.file))
	if err := os.Remove(w.exporter.file); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(w.exporter.file, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, body := w.reload(t, http.MethodPost); status != http.StatusInternalServerError {
		t.Errorf("reload: status %d: %s", status, body)
	}
	w.reloaded(t, good)
}

func TestACertificateFileThatBecomesAPipeHoldsNothingUp(t *testing.T) {
	t.Parallel()
	file := harness.WriteFile(t, "ca.pem", trusted().pem())
	w := newWalk(t, scenario{secure: true, timeout: brief})
	w.api = fmt.Sprintf("http_client: {tls_config: {ca_file: %q}}", file)
	w.exporter = start(t, w.config())
	w.serveGood(t)
	if err := errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o600)); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { return wantAtLeast(w.exporter.scrape(t).polls("web", networkError), 2) })
	if err := errors.Join(os.Remove(file), os.WriteFile(file, []byte(trusted().pem()), 0o600)); err != nil {
		t.Fatal(err)
	}
	w.recover(t)
}

// TestACraftedAccountOfAStoredReportEndsNoStart has a checksum that is right, and an order of dates that does not exist.
func TestACraftedAccountOfAStoredReportEndsNoStart(t *testing.T) {
	t.Parallel()
	r := newRestart(t, "web", "app")
	rewrite(t, r.dir, store.Key{Project: "web", Window: "day"}, func(m *store.Meta) {
		crafted := strings.ReplaceAll(m.Mapping, `"role":"time"`, `"role":"time","order":9`)
		if crafted == m.Mapping {
			t.Errorf("there is nothing to craft in %s", crafted)
		}
		m.Mapping = crafted
	})
	m := r.again(t, r.config, phase{serve: (*exchange).stall})
	if web, app := m.total("web"), m.total("app"); web != -1 && web != goodTotal || app != goodTotal {
		t.Errorf("the sums are %v and %v", web, app)
	}
}

func TestSIGHUPWhileItStartsIsNotTheEnd(t *testing.T) {
	t.Parallel()
	r := newRestart(t, "web")
	cmd, _, _ := exporter(t, r.config, "--storage.path="+r.dir)
	p := harness.Start(t, cmd)
	if _, err := p.Find(regexp.MustCompile(`msg="(Starting) `)); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		p.Signal(syscall.SIGHUP)
	}
	if _, err := p.Address(); err != nil {
		t.Error(err)
	}
}
