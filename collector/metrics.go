package collector

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/statsig"
)

// metrics hold what is counted about polls. Facts about a served report are part of
// its snapshot instead.
type metrics struct {
	storageErrors *prometheus.CounterVec

	mu       sync.Mutex
	projects map[string]*projectMetrics
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		storageErrors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "statsig_exporter_storage_errors_total",
			Help: "Stored reports that could not be read, and reports that could not be stored or removed.",
		}, []string{"operation"}),
		projects: map[string]*projectMetrics{},
	}
	for _, operation := range []string{"load", "save"} {
		m.storageErrors.WithLabelValues(operation)
	}
	reg.MustRegister(m.storageErrors)
	return m
}

// storageFailed counts a failed load or save.
func (c *Collector) storageFailed(operation string) {
	c.metrics.storageErrors.WithLabelValues(operation).Inc()
	c.OwnChanged()
}

// OwnChanged makes the next scrape gather Options.Registry again. Call it when one of
// its metrics has changed.
func (c *Collector) OwnChanged() { c.own.Changed() }

// of returns the metrics of a project, which it makes if there are none yet.
func (m *metrics) of(project string) *projectMetrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.projects[project] == nil {
		m.projects[project] = newProjectMetrics(project)
	}
	return m.projects[project]
}

// forget drops the metrics of a project and window and, if it was the last window, all
// of the project.
func (m *metrics) forget(project, window string, last bool) {
	m.of(project).change(func(p *projectVectors) { p.forget(window) })
	if last {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.projects, project)
	}
}

// projectMetrics are one project's metrics, gathered independently. Only change changes
// them, so that they are gathered again when they have changed, and only then.
type projectMetrics struct {
	vectors  projectVectors
	gathered *exposition.Gathered
}

// projectVectors have a label for the window, except info and requests.
type projectVectors struct {
	info          *atomic.Pointer[prometheus.Metric] // statsig_project_info, whose labels can change
	up            *prometheus.GaugeVec
	polls         *prometheus.CounterVec
	duration      *prometheus.HistogramVec
	lastAttempt   *prometheus.GaugeVec
	lastSuccess   *prometheus.GaugeVec
	next          *prometheus.GaugeVec
	requests      *prometheus.CounterVec
	schemaChanges *prometheus.CounterVec
	restated      *prometheus.CounterVec
}

func newProjectMetrics(project string) *projectMetrics {
	constant := prometheus.Labels{"project": project}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: constant}, []string{"window"})
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: constant}, labels)
	}
	v := projectVectors{
		info:  &atomic.Pointer[prometheus.Metric]{},
		up:    gauge("statsig_up", "Whether the last poll succeeded."),
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
		lastAttempt:   gauge("statsig_exporter_poll_last_attempt_timestamp_seconds", "When the last poll began."),
		lastSuccess:   gauge("statsig_exporter_poll_last_success_timestamp_seconds", "When the last successful poll ended."),
		next:          gauge("statsig_exporter_poll_next_timestamp_seconds", "When the next poll is due."),
		requests:      counter("statsig_exporter_api_requests_total", "HTTP requests to the Console API and to where it pointed, by status or error.", "code"),
		schemaChanges: counter("statsig_exporter_schema_changes_total", "Reports whose columns had other roles than in the report before.", "window"),
		restated:      counter("statsig_exporter_usage_restated_total", "Usage that polls added to or took from series of a period that had already ended and been served.", "window", "metric"),
	}
	registry := prometheus.NewRegistry()
	info := prometheus.CollectorFunc(func(ch chan<- prometheus.Metric) {
		if metric := v.info.Load(); metric != nil {
			ch <- *metric
		}
	})
	registry.MustRegister(info, v.up, v.polls, v.duration, v.lastAttempt, v.lastSuccess, v.next, v.requests, v.schemaChanges, v.restated)
	return &projectMetrics{vectors: v, gathered: exposition.NewGathered(registry, exposition.UntilChanged)}
}

// change calls f to change the metrics, and makes the next scrape show it.
func (p *projectMetrics) change(f func(*projectVectors)) {
	f(&p.vectors)
	p.gathered.Changed()
}

// setInfo replaces the labels of the project.
func (v *projectVectors) setInfo(p config.Project) {
	names, values := []string{"project"}, []string{p.Name}
	for _, name := range p.LabelNames() {
		names, values = append(names, name), append(values, p.Labels[name])
	}
	desc := prometheus.NewDesc("statsig_project_info", "A project and its configured labels, for joins.", names, nil)
	metric := prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, 1, values...)
	v.info.Store(&metric)
}

// present adds the series of a window that exist before its first poll.
func (v *projectVectors) present(window string) {
	for _, result := range statsig.Results() {
		v.polls.WithLabelValues(window, string(result))
	}
	v.duration.WithLabelValues(window)
	v.schemaChanges.WithLabelValues(window)
}

// forget drops everything about a window.
func (v *projectVectors) forget(window string) {
	labels := prometheus.Labels{"window": window}
	for _, vec := range []interface{ DeletePartialMatch(prometheus.Labels) int }{
		v.up, v.polls, v.duration, v.lastAttempt, v.lastSuccess, v.next, v.schemaChanges, v.restated,
	} {
		vec.DeletePartialMatch(labels)
	}
}
