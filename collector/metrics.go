package collector

import (
	"maps"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/statsig"
)

// newStorageErrors returns the counter of failed loads and saves.
func newStorageErrors(reg prometheus.Registerer) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "statsig_exporter_storage_errors_total",
		Help: "Stored reports that could not be read, and reports that could not be stored or removed.",
	}, []string{"operation"})
	for _, operation := range []string{"load", "save"} {
		v.WithLabelValues(operation)
	}
	reg.MustRegister(v)
	return v
}

// storageFailed counts a failed load or save.
func (c *Collector) storageFailed(operation string) {
	c.storageErrors.WithLabelValues(operation).Inc()
	c.OwnChanged()
}

// OwnChanged makes the next scrape gather Options.Registry again. Call it when one of
// its metrics has changed.
func (c *Collector) OwnChanged() { c.own.Changed() }

// projectMetrics are one project's metrics, gathered independently. Facts about a served
// report are part of its snapshot instead. All have a label for the window, but requests.
type projectMetrics struct {
	polls         *prometheus.CounterVec
	duration      *prometheus.HistogramVec
	requests      *prometheus.CounterVec
	schemaChanges *prometheus.CounterVec
	restated      *prometheus.CounterVec
	gathered      *exposition.Gathered // of all of these, and of states
}

func newProjectMetrics(s states) *projectMetrics {
	constant := prometheus.Labels{"project": s.project}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: constant}, labels)
	}
	m := &projectMetrics{
		polls: counter("statsig_exporter_polls_total", "Polls that have ended, by result.", "window", "result"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                            "statsig_exporter_poll_duration_seconds",
			Help:                            "How long polls took, retries and walk-back included.",
			ConstLabels:                     constant,
			Buckets:                         []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"window"}),
		requests:      counter("statsig_exporter_api_requests_total", "HTTP requests to the Console API and to where it pointed, by status or error.", "code"),
		schemaChanges: counter("statsig_exporter_schema_changes_total", "Reports whose columns had other roles than in the report before.", "window"),
		restated:      counter("statsig_exporter_usage_restated_total", "Usage that polls added to or took from series of a period that had already ended and been served.", "window", "metric"),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(s, m.polls, m.duration, m.requests, m.schemaChanges, m.restated)
	m.gathered = exposition.NewGathered(registry, exposition.UntilChanged)
	return m
}

// states collects the metrics that say how a project is configured, and how the last
// poll of each of its windows went.
type states struct {
	current *atomic.Pointer[generation]
	project string
}

// Describe implements prometheus.Collector. It describes nothing: the configured labels
// can change.
func (states) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s states) Collect(ch chan<- prometheus.Metric) {
	send := func(name, help string, v float64, labels prometheus.Labels) {
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, labels), prometheus.GaugeValue, v)
	}
	sendTime := func(name, help string, at time.Time, labels prometheus.Labels) {
		if !at.IsZero() {
			send(name, help, unixSeconds(at), labels)
		}
	}
	targets := s.current.Load().of(s.project)
	for _, t := range targets {
		labels := prometheus.Labels{"project": s.project, "window": t.window.Name}
		status := t.lastStatus()
		switch {
		case status.Err != nil:
			send("statsig_up", "Whether the last poll succeeded.", 0, labels)
		case status.Result != "":
			send("statsig_up", "Whether the last poll succeeded.", 1, labels)
		}
		sendTime("statsig_exporter_poll_last_attempt_timestamp_seconds", "When the last poll began.", status.LastAttempt, labels)
		sendTime("statsig_exporter_poll_last_success_timestamp_seconds", "When the last successful poll ended.", status.LastSuccess, labels)
		sendTime("statsig_exporter_poll_next_timestamp_seconds", "When the next poll is due.", status.Next, labels)
	}
	if len(targets) > 0 {
		labels := prometheus.Labels{"project": s.project}
		maps.Copy(labels, targets[0].project.config.Labels)
		send("statsig_project_info", "A project and its configured labels, for joins.", 1, labels)
	}
}

// change lets f change the metrics, and makes the next scrape show it.
func (m *projectMetrics) change(f func(*projectMetrics)) {
	f(m)
	m.gathered.Changed()
}

// present adds the series of a window that exist before its first poll.
func (m *projectMetrics) present(window string) {
	for _, result := range statsig.Results() {
		m.polls.WithLabelValues(window, string(result))
	}
	m.duration.WithLabelValues(window)
	m.schemaChanges.WithLabelValues(window)
}

// forget drops everything about a window.
func (m *projectMetrics) forget(window string) {
	labels := prometheus.Labels{"window": window}
	for _, vec := range []interface{ DeletePartialMatch(prometheus.Labels) int }{
		m.polls, m.duration, m.schemaChanges, m.restated,
	} {
		vec.DeletePartialMatch(labels)
	}
}
