package collector

import (
	"maps"
	"slices"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
)

// byLabel holds the samples of a family by the value of its label besides project and
// window; by the empty string if it has none.
type byLabel map[string]float64

func alone(v float64) byLabel { return byLabel{"": v} }

// facts returns the families about the report of a snapshot.
func facts(s *Snapshot) []exposition.Family {
	r := s.Report
	return []exposition.Family{
		fact("statsig_usage_window_start_timestamp_seconds", "Start of the window that the served usage covers.", "", alone(unixSeconds(s.Window.Start))),
		fact("statsig_usage_window_end_timestamp_seconds", "End of the window that the served usage covers, exclusive.", "", alone(unixSeconds(s.Window.End))),
		fact("statsig_usage_newest_timestamp_seconds", "Greatest time in the primary time column of the served report.", "", newest(s)),
		fact("statsig_usage_restated", "By how much the last good poll changed the total of a period that had already ended and been served.", "metric", restatements(s)),
		fact("statsig_report_value", "Sum of a value column over every accepted row of the served report, dropped and folded series included.", "metric", totals(s)),
		fact("statsig_exporter_report_rows", "Rows of the served report, skipped ones included.", "", alone(float64(r.Rows))),
		fact("statsig_exporter_report_bytes", "Size of the served report after decompression.", "", alone(float64(s.Bytes))),
		fact("statsig_exporter_report_skipped", "Cells and rows of the served report that could not be used, by reason.", "reason", skipped(s)),
		fact("statsig_exporter_series", "Series served, each counted once for all of its value columns.", "", alone(float64(r.Series))),
		fact("statsig_exporter_series_folded", "Series past the limit that were folded into one.", "", alone(float64(r.Folded))),
		fact("statsig_exporter_series_dropped", "Series past the limit that were left out.", "", alone(float64(r.Dropped))),
		fact("statsig_exporter_lookup_unmatched_keys", "Distinct keys of the served report that a lookup has no row for.", "lookup",
			unmatched(s, func(was float64, u report.Unmatched) float64 { return was + float64(u.Keys) })),
		fact("statsig_exporter_lookup_unmatched_usage_ratio", "Share of the served report's usage whose keys a lookup has no row for.", "lookup",
			unmatched(s, func(was float64, u report.Unmatched) float64 { return max(was, u.Share) })),
		fact("statsig_exporter_schema_columns", "Columns of the served report, by role.", "role", columnsByRole(s)),
	}
}

// fact returns a family with one label besides project and window, or with none.
func fact(name, help, label string, samples byLabel) exposition.Family {
	var own []string
	if label != "" {
		own = []string{label}
	}
	each := func(yield func([]string, float64) bool) {
		for _, value := range slices.Sorted(maps.Keys(samples)) {
			if !yield([]string{value}[:len(own)], samples[value]) {
				return
			}
		}
	}
	return exposition.Family{Name: name, Help: help, LabelNames: own, Samples: each}
}

func newest(s *Snapshot) byLabel {
	if s.Report.Newest.IsZero() {
		return nil
	}
	return alone(unixSeconds(s.Report.Newest))
}

// totals returns the totals of the metrics that are sums.
func totals(s *Snapshot) byLabel {
	all := byLabel{}
	for _, m := range s.Report.Metrics {
		if m.Aggregate == report.AggregateSum {
			all[m.Name] = m.Total
		}
	}
	return all
}

func skipped(s *Snapshot) byLabel {
	n := s.Report.Skipped
	return byLabel{
		"field_count":  float64(n.FieldCount),
		"not_a_number": float64(n.NotANumber),
		"not_a_time":   float64(n.NotATime),
		"relabelled":   float64(n.Relabelled),
		"total_row":    float64(n.TotalRow),
	}
}

// unmatched adds up the lookups that use files of the same name.
func unmatched(s *Snapshot, add func(float64, report.Unmatched) float64) byLabel {
	all := byLabel{}
	for _, u := range s.Report.Unmatched {
		all[u.Lookup] = add(all[u.Lookup], u)
	}
	return all
}

func columnsByRole(s *Snapshot) byLabel {
	all := byLabel{}
	for _, role := range report.Roles() {
		all[string(role)] = float64(s.Report.Mapping.Count(role))
	}
	return all
}

func unixSeconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
