package collector

import (
	"iter"
	"math"
	"slices"

	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/report"
)

// compare records by how much s restates old, which may be nil. It needs the series of
// s. Only periods that have ended and are asked for again have restatements; a total
// that was not served before is not changed. Infinite changes are omitted.
func (t *target) compare(s, old *Snapshot) {
	if t.window.Current || t.window.Period.Calendar == "" {
		return
	}
	var before byLabel
	if old != nil && !old.outdated && old.Window.Start.Equal(s.Window.Start) && old.Window.End.Equal(s.Window.End) {
		before = totals(old)
	}
	columns := s.columns()
	s.restated, s.moved = byLabel{}, byLabel{}
	for metric, total := range totals(s) {
		was, moved := total, 0.0
		if earlier, served := before[metric]; served {
			was, moved = earlier, math.Abs(total-earlier)
			if s.hasSeriesOf(old) {
				moved = distance(s.Report.Samples(s.metric(metric)), old.samples(old.metric(metric)))
			}
		}
		if change := total - was; isFinite(change) {
			s.restated[columns[metric]] = change
		}
		if !isFinite(moved) {
			moved = 0
		}
		s.moved[metric] = moved
	}
}

func isFinite(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }

// hasSeriesOf reports whether the series of both reports can be compared one by one: none
// is folded or dropped, and they have the same labels.
func (s *Snapshot) hasSeriesOf(old *Snapshot) bool {
	hidden := s.Report.Folded + s.Report.Dropped + old.Report.Folded + old.Report.Dropped
	return hidden == 0 && slices.Equal(s.Report.LabelNames, old.Report.LabelNames)
}

// metric returns the place of a metric of the report.
func (s *Snapshot) metric(name string) int {
	return slices.IndexFunc(s.Report.Metrics, func(m report.Metric) bool { return m.Name == name })
}

// distance returns the sum of the absolute differences between samples that are sorted by
// label values. A sample that one side lacks is 0 there.
func distance(a, b ingest.Samples) float64 {
	next, stop := iter.Pull2(iter.Seq2[[]string, float64](b))
	defer stop()
	sum := 0.0
	labels, other, more := next()
	for own, v := range a {
		for ; more && slices.Compare(labels, own) < 0; labels, other, more = next() {
			sum += math.Abs(other)
		}
		if more && slices.Equal(labels, own) {
			v -= other
			labels, other, more = next()
		}
		sum += math.Abs(v)
	}
	for ; more; _, other, more = next() {
		sum += math.Abs(other)
	}
	return sum
}

// restate adds what s has moved to the counters of a window, and drops the counters of
// metrics that it no longer has.
func (m *projectMetrics) restate(window string, s, old *Snapshot) {
	if old != nil {
		for metric := range old.moved {
			if s.metric(metric) < 0 {
				m.restated.DeleteLabelValues(window, metric)
			}
		}
	}
	for metric, moved := range s.moved {
		m.restated.WithLabelValues(window, metric).Add(moved)
	}
}

// restatements returns by how much s restated each metric.
func restatements(s *Snapshot) byLabel {
	all, columns := byLabel{}, s.columns()
	for metric := range totals(s) {
		if change, ok := s.restated[columns[metric]]; ok {
			all[metric] = change
		}
	}
	return all
}

// columns returns the column of each metric; the metric itself where it has none.
func (s *Snapshot) columns() map[string]string {
	columns := map[string]string{}
	for _, m := range s.Report.Metrics {
		columns[m.Name] = m.Name
	}
	for _, c := range s.Report.Mapping.Columns {
		if c.Role == report.RoleValue {
			columns[c.Metric] = c.Name
		}
	}
	return columns
}
