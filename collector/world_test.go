package collector_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"statsig_exporter/collector"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/statsig/statsigtest"
	"statsig_exporter/test/harness"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a collector with the API that it polls, in a bubble of synctest, whose
// time begins at midnight UTC on 1 January 2000.
type world struct {
	t         *testing.T
	api       *statsigtest.Server
	collector *collector.Collector
	options   collector.Options
	responder *exposition.Responder
	log       harness.Log
	stop      func() // Ends the collector and waits for it.

	mu    sync.Mutex
	asked []asked
	// report, unless nil, returns what is answered, by the length of a window.
	report func(length time.Duration) string
	shift  time.Duration // of the wall clock
}

// asked is a request as it arrived.
type asked struct {
	at         time.Time
	project    string
	start, end time.Time
}

func (a asked) String() string {
	return fmt.Sprintf("%s %s: %s to %s", a.at.Format("02T15:04:05"), a.project, a.start.UTC().Format("02T15:04"), a.end.UTC().Format("02T15:04"))
}

// keyOf is the key of a simulated project.
func keyOf(project string) string { return "console-key-of-" + project }

// newWorld makes a world without starting it. The configuration lacks only what
// every test has: the API, and the projects a and b if it names none.
func newWorld(t *testing.T, settings string, change ...func(*statsigtest.Options)) *world {
	t.Helper()
	w := &world{t: t, responder: exposition.NewResponder(), stop: func() {}}
	if !strings.Contains(settings, "projects:") {
		settings += "\nprojects: [{name: a, api_key: console-key-of-a}, {name: b, api_key: console-key-of-b}]\n"
	}
	cfg, err := config.Parse("test.yml", []byte(settings), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	options := statsigtest.Options{Since: time.Date(1999, 6, 1, 0, 0, 0, 0, time.UTC)}
	for _, p := range cfg.Projects {
		options.Projects = append(options.Projects, statsigtest.Project{
			Name: p.Name, Key: keyOf(p.Name),
			Events: []statsigtest.Event{{Name: "checkout", Type: statsigtest.TypeCustom}, {Name: "gate", Type: statsigtest.TypeExposure}},
		})
	}
	for _, f := range change {
		f(&options)
	}
	w.api = statsigtest.New(options)
	w.api.OnRequest = w.note
	w.options = collector.Options{
		Settings:  ingest.Settings{Config: cfg, Transport: statsigtest.Transport{Handler: http.HandlerFunc(w.answer)}},
		UserAgent: "statsig_exporter/test",
		Logger:    slog.New(slog.NewTextHandler(&w.log, nil)),
		Responder: w.responder, SpoolDir: t.TempDir(), Now: w.now,
	}
	w.renew(nil)
	return w
}

// renew replaces the collector by a new one, as another process would have it,
// with a store unless kept is nil.
func (w *world) renew(kept collector.Store) {
	w.options.Registry, w.options.Store = prometheus.NewRegistry(), kept
	w.collector = collector.New(w.options)
	w.collector.Restore(w.t.Context())
}

// reload makes other settings hold.
func (w *world) reload(settings string) {
	w.t.Helper()
	cfg, err := config.Parse("test.yml", []byte(settings), w.t.TempDir())
	if err != nil {
		w.t.Fatal(err)
	}
	w.options.Config = cfg
	w.collector.Reload(w.t.Context(), w.options.Settings)
}

// start runs the collector until stop is called or the test ends.
func (w *world) start() *world {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error)
	go func() { done <- w.collector.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run: %v", err)
		}
	})
	return w
}

// now is the wall clock, as the collector sees it.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Round(0).Add(w.shift)
}

func (w *world) setClock(shift time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shift = shift
}

// answerWith makes the API answer with reports by the length of their windows.
func (w *world) answerWith(reports map[time.Duration]string) {
	w.replyWith(func(length time.Duration) string { return reports[length] })
}

// replyWith makes the API answer with what report returns for the length of a
// window.
func (w *world) replyWith(report func(length time.Duration) string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.report = report
}

func (w *world) answer(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	report := w.report
	w.mu.Unlock()
	if report == nil {
		w.api.ServeHTTP(out, r)
		return
	}
	length := milli(r.URL.Query(), "end").Sub(milli(r.URL.Query(), "start"))
	out.Header().Set("Content-Type", "text/csv")
	_, _ = io.WriteString(out, report(length))
}

func milli(query url.Values, name string) time.Time {
	n, _ := strconv.ParseInt(query.Get(name), 10, 64)
	return time.UnixMilli(n)
}

func (w *world) note(r statsigtest.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, asked{time.Now(), r.Project, milli(r.Query, "start"), milli(r.Query, "end")})
}

// requests returns what was asked since the last call.
func (w *world) requests() []asked {
	w.mu.Lock()
	defer w.mu.Unlock()
	got := w.asked
	w.asked = nil
	return got
}

// page holds the values that a scrape shows, by series, as the text format writes them.
type page map[string]float64

// text scrapes and returns the body as it is.
func (w *world) text(query string) string {
	w.t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		w.t.Fatal(err)
	}
	content, err := w.collector.Content(values)
	if err != nil {
		w.t.Fatalf("Content(%q): %v", query, err)
	}
	rec := httptest.NewRecorder()
	if err := w.responder.Respond(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil), content); err != nil {
		w.t.Errorf("Respond: %v", err)
	}
	return rec.Body.String()
}

func (w *world) scrape(query string) page {
	w.t.Helper()
	got := page{}
	scan := bufio.NewScanner(strings.NewReader(w.text(query)))
	for scan.Scan() {
		line := scan.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		cut := strings.LastIndexByte(line, ' ')
		v, err := strconv.ParseFloat(line[cut+1:], 64)
		if err != nil {
			w.t.Fatalf("line %q: %v", line, err)
		}
		if _, twice := got[line[:cut]]; twice {
			w.t.Errorf("series %s is there twice", line[:cut])
		}
		got[line[:cut]] = v
	}
	return got
}

// want checks some series of a page.
func (p page) want(t *testing.T, all page) {
	t.Helper()
	for series, v := range all {
		if got, ok := p[series]; !ok || got != v {
			t.Errorf("%s is %v (there: %t), want %v", series, got, ok, v)
		}
	}
}

// only returns the series whose names begin so.
func (p page) only(prefixes ...string) page {
	kept := maps.Clone(p)
	maps.DeleteFunc(kept, func(series string, _ float64) bool {
		return !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(series, prefix) })
	})
	return kept
}

// logged returns the lines of the log since the last call.
func (w *world) logged() []string { return slices.Collect(strings.Lines(w.log.Take())) }
