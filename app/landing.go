package app

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/version"

	"statsig_exporter/app/show"
	"statsig_exporter/collector"
	"statsig_exporter/collector/report"
	"statsig_exporter/statsig"
)

//go:embed landing.html
var landingHTML string

// landingPage is what the template of the landing page is given.
type landingPage struct {
	Version, MetricsPath string
	Demo                 bool
	Now                  time.Time
	Windows              []landingWindow
	Serving, Failing     int
}

// landingWindow is one project and window.
type landingWindow struct {
	Project, Window, Period string
	State, StateClass       string
	Error                   string
	Covered                 string
	Polled, Next            string
	Snapshot                *collector.Snapshot
	Totals                  []landingTotal
	Top                     []landingSeries
	TopMetric               string
	MetricsURL              string
	Warnings                []string
}

type landingTotal struct{ Metric, Value, How string }

type landingSeries struct {
	Labels, Value string
	Share         int // of the largest, in hundredths
}

func (p pages) landing(w http.ResponseWriter, _ *http.Request) {
	now := time.Now()
	page := landingPage{Version: version.Version, MetricsPath: p.metricsPath, Demo: p.demo, Now: now.UTC()}
	for _, s := range p.collector.Status() {
		window := newLandingWindow(s, now, p.metricsPath)
		page.Windows = append(page.Windows, window)
		if s.Snapshot != nil {
			page.Serving++
		}
		if s.Err != nil {
			page.Failing++
		}
	}
	var body bytes.Buffer
	if err := p.template.Execute(&body, page); err != nil {
		p.log.Error("Render the landing page", "err", err)
		http.Error(w, "the page could not be rendered; the log says why", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	_, _ = body.WriteTo(w) // a client that has gone needs no page
}

// parseLanding parses the page's template, which is part of the program.
func parseLanding() *template.Template {
	return template.Must(template.New("landing").Funcs(template.FuncMap{
		"number":  show.Count,
		"bytes":   show.Bytes,
		"becomes": show.Becomes,
		"stamp":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") },
	}).Parse(landingHTML))
}

func newLandingWindow(s collector.Status, now time.Time, metricsPath string) landingWindow {
	w := landingWindow{
		Project:    s.Project,
		Window:     s.Window.Name,
		Period:     s.Window.Period.String(),
		Snapshot:   s.Snapshot,
		MetricsURL: metricsPath + "?project=" + url.QueryEscape(s.Project),
		Polled:     "not yet",
		Next:       show.Within(s.Next.Sub(now)),
	}
	if s.Window.Current {
		w.Period += ", running"
	}
	w.State, w.StateClass = state(s)
	if s.Err != nil {
		w.Error = s.Err.Error()
	}
	if !s.LastSuccess.IsZero() {
		w.Polled = show.Ago(now.Sub(s.LastSuccess))
	}
	if s.Snapshot != nil {
		w.describe(s.Snapshot)
	}
	return w
}

// state says in a word or two how a window is doing.
func state(s collector.Status) (text, class string) {
	switch {
	case s.Result == "" && s.Snapshot == nil:
		return "first poll under way", "wait"
	case s.Err == nil && s.Snapshot != nil:
		return "fresh", "good"
	case s.Err == nil:
		return "expired, waiting for the next poll", "wait"
	case s.Snapshot != nil:
		return fmt.Sprintf("serving earlier data: %s", resultText(s)), "warn"
	}
	return "no data: " + resultText(s), "bad"
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

// describe fills in what is served.
func (w *landingWindow) describe(s *collector.Snapshot) {
	w.Covered = show.Window(s.Window)
	for i, m := range s.Report.Metrics {
		total := landingTotal{Metric: m.Name, How: string(m.Aggregate)}
		if m.Aggregate == report.AggregateSum {
			total.Value = show.Value(m.Total)
		}
		w.Totals = append(w.Totals, total)
		if i == 0 {
			w.TopMetric, w.Top = m.Name, top(s)
		}
	}
	skipped := s.Report.Skipped
	for _, note := range []struct {
		n    int
		text string
	}{
		{skipped.NotANumber, "cells of value columns are not numbers and were skipped"},
		{skipped.FieldCount, "rows have another number of fields than the header and were skipped"},
		{skipped.NotATime, "rows have a time that could not be read"},
		{s.Report.Folded, "series past the limit were folded into one"},
		{s.Report.Dropped, "series past the limit were dropped"},
	} {
		if note.n > 0 {
			w.Warnings = append(w.Warnings, show.Count(note.n)+" "+note.text)
		}
	}
}

// top returns the largest series of the first metric, and how they compare.
func top(s *collector.Snapshot) []landingSeries {
	var series []landingSeries
	for _, one := range s.Largest {
		share := 0
		if first := math.Abs(s.Largest[0].Value); first > 0 {
			share = int(math.Round(100 * math.Abs(one.Value) / first))
		}
		labels := show.Labels(s.Report.LabelNames, one.Labels)
		series = append(series, landingSeries{show.Short(labels, 160), show.Value(one.Value), share})
	}
	return series
}
