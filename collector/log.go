package collector

import (
	"time"

	"statsig_exporter/collector/ingest"
	"statsig_exporter/statsig"
)

// logState holds what was last logged about a target. Only changes are logged.
type logState struct {
	result    statsig.Result
	quality   ingest.Quality
	unsaved   bool // the last report could not be stored
	unmetered bool // the report lacks metrics that a plan counts
}

// logPoll logs what a poll has changed. It is called by the target's loop alone.
func (c *Collector) logPoll(t *target, p pollResult, next time.Time) {
	log := c.log.With("project", t.project.config.Name, "window", t.window.Name)
	result := statsig.ResultOf(p.err)
	changed := result != t.logged.result
	t.logged.result = result
	if p.err != nil {
		attrs := []any{"result", result, "err", p.err, "next", next.Round(time.Second)}
		if t.refused != nil && !t.refused.IsZero() {
			attrs = append(attrs, "key", t.project.config.Source(*t.refused)) // where it comes from
		}
		switch {
		case !changed:
			log.Debug("Poll failed again", attrs...)
		case t.served(c.now()) != nil:
			log.Error("Poll failed; what was served stays", attrs...)
		default:
			log.Error("Poll failed; nothing is served yet", attrs...)
		}
		return
	}
	s := p.snapshot
	if changed {
		log.Info("Serving report", "start", s.Window.Start, "end", s.Window.End, "rows", s.Report.Rows, "series", s.Report.Series)
	}
	t.logged.quality.Log(log, s.Report)
	if missing := t.unmetered(s.Report); len(missing) > 0 != t.logged.unmetered {
		t.logged.unmetered = len(missing) > 0
		if t.logged.unmetered {
			log.Warn("Report lacks metrics that plans count, so that their use and cost are not served", "metrics", missing)
		} else {
			log.Info("Report has the metrics that plans count again")
		}
	}
}

// logSchemaChange logs the columns whose role differs from their role in old.
func (c *Collector) logSchemaChange(t *target, old *Snapshot) {
	if old == nil {
		return
	}
	if changes := t.snapshot.Load().Report.Mapping.Changes(old.Report.Mapping); len(changes) > 0 {
		project, window := t.names()
		c.log.Warn("Columns of the report changed", "project", project, "window", window, "columns", changes)
	}
}
