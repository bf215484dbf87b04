package app

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/version"

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
		"number":  func(n int) string { return groupDigits(strconv.Itoa(n)) },
		"bytes":   humanBytes,
		"becomes": becomes,
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
		Next:       within(s.Next.Sub(now)),
	}
	if s.Window.Current {
		w.Period += ", running"
	}
	w.State, w.StateClass = state(s)
	if s.Err != nil {
		w.Error = s.Err.Error()
	}
	if !s.LastSuccess.IsZero() {
		w.Polled = ago(now.Sub(s.LastSuccess))
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
	w.Covered = span(s.Window)
	for i, m := range s.Report.Metrics {
		total := landingTotal{Metric: m.Name, How: string(m.Aggregate)}
		if m.Aggregate == report.AggregateSum {
			total.Value = formatValue(m.Total)
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
			w.Warnings = append(w.Warnings, groupDigits(strconv.Itoa(note.n))+" "+note.text)
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
		labels := labelText(s.Report.LabelNames, one.Labels)
		series = append(series, landingSeries{shorten(labels, 160), formatValue(one.Value), share})
	}
	return series
}

func labelText(names, values []string) string {
	var parts []string
	for i, value := range values {
		if value != "" {
			parts = append(parts, names[i]+"="+strconv.Quote(shorten(value, 40)))
		}
	}
	return strings.Join(parts, " ")
}

// span writes a window as a person would: one day as its date.
func span(w statsig.Window) string {
	start, end := w.Start, w.End
	if end.Equal(start.AddDate(0, 0, 1)) && start.Hour() == 0 {
		return start.Format("Monday, 2 January 2006 (MST)")
	}
	return start.Format("2006-01-02 15:04") + " to " + end.Format("2006-01-02 15:04 MST")
}

func ago(d time.Duration) string {
	if d < time.Second {
		return "just now"
	}
	return roughly(d) + " ago"
}

func within(d time.Duration) string {
	if d < time.Second {
		return "now"
	}
	return "in " + roughly(d)
}

// roughly writes a duration with one unit, or two where one says little.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

// formatValue writes a value for a person: grouped, with at most six decimals.
func formatValue(v float64) string {
	if math.Abs(v) >= 1e15 || v != 0 && math.Abs(v) < 1e-6 {
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	whole, decimals, _ := strings.Cut(strconv.FormatFloat(v, 'f', 6, 64), ".")
	decimals = strings.TrimRight(decimals, "0")
	if decimals == "" {
		return groupDigits(whole)
	}
	return groupDigits(whole) + "." + decimals
}

// groupDigits puts thin spaces between the thousands.
func groupDigits(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return sign + s
}

func humanBytes(n int64) string {
	value, unit := float64(n), "B"
	for _, next := range []string{"KiB", "MiB", "GiB"} {
		if value < 1024 {
			break
		}
		value, unit = value/1024, next
	}
	if unit == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, unit)
}
