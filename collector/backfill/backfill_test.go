package backfill_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"statsig_exporter/collector/backfill"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig/statsigtest"
	"statsig_exporter/test/harness"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const oneProject = "projects: [{name: a, api_key: console-key-of-a}]"

// past is a simulated API whose past is read, in a bubble of synctest, whose time
// begins at midnight UTC on 1 January 2000.
type past struct {
	t       *testing.T
	api     *statsigtest.Server
	log     harness.Log // warnings
	options backfill.Options
	// meets, unless nil, returns what the request for a period meets: a status, none
	// (0: the simulated API's), or a connection that is cut (-1).
	meets func(start time.Time) int

	mu    sync.Mutex
	tried []string // the days of all requests
	asked []asked  // the requests that the API has answered
}

type asked struct {
	at      time.Time
	project string
	day     string
}

// newPast makes an API and an empty cache. The configuration lacks only the projects a and b, if it names none.
func newPast(t *testing.T, settings string, change ...func(*statsigtest.Options)) *past {
	t.Helper()
	p := &past{t: t}
	if !strings.Contains(settings, "projects:") {
		settings += "\nprojects: [{name: a, api_key: console-key-of-a}, {name: b, api_key: console-key-of-b}]\n"
	}
	cfg, err := config.Parse("test.yml", []byte(settings), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg.API.RateLimit.Half = true
	api := statsigtest.Options{Since: date("1999-06-01")}
	for _, project := range cfg.Projects {
		api.Projects = append(api.Projects, statsigtest.Project{
			Name: project.Name, Key: "console-key-of-" + project.Name,
			Events: []statsigtest.Event{{Name: "checkout", Type: statsigtest.TypeCustom}, {Name: "gate", Type: statsigtest.TypeExposure}},
		})
	}
	for _, f := range change {
		f(&api)
	}
	p.api = statsigtest.New(api)
	p.api.OnRequest = func(r statsigtest.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked = append(p.asked, asked{time.Now(), r.Project, day(r.Query.Get("start"))})
	}
	cache, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	p.options = backfill.Options{
		Options: ingest.Options{
			Settings: ingest.Settings{Config: cfg, Transport: statsigtest.Transport{Handler: http.HandlerFunc(p.serve)}},
			SpoolDir: t.TempDir(), Now: time.Now,
		},
		Logger: slog.New(slog.NewTextHandler(&p.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Window: "day", Cache: cache, Refresh: 3 * 24 * time.Hour,
	}
	return p
}

func (p *past) serve(w http.ResponseWriter, r *http.Request) {
	start := moment(r.URL.Query().Get("start"))
	p.mu.Lock()
	p.tried = append(p.tried, start.Format("0102"))
	p.mu.Unlock()
	status := 0
	if p.meets != nil {
		status = p.meets(start)
	}
	switch status {
	case 0:
		p.api.ServeHTTP(w, r)
	case -1:
		panic(http.ErrAbortHandler)
	default:
		http.Error(w, "no", status)
	}
}

func moment(milliseconds string) time.Time {
	n, _ := strconv.ParseInt(milliseconds, 10, 64)
	return time.UnixMilli(n).UTC()
}

func day(milliseconds string) string { return moment(milliseconds).Format("0102") }

func date(text string, in ...*time.Location) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, text, append(in, time.UTC)[0])
	if err != nil {
		panic(err)
	}
	return at
}

// plan finds what there is to read, as another process would.
func (p *past) plan(from, to string) *backfill.Backfill {
	p.t.Helper()
	in := p.options.Config.Global.Location
	p.options.From, p.options.To = date(from, in), time.Time{}
	if to != "" {
		p.options.To = date(to, in)
	}
	b, err := backfill.New(p.options)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// write reads and writes what was planned, and returns the text.
func (p *past) write(b *backfill.Backfill) string {
	p.t.Helper()
	if err := b.Read(p.t.Context(), func() {}); err != nil {
		p.t.Fatal(err)
	}
	var out strings.Builder
	n, err := b.Write(p.t.Context(), p.t.TempDir(), &out, func() {})
	if err != nil {
		p.t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "\nstatsig_"); n != lines {
		p.t.Errorf("Write says %d samples and wrote %d", n, lines)
	}
	return out.String()
}

// requests returns the requests that the API has answered since the last call.
func (p *past) requests() []asked {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := p.asked
	p.asked = nil
	return got
}

// outcomes says how each period ended, in a line for each project.
func outcomes(b *backfill.Backfill) string {
	var text strings.Builder
	for _, o := range b.Outcomes() {
		text.WriteString(o.Project + ":")
		for _, w := range o.NoData {
			text.WriteString(" " + b.Name(w))
		}
		for _, f := range o.Failed {
			text.WriteString(" !" + b.Name(f.Period))
		}
		text.WriteString("\n")
	}
	return text.String()
}

// daysAsked returns the first days of what was asked for since the last call.
func (p *past) daysAsked(project string) string {
	var days []string
	for _, r := range p.requests() {
		if r.project == project {
			days = append(days, r.day)
		}
	}
	return strings.Join(days, " ")
}

func TestABackfillGoesOnWhereItWasInterruptedAndReadsTheNewestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, oneProject)
		ctx, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(9*time.Second, interrupt) // five are allowed in ten seconds
		err := p.plan("1999-12-20", "").Read(ctx, func() {})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("Read: %v", err)
		}
		if got := p.daysAsked("a"); got != "1220 1221 1222 1223 1224" {
			t.Errorf("asked for %s", got)
		}
		p.write(p.plan("1999-12-20", ""))
		if got := p.daysAsked("a"); got != "1225 1226 1227 1228 1229 1230 1231" {
			t.Errorf("then asked for %s", got)
		}
		p.write(p.plan("1999-12-20", ""))
		if got := p.daysAsked("a"); got != "1229 1230 1231" {
			t.Errorf("of what is had, %s is asked for again", got)
		}
		p.write(p.plan("1999-12-20", "1999-12-26"))
		if got := p.daysAsked("a"); got != "1223 1224 1225" {
			t.Errorf("of an earlier end, %s is asked for again", got)
		}
		p.options.Refresh = 0
		p.write(p.plan("1999-12-20", ""))
		if got := p.daysAsked("a"); got != "" {
			t.Errorf("without a refresh, %s is asked for again", got)
		}
	})
}

