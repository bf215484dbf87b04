package collector

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"statsig_exporter/collector/config"
	"statsig_exporter/statsig"
)

// metrics are the exporter's own, about polls. What is known of a served report
// travels with it instead.
type metrics struct {
	up            *prometheus.GaugeVec
	info          *infoCollector
	polls         *prometheus.CounterVec
	duration      *prometheus.HistogramVec
	lastAttempt   *prometheus.GaugeVec
	lastSuccess   *prometheus.GaugeVec
	next          *prometheus.GaugeVec
	requests      *prometheus.CounterVec
	schemaChanges *prometheus.CounterVec
	storageErrors *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	ofWindow := []string{"project", "window"}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, ofWindow)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		up:    gauge("statsig_up", "Whether the last poll succeeded."),
		info:  &infoCollector{},
		polls: counter("statsig_exporter_polls_total", "Polls that have ended, by result.", "project", "window", "result"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                            "statsig_exporter_poll_duration_seconds",
			Help:                            "How long polls took, retries and walk-back included.",
			Buckets:                         []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, ofWindow),
		lastAttempt:   gauge("statsig_exporter_poll_last_attempt_timestamp_seconds", "When the last poll began."),
		lastSuccess:   gauge("statsig_exporter_poll_last_success_timestamp_seconds", "When the last successful poll ended."),
		next:          gauge("statsig_exporter_poll_next_timestamp_seconds", "When the next poll is due."),
		requests:      counter("statsig_exporter_api_requests_total", "HTTP requests to the Console API and to where it pointed, by status or error.", "project", "code"),
		schemaChanges: counter("statsig_exporter_schema_changes_total", "Reports whose columns had other roles than those of the report before.", ofWindow...),
		storageErrors: counter("statsig_exporter_storage_errors_total", "Stored reports that could not be read, and reports that could not be stored or removed.", "operation"),
	}
	for _, operation := range []string{"load", "save"} {
		m.storageErrors.WithLabelValues(operation)
	}
	reg.MustRegister(m.up, m.info, m.polls, m.duration, m.lastAttempt, m.lastSuccess, m.next, m.requests, m.schemaChanges, m.storageErrors)
	return m
}

// present makes the series of a project and window that are there from the start.
func (m *metrics) present(project, window string) {
	for _, result := range statsig.Results() {
		m.polls.WithLabelValues(project, window, string(result))
	}
	m.duration.WithLabelValues(project, window)
	m.schemaChanges.WithLabelValues(project, window)
}

// forget drops everything about a project and window, and about the project too
// unless others of its windows are left.
func (m *metrics) forget(project, window string, last bool) {
	labels := prometheus.Labels{"project": project, "window": window}
	for _, vec := range []interface{ DeletePartialMatch(prometheus.Labels) int }{
		m.up, m.polls, m.duration, m.lastAttempt, m.lastSuccess, m.next, m.schemaChanges,
	} {
		vec.DeletePartialMatch(labels)
	}
	if last {
		m.requests.DeletePartialMatch(prometheus.Labels{"project": project})
	}
}

// infoCollector collects statsig_project_info, whose labels differ from project
// to project.
type infoCollector struct {
	metrics atomic.Pointer[[]prometheus.Metric]
}

// set replaces the projects.
func (c *infoCollector) set(projects []config.Project) {
	var metrics []prometheus.Metric
	for _, p := range projects {
		names := append([]string{"project"}, p.LabelNames()...)
		values := []string{p.Name}
		for _, name := range p.LabelNames() {
			values = append(values, p.Labels[name])
		}
		desc := prometheus.NewDesc("statsig_project_info", "A project and its configured labels, for joins.", names, nil)
		metrics = append(metrics, prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, 1, values...))
	}
	c.metrics.Store(&metrics)
}

// Describe sends nothing: the collector is unchecked, as its label names differ.
func (*infoCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *infoCollector) Collect(ch chan<- prometheus.Metric) {
	if metrics := c.metrics.Load(); metrics != nil {
		for _, m := range *metrics {
			ch <- m
		}
	}
}
