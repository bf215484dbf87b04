package collector_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/collector/backfill"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig/statsigtest"
)

// past is a world whose past is read.
type past struct {
	*world
	cache   *store.Store
	options backfill.Options
	// meets, unless nil, returns what the request for a period meets: a status, none
	// (0: the simulated API's), or a connection that is cut (-1).
	meets func(start time.Time) int
	tried []string // the days of all requests
}

// newPast makes a world with an empty cache in a directory that lasts.
func newPast(t *testing.T, settings string, change ...func(*statsigtest.Options)) *past {
	t.Helper()
	p := &past{world: newWorld(t, settings, change...)}
	p.world.options.Config.API.RateLimit.Half = true
	cache, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	p.cache = cache
	p.world.options.Transport = transport{http.HandlerFunc(p.serve)}
	p.options = backfill.Options{Window: "day", Cache: cache, Refresh: 3 * 24 * time.Hour}
	return p
}

func (p *past) serve(w http.ResponseWriter, r *http.Request) {
	start := milli(r.URL.Query(), "start").UTC()
	p.mu.Lock()
	p.tried = append(p.tried, start.Format("0102"))
	p.mu.Unlock()
	status := 0
	if p.meets != nil {
		status = p.meets(start)
	}
	switch status {
	case 0:
		p.answer(w, r)
	case -1:
		panic(http.ErrAbortHandler)
	default:
		http.Error(w, "no", status)
	}
}

func date(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

// plan plans what the options say, as another process would.
func (p *past) plan(from, to string) *backfill.Backfill {
	p.t.Helper()
	p.options.From, p.options.To = date(from), time.Time{}
	if to != "" {
		p.options.To = date(to)
	}
	o := p.world.options
	p.options.Options = ingest.Options{Settings: o.Settings, UserAgent: o.UserAgent, SpoolDir: o.SpoolDir, Now: o.Now}
	p.options.Logger = o.Logger
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
	return p.rendered(b)
}

func (p *past) rendered(b *backfill.Backfill) string {
	p.t.Helper()
	var out strings.Builder
	n, err := b.Write(p.t.Context(), p.t.TempDir(), &out, func() {})
	if err != nil {
		p.t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "\nstatsig_usage_"); n != lines {
		p.t.Errorf("Write says %d samples and wrote %d", n, lines)
	}
	return out.String()
}

// outcomes is what became of the periods, in a line for each project.
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
			days = append(days, r.start.UTC().Format("0102"))
		}
	}
	return strings.Join(days, " ")
}

func TestABackfilledDayHasTheSeriesAndValuesThatAreServedOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, "projects: [{name: a, api_key: console-key-of-a, labels: {team: growth}}]")
		got := p.write(p.plan("1999-12-31", ""))
		p.start()
		pass(10 * time.Second)
		served := p.scrape("").only("statsig_usage_billable_events")
		p.stop()
		if len(served) == 0 {
			t.Fatal("nothing is served")
		}
		for series, v := range served {
			// The midnight that ends the year is the sample's time.
			if line := fmt.Sprintf("%s %v 946684800\n", series, v); !strings.Contains(got, line) {
				t.Errorf("there is no line %q in\n%s", line, got)
			}
		}
		if lines := strings.Count(got, "\nstatsig_usage_"); lines != len(served) {
			t.Errorf("%d samples, and %d are served", lines, len(served))
		}
	})
}

func TestABackfillGoesOnWhereItWasInterruptedAndReadsTheNewestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, "projects: [{name: a, api_key: console-key-of-a}]")
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
		p := newPast(t, "projects: [{name: a, api_key: console-key-of-a}]")
		p.write(p.plan("1999-12-27", ""))
		p.requests()
		p.setClock(20 * 24 * time.Hour)
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
		if all, missing := b.Reports(); all != 60 || missing != 60 {
			t.Errorf("%d reports, %d missing", all, missing)
		}
		begun, planned := time.Now(), b.Takes()
		p.write(b)
		if took := time.Since(begun); took != planned || planned < 30*time.Minute {
			t.Errorf("it took %s, and %s were planned", took, planned)
		}
		asked := p.requests()
		for i, first := range asked {
			for _, rule := range []struct {
				n    int
				span time.Duration
			}{{4, 10 * time.Second}, {25, 15 * time.Minute}} {
				if i+rule.n < len(asked) && asked[i+rule.n].at.Sub(first.at) < rule.span {
					t.Errorf("more than %d requests within %s of %s", rule.n, rule.span, first)
				}
			}
		}
		if len(asked) != 60 {
			t.Errorf("%d requests", len(asked))
		}
	})
}
