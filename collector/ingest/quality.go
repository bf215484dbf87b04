package ingest

import (
	"log/slog"

	"statsig_exporter/collector/report"
)

// Quality holds what was last logged about the gaps in a window's reports. Only changes
// are logged.
type Quality struct{ overLimit, skipped bool }

// Log logs when series, cells or rows begin to be left out, or no longer are.
func (q *Quality) Log(log *slog.Logger, r *report.Report) {
	if overLimit := r.Folded+r.Dropped > 0; overLimit != q.overLimit {
		q.overLimit = overLimit
		if overLimit {
			log.Warn("Report has more series than series_limit", "series", r.Series, "folded", r.Folded, "dropped", r.Dropped)
		} else {
			log.Info("Report has no more series than series_limit again", "series", r.Series)
		}
	}
	wanted := report.Skipped{Relabelled: r.Skipped.Relabelled}
	if skipped := r.Skipped != wanted || len(r.Warnings) > 0; skipped != q.skipped {
		q.skipped = skipped
		if skipped {
			log.Warn("Report has cells or rows that could not be used", skippedAttrs(r)...)
		} else {
			log.Info("Every cell of the report could be used again")
		}
	}
}

// skippedAttrs says how much was skipped, and where first.
func skippedAttrs(r *report.Report) []any {
	attrs := []any{"not_a_number", r.Skipped.NotANumber, "field_count", r.Skipped.FieldCount, "not_a_time", r.Skipped.NotATime, "total_row", r.Skipped.TotalRow}
	if n := len(r.Warnings); n > 0 {
		attrs = append(attrs, "warnings", n, "first", r.Warnings[0])
	}
	for i, account := range r.Accounts {
		if len(account.Lines) > 0 {
			return append(attrs, "column", r.Mapping.Columns[i].Name, "line", account.Lines[0])
		}
	}
	return attrs
}
