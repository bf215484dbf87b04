package collector

import (
	"context"
	"math"
	"slices"
	"time"

	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/spool"
	"statsig_exporter/statsig"
)

// pollResult is how a poll ended, and what it brought.
type pollResult struct {
	key statsig.Secret // that was used; zero if none could be read
	// notBefore is when the API wants to be asked again, of a poll that was cut
	// short; zero for any time.
	notBefore time.Time
	took      time.Duration // the wait for the own rate limit is not part of it
	snapshot  *Snapshot     // nil with an error
	text      *spool.Spool  // the report itself; nil with an error
	err       error
}

// poll polls a target once. It publishes nothing.
func (c *Collector) poll(ctx context.Context, t *target) (p pollResult) {
	if p.key, p.err = t.project.ingest.Key(); p.err != nil {
		c.begin(t)
		return p
	}
	var poll *ingest.Poll
	if ctx, poll, p.err = t.project.ingest.Begin(ctx, p.key); p.err != nil {
		c.begin(t)
		return p
	}
	defer poll.Close()
	// Begin may have waited for the rate limit, and a period have ended meanwhile.
	newest, ok := t.window.Newest(c.now())
	if !ok {
		p.err = ingest.ErrJustBegun
		return p
	}
	c.begin(t)
	begun := time.Now()
	var m *ingest.Mapped
	if m, p.err = poll.WalkBack(ctx, t.window, newest, t.servedTo()); p.err == nil {
		p.snapshot, p.text = c.newSnapshot(t, m), m.Text
	}
	p.took, p.notBefore = time.Since(begun), poll.NotBefore()
	return p
}

// servedTo returns the end of what is served; zero if nothing is.
func (t *target) servedTo() time.Time {
	if s := t.snapshot.Load(); s != nil {
		return s.Window.End
	}
	return time.Time{}
}

// newSnapshot makes a snapshot of a report that was polled just now.
func (c *Collector) newSnapshot(t *target, m *ingest.Mapped) *Snapshot {
	s := &Snapshot{Window: m.Window, Report: m.Report, Bytes: m.Bytes, Time: c.now()}
	s.restated = t.restated(s)
	c.finish(t, s)
	m.EndTurn()
	return s
}

// finish completes a snapshot whose report has been read. It is encoded before it
// is published, so that no scrape waits for that.
func (c *Collector) finish(t *target, s *Snapshot) {
	s.Expires = t.expiry(s)
	s.segment = c.options.Responder.Encode(t.families(s, s.Report.Samples), t.segment())
	s.Largest = largest(s.Report)
	s.Report = s.Report.WithoutSeries()
}

// renew completes a snapshot for t that was served for a target whose settings
// differ in what does not touch the mapping.
func (c *Collector) renew(t *target, s *Snapshot) {
	s.Expires = t.expiry(s)
	s.segment = c.options.Responder.Encode(t.families(s, s.served), s.segment)
}

// expiry returns when the snapshot stops being served: a running period's with
// the period, and every one once it is stale.
func (t *target) expiry(s *Snapshot) time.Time {
	var at time.Time
	if t.window.Current {
		at = t.window.PeriodEnd(s.Window)
	}
	if after := t.project.settings.Global.StaleAfter; after > 0 {
		if stale := s.Time.Add(after); at.IsZero() || stale.Before(at) {
			at = stale
		}
	}
	return at
}

// restated returns by how much s changes each of the totals that were served of
// the same period. A period that has not ended, or is never asked for twice, has
// none; one that was not served yet is not changed; and one that is infinite, or
// was, has no difference.
func (t *target) restated(s *Snapshot) []labelled {
	if t.window.Current || t.window.Period.Calendar == "" {
		return nil
	}
	before := map[string]float64{}
	if old := t.snapshot.Load(); old != nil && old.Window.Start.Equal(s.Window.Start) && old.Window.End.Equal(s.Window.End) {
		for _, total := range totals(old) {
			before[total.label] = total.value
		}
	}
	changes := totals(s)
	for i, total := range changes {
		old, served := before[total.label]
		if !served {
			old = total.value
		}
		changes[i].value = total.value - old
	}
	return slices.DeleteFunc(changes, func(change labelled) bool {
		return math.IsInf(change.value, 0) || math.IsNaN(change.value)
	})
}
