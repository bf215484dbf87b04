package collector

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/report"
	"statsig_exporter/statsig"
)

// Snapshot is what is served for one project and window: everything that one
// good poll brought, with the account of it, so that the facts cannot disagree
// with the numbers. It is immutable.
type Snapshot struct {
	// Window is what the report covers.
	Window statsig.Window
	// Report holds the mapping, and the series only where everything is to be
	// explained.
	Report *report.Report
	// Largest are the largest series of the first metric by absolute value, the
	// largest first.
	Largest []Series
	// Bytes is the size of the report, decompressed.
	Bytes int64
	// Time is when the report was read.
	Time time.Time
	// Expires is when the snapshot stops being served; zero for never.
	Expires time.Time

	restated []labelled // by metric
	segment  *exposition.Segment
}

// Series is a series of one metric.
type Series struct {
	// Labels are the values of Report.LabelNames.
	Labels []string
	Value  float64
}

// largestSeries is how many of the largest series a snapshot has.
const largestSeries = 5

// largest returns the largest series of the first metric.
func largest(r *report.Report) []Series {
	var all []Series
	for labels, v := range r.Samples(0) {
		at, _ := slices.BinarySearchFunc(all, v, func(s Series, v float64) int {
			if math.Abs(s.Value) >= math.Abs(v) {
				return -1
			}
			return 1
		})
		if at >= largestSeries {
			continue
		}
		own := make([]string, len(labels))
		for i, label := range labels {
			own[i] = strings.Clone(label) // and not the table that it is part of
		}
		all = slices.Insert(all, at, Series{own, v})
		all = all[:min(len(all), largestSeries)]
	}
	return all
}

// expired tells whether the snapshot is not to be served any more.
func (s *Snapshot) expired(now time.Time) bool {
	if s.Expires.IsZero() {
		return false
	}
	// By the time that has passed or by the clock, whichever is later: a machine
	// that was suspended has not seen time pass, and a clock can be set back.
	return !now.Before(s.Expires) || !now.Round(0).Before(s.Expires.Round(0))
}

// family is a family of every snapshot.
type family struct {
	name, help string
	label      string // besides project and window; empty for none
	samples    func(s *Snapshot) []labelled
}

// labelled is a sample with the value of the family's own label.
type labelled struct {
	label string
	value float64
}

func one(v float64) []labelled { return []labelled{{value: v}} }

// snapshotFamilies lists the families about a served report.
func snapshotFamilies() []family {
	return []family{
		{
			"statsig_usage_window_start_timestamp_seconds", "Start of the window that the served usage covers.", "",
			func(s *Snapshot) []labelled { return one(unixSeconds(s.Window.Start)) },
		},
		{
			"statsig_usage_window_end_timestamp_seconds", "End of the window that the served usage covers, exclusive.", "",
			func(s *Snapshot) []labelled { return one(unixSeconds(s.Window.End)) },
		},
		{"statsig_usage_newest_timestamp_seconds", "Greatest time in the primary time column of the served report.", "", newest},
		{
			"statsig_usage_restated", "By how much the last good poll changed the total of a period that had already ended and been served.", "metric",
			func(s *Snapshot) []labelled { return s.restated },
		},
		{"statsig_report_value", "Sum of a value column over every accepted row of the served report, dropped and folded series included.", "metric", totals},
		{
			"statsig_exporter_report_rows", "Rows of the served report, skipped ones included.", "",
			func(s *Snapshot) []labelled { return one(float64(s.Report.Rows)) },
		},
		{
			"statsig_exporter_report_bytes", "Size of the served report after decompression.", "",
			func(s *Snapshot) []labelled { return one(float64(s.Bytes)) },
		},
		{"statsig_exporter_report_skipped", "Cells and rows of the served report that could not be used, by reason.", "reason", skipped},
		{
			"statsig_exporter_series", "Series served, each counted once for all of its value columns.", "",
			func(s *Snapshot) []labelled { return one(float64(s.Report.Series)) },
		},
		{
			"statsig_exporter_series_folded", "Series past the limit that were folded into one.", "",
			func(s *Snapshot) []labelled { return one(float64(s.Report.Folded)) },
		},
		{
			"statsig_exporter_series_dropped", "Series past the limit that were left out.", "",
			func(s *Snapshot) []labelled { return one(float64(s.Report.Dropped)) },
		},
		{"statsig_exporter_schema_columns", "Columns of the served report, by role.", "role", columns},
	}
}

func newest(s *Snapshot) []labelled {
	if s.Report.Newest.IsZero() {
		return nil
	}
	return one(unixSeconds(s.Report.Newest))
}

func totals(s *Snapshot) []labelled {
	var samples []labelled
	for _, m := range s.Report.Metrics {
		if m.Aggregate == report.AggregateSum {
			samples = append(samples, labelled{m.Name, m.Total})
		}
	}
	return samples
}

func skipped(s *Snapshot) []labelled {
	n := s.Report.Skipped
	return []labelled{
		{"field_count", float64(n.FieldCount)},
		{"not_a_number", float64(n.NotANumber)},
		{"not_a_time", float64(n.NotATime)},
	}
}

func columns(s *Snapshot) []labelled {
	var samples []labelled
	for _, role := range report.Roles() {
		samples = append(samples, labelled{string(role), float64(s.Report.Mapping.Count(role))})
	}
	return samples
}

func unixSeconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// families makes the families of a snapshot: its usage, of which samples yields
// each metric's, and the facts about it.
func (t *target) families(s *Snapshot, samples func(metric int) ingest.Samples) []exposition.Family {
	project, window := t.names()
	constant := map[string]string{"project": project, "window": window}
	var families []exposition.Family
	for _, f := range snapshotFamilies() {
		families = append(families, s.fact(f, constant))
	}
	return append(families, t.project.ingest.Families(s.Report, window, samples)...)
}

// served yields the samples of a metric as they are served, without the labels that
// are constant.
func (s *Snapshot) served(metric int) ingest.Samples {
	f, _ := s.segment.Family(s.Report.Metrics[metric].Name)
	values := make([]string, len(s.Report.LabelNames))
	return func(yield func([]string, float64) bool) {
		if f.Samples == nil {
			return
		}
		for all, v := range f.Samples {
			for i, name := range s.Report.LabelNames {
				place, _ := slices.BinarySearch(f.LabelNames, name)
				values[i] = all[place]
			}
			if !yield(values, v) {
				return
			}
		}
	}
}

// fact makes the family of f.
func (s *Snapshot) fact(f family, constant map[string]string) exposition.Family {
	samples := slices.Clone(f.samples(s))
	slices.SortFunc(samples, func(a, b labelled) int { return cmp.Compare(a.label, b.label) })
	var own []string
	if f.label != "" {
		own = []string{f.label}
	}
	each := func(yield func([]string, float64) bool) {
		for _, sample := range samples {
			if !yield([]string{sample.label}[:len(own)], sample.value) {
				return
			}
		}
	}
	return exposition.Family{Name: f.name, Help: f.help, LabelNames: own, Samples: each}.With(constant)
}
