//go:build e2e

// Package e2e_test runs the built exporter against real Prometheus servers.
// The programs statsig_exporter, prometheus and promtool are looked up in PATH; .ci/run puts them there.
package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

func TestPrometheusAddsTheDemoUpToItsReports(t *testing.T) {
	exporter := start(t, "statsig_exporter", "--demo", "--web.listen-address=127.0.0.1:0")
	server := startPrometheus(t, exporter)

	server.becomes(t, `up`, inEveryJob(nil, 1))
	windows := inEveryJob(labels{"project": "demo", "window": "day"}, 1)
	windows.add(inEveryJob(labels{"project": "demo", "window": "four_weeks"}, 1))
	windows.add(inEveryJob(labels{"project": "demo", "window": "last_month"}, 1))
	// A month has no usage yet while it is young.
	server.becomes(t, `statsig_up{window!="month"}`, windows)
	server.becomes(t, `statsig_exporter_demo`, inEveryJob(nil, 1))
	server.addsUp(t)

	checkMetrics(t, "http://"+exporter+"/metrics")
	checkMetrics(t, "http://"+exporter+"/metrics?self=only")
	for _, format := range []string{
		"text/plain; version=0.0.4",
		"application/openmetrics-text; version=1.0.0",
		"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
	} {
		get(t, "http://"+exporter+"/metrics", format)
	}
}

// config polls the upstream of the test every second.
const config = `
global: {poll_interval: 1s}
api: {base_url: "%s"}
projects:
  - {name: web, api_key: console-e2e, labels: {team: growth}}
`

// report is a day of usage: two rows of one series, a value below zero, and a name that every format has to escape.
const report = `Event Name,Event Type,Billable Events,ds
checkout,custom,1200,%[1]s
checkout,custom,300.5,%[1]s
refund,custom,-12.25,%[1]s
"sign-up, ""pro"" \ 日本",exposure,9007199254740991,%[1]s
`

func TestPrometheusReadsAReportExactlyAndKeepsItWhenTheKeyIsRefused(t *testing.T) {
	var refuse atomic.Bool
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("STATSIG-API-KEY")
		if refuse.Load() || key != "console-e2e" {
			http.Error(w, `{"status":401,"message":"an invalid key was sent. Key: `+key+`"}`, http.StatusUnauthorized)
			return
		}
		start, err := strconv.ParseInt(r.URL.Query().Get("start"), 10, 64)
		if err != nil {
			t.Errorf("upstream was asked for start=%q", r.URL.Query().Get("start"))
		}
		w.Header().Set("Content-Type", "text/csv")
		fmt.Fprintf(w, report, time.UnixMilli(start).UTC().Format(time.DateOnly))
	}))
	t.Cleanup(upstream.Close)
	exporter := start(t, "statsig_exporter", "--web.listen-address=127.0.0.1:0",
		"--config.file="+harness.WriteFile(t, "statsig.yml", fmt.Sprintf(config, upstream.URL)))
	server := startPrometheus(t, exporter)

	day := labels{"project": "web", "window": "day"}
	series := func(eventType, name string) labels {
		return day.with("team", "growth").with("event_type", eventType).with("event_name", name)
	}
	usage := inEveryJob(series("custom", "checkout"), 1500.5)
	usage.add(inEveryJob(series("custom", "refund"), -12.25))
	usage.add(inEveryJob(series("exposure", `sign-up, "pro" \ 日本`), 9007199254740991))
	server.becomes(t, `up`, inEveryJob(nil, 1))
	server.becomes(t, `statsig_up`, inEveryJob(day, 1))
	server.becomes(t, `statsig_usage_billable_events`, usage)
	server.becomes(t, `statsig_usage_newest_timestamp_seconds - statsig_usage_window_start_timestamp_seconds`, inEveryJob(day, 0))
	server.addsUp(t)
	// Only the protobuf format carries native histograms; more than one poll shows that the interval is kept.
	server.becomes(t, `histogram_count(statsig_exporter_poll_duration_seconds) > bool 1`, vector{day.with("job", "protobuf").String(): 1})

	refuse.Store(true)
	server.becomes(t, `statsig_up`, inEveryJob(day, 0))
	server.becomes(t, `statsig_usage_billable_events`, usage)
	if page := get(t, "http://"+exporter+"/", ""); bytes.Contains(page, []byte("console-e2e")) {
		t.Error("the landing page shows the key that upstream echoed")
	}
}

// inEveryJob is the same sample in each scrape job.
func inEveryJob(set labels, value float64) vector {
	samples := make(vector)
	for _, job := range []string{"text", "openmetrics", "protobuf"} {
		samples[set.with("job", job).String()] = value
	}
	return samples
}

// checkMetrics has promtool look at a page.
func checkMetrics(t *testing.T, address string) {
	t.Helper()
	lint := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	lint.Stdin = bytes.NewReader(get(t, address, ""))
	if out, err := lint.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics of %s: %v\n%s", address, err, out)
	}
}
