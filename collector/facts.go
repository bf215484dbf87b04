package collector

import (
	"cmp"
	"slices"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
)

// fact is a family about the report of a snapshot.
type fact struct {
	name, help string
	label      string // besides project and window; empty for none
	samples    func(s *Snapshot) []labelled
}

// labelled is a sample and the value of its fact's label.
type labelled struct {
	label string
	value float64
}

func alone(v float64) []labelled { return []labelled{{value: v}} }

// facts lists what is served about a report.
func facts() []fact {
	return []fact{
		{
			"statsig_usage_window_start_timestamp_seconds", "Start of the window that the served usage covers.", "",
			func(s *Snapshot) []labelled { return alone(unixSeconds(s.Window.Start)) },
		},
		{
			"statsig_usage_window_end_timestamp_seconds", "End of the window that the served usage covers, exclusive.", "",
			func(s *Snapshot) []labelled { return alone(unixSeconds(s.Window.End)) },
		},
		{"statsig_usage_newest_timestamp_seconds", "Greatest time in the primary time column of the served report.", "", newest},
		{
			"statsig_usage_restated", "By how much the last good poll changed the total of a period that had already ended and been served.", "metric",
			func(s *Snapshot) []labelled { return s.restated },
		},
		{"statsig_report_value", "Sum of a value column over every accepted row of the served report, dropped and folded series included.", "metric", totals},
		{
			"statsig_exporter_report_rows", "Rows of the served report, skipped ones included.", "",
			func(s *Snapshot) []labelled { return alone(float64(s.Report.Rows)) },
		},
		{
			"statsig_exporter_report_bytes", "Size of the served report after decompression.", "",
			func(s *Snapshot) []labelled { return alone(float64(s.Bytes)) },
		},
		{"statsig_exporter_report_skipped", "Cells and rows of the served report that could not be used, by reason.", "reason", skipped},
		{
			"statsig_exporter_series", "Series served, each counted once for all of its value columns.", "",
			func(s *Snapshot) []labelled { return alone(float64(s.Report.Series)) },
		},
		{
			"statsig_exporter_series_folded", "Series past the limit that were folded into one.", "",
			func(s *Snapshot) []labelled { return alone(float64(s.Report.Folded)) },
		},
		{
			"statsig_exporter_series_dropped", "Series past the limit that were left out.", "",
			func(s *Snapshot) []labelled { return alone(float64(s.Report.Dropped)) },
		},
		{"statsig_exporter_lookup_unmatched_keys", "Distinct keys of the served report that a lookup has no row for.", "lookup", unmatched(func(was float64, u report.Unmatched) float64 { return was + float64(u.Keys) })},
		{"statsig_exporter_lookup_unmatched_usage_ratio", "Share of the served report's usage whose keys a lookup has no row for.", "lookup", unmatched(func(was float64, u report.Unmatched) float64 { return max(was, u.Share) })},
		{"statsig_exporter_schema_columns", "Columns of the served report, by role.", "role", columns},
	}
}

func newest(s *Snapshot) []labelled {
	if s.Report.Newest.IsZero() {
		return nil
	}
	return alone(unixSeconds(s.Report.Newest))
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
		{"relabelled", float64(n.Relabelled)},
		{"total_row", float64(n.TotalRow)},
	}
}

// unmatched adds up the lookups that use files of the same name.
func unmatched(add func(float64, report.Unmatched) float64) func(*Snapshot) []labelled {
	return func(s *Snapshot) []labelled {
		var samples []labelled
		for _, u := range s.Report.Unmatched {
			at := slices.IndexFunc(samples, func(l labelled) bool { return l.label == u.Lookup })
			if at < 0 {
				at, samples = len(samples), append(samples, labelled{label: u.Lookup})
			}
			samples[at].value = add(samples[at].value, u)
		}
		return samples
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

// family returns the fact about a snapshot as a family.
func (f fact) family(s *Snapshot) exposition.Family {
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
	return exposition.Family{Name: f.name, Help: f.help, LabelNames: own, Samples: each}
}
