package app

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/version"

	"statsig_exporter/app/show"
	"statsig_exporter/collector"
	"statsig_exporter/collector/plan"
	"statsig_exporter/statsig"
)

//go:embed landing.html
var landingHTML string

// pageCSS is the style of all pages.
//
//go:embed page.css
var pageCSS string

// mostDetails is how many windows the page describes in full. The list at its top
// has all of them.
const mostDetails = 50

// landingPage is the data of the landing page's template.
type landingPage struct {
	Version, Metrics string
	Demo             bool
	Now              time.Time
	Filter           string
	Windows          []landingWindow // that match the filter, failing ones first
	All              int
	Plans            []landingPlan
	Serving, Failing int
}

// Details returns the windows to describe in full.
func (p landingPage) Details() []landingWindow { return p.Windows[:min(len(p.Windows), mostDetails)] }

// maxListed bounds the rows of a list whose length a report decides.
const maxListed = 500

// landingWindow is one project and window.
type landingWindow struct {
	collector.Status
	State        landingState
	Polled, Next string
}

// landingState says how something is doing, in a word or two. Class is also its
// style: one of classes.
type landingState struct{ Text, Class string }

// order sorts states, the worst first.
func (s landingState) order() int {
	return slices.Index([]string{"bad", "warn", "wait", "good"}, s.Class)
}

func (p pages) landing(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	page := landingPage{
		Version: version.Version, Metrics: strings.TrimPrefix(p.paths.telemetry, "/"), Demo: p.demo,
		Now: now.UTC(), Filter: r.URL.Query().Get("q"),
	}
	statuses := p.collector.Status()
	uses := p.collector.PlanUses()
	for _, of := range p.collector.Plans() {
		page.Plans = append(page.Plans, newLandingPlan(of, uses[of.Name]))
	}
	for _, s := range statuses {
		page.All++
		if s.Snapshot != nil {
			page.Serving++
		}
		if s.Err != nil {
			page.Failing++
		}
		if matches(s, page.Filter) {
			page.Windows = append(page.Windows, newLandingWindow(s, now))
		}
	}
	slices.SortStableFunc(page.Windows, func(a, b landingWindow) int { return a.State.order() - b.State.order() })
	slices.SortStableFunc(page.Plans, func(a, b landingPlan) int { return a.State.order() - b.State.order() })
	var body bytes.Buffer
	if err := p.template.Execute(&body, page); err != nil {
		p.failPage(w, "landing", err)
		return
	}
	writePage(w, &body)
}

// failPage answers that a page, which is part of the program, cannot be rendered.
func (p pages) failPage(w http.ResponseWriter, page string, err error) {
	p.log.Error("Page could not be rendered", "page", page, "err", err)
	http.Error(w, "the page could not be rendered; the log says why", http.StatusInternalServerError)
}

// writePage answers with a page that holds no script and loads nothing.
func writePage(w http.ResponseWriter, body *bytes.Buffer) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	_, _ = body.WriteTo(w) // a client that has gone needs no page
}

// matches reports whether a filter is part of a project, window or state.
func matches(s collector.Status, filter string) bool {
	text := strings.Join([]string{s.Project, s.Window.Name, newLandingState(s).Text}, "\n")
	return strings.Contains(strings.ToLower(text), strings.ToLower(filter))
}

// parseLanding parses the page's template, which is part of the program.
func parseLanding() *template.Template {
	return template.Must(template.New("landing").Funcs(template.FuncMap{
		"style":   func() template.CSS { return template.CSS(pageCSS) }, //nolint:gosec // the style is part of the program
		"number":  show.Count,
		"bytes":   show.Bytes,
		"value":   show.Value,
		"cents":   cents,
		"float":   plan.Float,
		"percent": func(ratio float64) string { return fmt.Sprintf("%.1f %%", 100*ratio) },
		"covers":  show.Window,
		"labels":  func(names, values []string) string { return show.Short(show.Labels(names, values), 160) },
		"becomes": show.Becomes,
		"listed":  func(i int) bool { return i < maxListed },
		"more": func(n int) string {
			if n <= maxListed {
				return ""
			}
			return "… and " + show.Count(n-maxListed) + " more"
		},
		"text":  func(s string) string { return show.Short(s, show.Limit) },
		"stamp": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") },
	}).Parse(landingHTML))
}

func newLandingWindow(s collector.Status, now time.Time) landingWindow {
	w := landingWindow{Status: s, State: newLandingState(s), Polled: "not yet", Next: show.Within(s.Next.Sub(now))}
	if !s.LastSuccess.IsZero() {
		w.Polled = show.Ago(now.Sub(s.LastSuccess))
	}
	return w
}

// RefusedKey returns where a key that Statsig refused comes from, or nothing.
func (w landingWindow) RefusedKey() string {
	if w.Result == statsig.Unauthorized || w.Result == statsig.Forbidden {
		return w.Source
	}
	return ""
}

func newLandingState(s collector.Status) landingState {
	switch {
	case s.Result == "" && s.Snapshot == nil:
		return landingState{"first poll under way", "wait"}
	case s.Err == nil && s.Snapshot != nil:
		return landingState{"fresh", "good"}
	case s.Err == nil:
		return landingState{"expired, waiting for the next poll", "wait"}
	case s.Snapshot != nil:
		return landingState{"serving earlier data: " + resultText(s), "warn"}
	}
	return landingState{"no data: " + resultText(s), "bad"}
}

func resultText(s collector.Status) string {
	text := strings.ReplaceAll(string(s.Result), "_", " ")
	if s.Result == statsig.NoData {
		text = "no report yet"
	}
	if s.Failures > 1 {
		text += fmt.Sprintf(", %d times in a row", s.Failures)
	}
	return text
}

// Warnings returns what a person should know of the report that is served.
func (w landingWindow) Warnings() []string {
	r := w.Snapshot.Report
	warnings := slices.Clone(r.Warnings)
	type note struct {
		count int
		text  string
	}
	notes := []note{
		{r.Skipped.NotANumber, "cells of value columns that are not numbers, and are skipped"},
		{r.Skipped.NotATime, "rows whose time cannot be read"},
		{r.Skipped.Relabelled, "rows dropped by relabel_configs"},
		{r.Folded, "series past the limit, folded into one"},
		{r.Dropped, "series past the limit, dropped"},
	}
	for _, u := range r.Unmatched {
		notes = append(notes, note{u.Keys, "keys without a row in " + u.Lookup})
	}
	for _, n := range notes {
		if n.count > 0 {
			warnings = append(warnings, n.text+": "+show.Count(n.count))
		}
	}
	return warnings
}

// Share returns how a value of the largest series compares with the first of them, in
// hundredths.
func (w landingWindow) Share(value float64) int {
	first := math.Abs(w.Snapshot.Largest[0].Value)
	if first == 0 {
		return 0
	}
	return int(math.Round(100 * math.Abs(value) / first))
}
