package collector

import (
	"log/slog"
	"time"

	"statsig_exporter/collector/report"
	"statsig_exporter/statsig"
)

// noted is what the log knows of a target. Only its changes are logged.
type noted struct {
	result    statsig.Result
	folded    bool // series are folded or dropped
	skipped   bool // cells or rows are skipped
	unsaved   bool // the last report could not be stored
	unmetered bool // the report lacks what a plan is computed from
}

// logPoll logs what a poll has changed. It is called by the target's loop alone.
func (c *Collector) logPoll(t *target, p pollResult, next time.Time) {
	log := c.log.With("project", t.project.config.Name, "window", t.window.Name)
	result := statsig.ResultOf(p.err)
	changed := result != t.noted.result
	t.noted.result = result
	if p.err != nil {
		attrs := []any{"result", result, "err", p.err, "next", next.Round(time.Second)}
		if t.refused != nil && !t.refused.IsZero() {
			attrs = append(attrs, "key", t.project.config.Key.String()) // where it comes from
		}
		if changed {
			log.Error("Poll failed; what was served stays", attrs...)
		} else {
			log.Debug("Poll failed again", attrs...)
		}
		return
	}
	s := p.snapshot
	if changed {
		log.Info("Serving report", "start", s.Window.Start, "end", s.Window.End, "rows", s.Report.Rows, "series", s.Report.Series)
	}
	t.noted.logQuality(log, s.Report)
	if missing := t.unmetered(s.Report); len(missing) > 0 != t.noted.unmetered {
		t.noted.unmetered = len(missing) > 0
		if t.noted.unmetered {
			log.Warn("Report lacks metrics that plans count, so that their use and cost are not served", "metrics", missing)
		} else {
			log.Info("Report has the metrics that plans count again")
		}
	}
}

// logQuality logs when cells or series begin, or cease, to be left out.
func (n *noted) logQuality(log *slog.Logger, r *report.Report) {
	if folded := r.Folded+r.Dropped > 0; folded != n.folded {
		n.folded = folded
		if folded {
			log.Warn("Report has more series than series_limit", "series", r.Series, "folded", r.Folded, "dropped", r.Dropped)
		} else {
			log.Info("Report has no more series than series_limit again", "series", r.Series)
		}
	}
	if skipped := r.Skipped != (report.Skipped{}); skipped != n.skipped {
		n.skipped = skipped
		if skipped {
			log.Warn("Report has cells or rows that could not be used", skippedAttrs(r)...)
		} else {
			log.Info("Every cell of the report could be used again")
		}
	}
}

// skippedAttrs describes what was skipped, and where first.
func skippedAttrs(r *report.Report) []any {
	attrs := []any{"not_a_number", r.Skipped.NotANumber, "field_count", r.Skipped.FieldCount, "not_a_time", r.Skipped.NotATime}
	for i, account := range r.Accounts {
		if len(account.Lines) > 0 {
			return append(attrs, "column", r.Mapping.Columns[i].Name, "line", account.Lines[0])
		}
	}
	return attrs
}
