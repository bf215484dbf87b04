package collector

import (
	"time"

	"statsig_exporter/collector/ingest"
)

// logState holds what was last logged about a target. Only changes are logged.
type logState struct {
	quality   ingest.Quality
	unsaved   bool // the last report could not be stored
	unmetered bool // the report lacks metrics that a plan counts
}

// logPoll logs what a poll has changed since the status was before. It is called by the
// target's loop alone.
func (c *Collector) logPoll(t *target, p pollResult, before Status) {
	log := c.log.With("project", t.project.config.Name, "window", t.window.Name)
	changed := t.status.Result != before.Result
	if p.err != nil {
		attrs := []any{"result", t.status.Result, "err", p.err, "next", t.status.Next.Round(time.Second)}
		if t.status.isRefused() && !p.key.IsZero() {
			attrs = append(attrs, "key", t.project.config.Source(p.key)) // where it comes from
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