func TestAPeriodThatWasReadTooEarlyIsReadAgainHoweverOldItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, oneProject)
		p.write(p.plan("1999-12-27", ""))
		p.requests()
		<-time.After(20 * 24 * time.Hour)
		p.write(p.plan("1999-12-27", "2000-01-10"))
		// The 29th, the 30th and the 31st were not three days old when they were read.
		if got, want := p.daysAsked("a"), "1229 1230 1231 0101 0102 0103 0104 0105 0106 0107 0108 0109"; got != want {
			t.Errorf("asked for %s, want %s", got, want)
		}
	})
}

func TestDaysWithoutDataAreListedAndRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, "", func(o *statsigtest.Options) { o.Since = date("1999-12-12") })
		b := p.plan("1999-12-10", "1999-12-14")
		p.api.Inject("b", statsigtest.Fault{}.For(3), statsigtest.HeaderOnly().For(1))
		text := p.write(b)
		if got, want := outcomes(b), "a: 1999-12-10 1999-12-11\nb: 1999-12-10 1999-12-11 1999-12-13\n"; got != want {
			t.Errorf("no data: %q, want %q", got, want)
		}
		if !strings.Contains(text, `project="b"`) {
			t.Error("the other days are not written")
		}
		p.options.Refresh = 0
		p.requests()
		b = p.plan("1999-12-10", "1999-12-14")
		if again := p.write(b); again != text {
			t.Errorf("written again, it is\n%s\nand was\n%s", again, text)
		}
		if got := p.requests(); len(got) != 0 {
			t.Errorf("asked again: %v", got)
		}
		if got, want := outcomes(b), "a: 1999-12-10 1999-12-11\nb: 1999-12-10 1999-12-11 1999-12-13\n"; got != want {
			t.Errorf("no data: %q, want %q", got, want)
		}
	})
}

func TestABackfillKeepsToHalfOfEachRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, "api: {rate_limit: {per_10s: 9, per_15m: 50}}\nprojects: [{name: a, api_key: console-key-of-a}, {name: b, api_key: console-key-of-a}]")
		b := p.plan("1999-11-01", "1999-12-01")
		work := b.Work()
		if work.Reports != 60 || work.Missing != 60 {
			t.Errorf("%d reports, %d missing", work.Reports, work.Missing)
		}
		begun := time.Now()
		p.write(b)
		if took := time.Since(begun); took.Round(time.Millisecond) != work.Takes || took < 30*time.Minute {
			t.Errorf("it took %s, and %s were planned", took, work.Takes)
		}
		asked := p.requests()
		for i, first := range asked {
			for _, rule := range []struct {
				n    int
				span time.Duration
			}{{4, 10 * time.Second}, {25, 15 * time.Minute}} {
				if i+rule.n < len(asked) && asked[i+rule.n].at.Sub(first.at) < rule.span {
					t.Errorf("more than %d requests within %s of %s", rule.n, rule.span, first.at)
				}
			}
		}
		if len(asked) != 60 {
			t.Errorf("%d requests", len(asked))
		}
	})
}
