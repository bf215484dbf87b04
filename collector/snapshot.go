package collector

import (
	"cmp"
	"context"
	"slices"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/report"
	"statsig_exporter/statsig"
)

// Snapshot holds everything that one good poll brought for a project and window: the
// usage and the facts about it, so that they cannot disagree. It is immutable.
type Snapshot struct {
	// Window is the time that the report covers.
	Window statsig.Window
	// Report is without its series.
	Report *report.Report
	// Largest are the largest series of the first metric by absolute value, the
	// largest first.
	Largest []report.Series
	// Bytes is the size of the report, decompressed.
	Bytes int64
	// Time is when the report was read.
	Time time.Time
	// Expires is when the snapshot stops being served; zero for never.
	Expires time.Time

	restated byLabel // by how much the report changed the total of each column: metrics may get other names
	moved    byLabel // by how much it changed the series of each metric, up or down
	outdated bool    // the settings have changed since
	segment  *exposition.Segment
}

// largestSeries is how many of the largest series a snapshot has.
const largestSeries = 5

// hasPassed reports whether it is at or later; a zero at never comes.
func hasPassed(at, now time.Time) bool {
	if at.IsZero() {
		return false
	}
	// By the time that has passed or by the clock, whichever is later: a machine
	// that was suspended has not seen time pass, and a clock can be set back.
	return !now.Before(at) || !now.Round(0).Before(at.Round(0))
}

// encode completes a snapshot of m before it is published, so that no scrape waits. It
// drops the series of m and ends its turn once they are encoded in one format: the others
// are made from that. The error is the cause of the end of ctx, or ErrTooLarge.
func (c *Collector) encode(ctx context.Context, t *target, s *Snapshot, m *ingest.Mapped) error {
	samples := func(metric int) ingest.Samples { return until(ctx, s.Report.Samples(metric)) }
	s.Expires = t.expiry(s)
	s.segment = c.options.Responder.Encode(t.families(s, samples), t.segment(), t.project.config.Report.SeriesLimit)
	s.Largest = s.Report.Largest(largestSeries)
	s.Report = s.Report.WithoutSeries()
	m.Report = s.Report
	m.EndTurn()
	c.options.Responder.Prepare(s.segment, t.segment())
	return cmp.Or(ingest.TooLarge(s.segment, s.Report), context.Cause(ctx))
}

// checkEvery is after how many samples until looks at its context.
const checkEvery = 1000

// until yields samples until ctx ends.
func until(ctx context.Context, samples ingest.Samples) ingest.Samples {
	return func(yield func([]string, float64) bool) {
		n := 0
		for labels, v := range samples {
			if n++; n%checkEvery == 0 && ctx.Err() != nil || !yield(labels, v) {
				return
			}
		}
	}
}

// renew completes a snapshot that t takes over from a target with the same mapping and
// other settings.
func (c *Collector) renew(t *target, s *Snapshot) {
	s.Expires = t.expiry(s)
	old := s.segment
	s.segment = c.options.Responder.Encode(t.families(s, s.samples), old, t.project.config.Report.SeriesLimit)
	c.options.Responder.Prepare(s.segment, old)
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

// families makes the families of a snapshot: its usage, of which samples yields
// each metric's, and the facts about it.
func (t *target) families(s *Snapshot, samples func(metric int) ingest.Samples) []exposition.Family {
	project, window := t.names()
	constant := map[string]string{"project": project, "window": window}
	var families []exposition.Family
	for _, f := range facts(s) {
		families = append(families, f.With(constant))
	}
	return append(families, t.project.ingest.Families(s.Report, window, samples)...)
}

// samples yields the samples of a metric as they are served, without the labels that
// are constant.
func (s *Snapshot) samples(metric int) ingest.Samples {
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
