package collector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
	"statsig_exporter/statsig"
)

// errJustBegun says that a running period has begun within this millisecond, so
// that there is nothing to ask for yet.
var errJustBegun = errors.New("the period of the window has only just begun")

// polled is a poll that has ended.
type polled struct {
	key statsig.Secret // that was used; zero if none could be read
	// notBefore is when the API wants to be asked again, of a poll that was cut
	// short; zero for any time.
	notBefore time.Time
	took      time.Duration // the wait for the own rate limit is not part of it
	snapshot  *Snapshot     // nil with an error
	text      *spool.Spool  // the report itself; nil with an error
	err       error
}

// poll polls a target once, and publishes and counts nothing.
func (c *Collector) poll(ctx context.Context, t *target) (p polled) {
	if p.key, p.err = t.project.config.Key.Read(); p.err != nil {
		c.begin(t)
		p.err = &statsig.Error{Result: statsig.Unauthorized, Err: p.err}
		return p
	}
	var poll *statsig.Poll
	if poll, p.err = t.project.client.Begin(ctx, p.key, t.project.settings.Global.PollTimeout); p.err != nil {
		c.begin(t)
		return p
	}
	defer poll.Close()
	// Begin may have waited for the rate limit, and a period have ended meanwhile.
	newest, ok := t.window.Newest(c.now())
	if !ok {
		p.err = errJustBegun
		return p
	}
	c.begin(t)
	begun := time.Now()
	p.snapshot, p.text, p.err = c.walkBack(ctx, poll, t, newest)
	p.took, p.notBefore = time.Since(begun), poll.NotBefore()
	return p
}

// walkBack asks for the newest window and, while there is no data, for older ones.
func (c *Collector) walkBack(ctx context.Context, poll *statsig.Poll, t *target, newest statsig.Window) (*Snapshot, *spool.Spool, error) {
	window := newest
	for tried := 0; ; tried++ {
		snapshot, text, err := c.fetch(ctx, poll, t, window)
		if statsig.ResultOf(err) != statsig.NoData {
			return snapshot, text, err
		}
		older := t.window.Older(window)
		if tried >= t.window.Lookback || t.window.Current || t.isPast(older) {
			return nil, nil, fmt.Errorf("no data from %s on: %w", window.Start.Format(time.RFC3339), err)
		}
		window = older
	}
}

// isPast tells whether a window is older than what is served.
func (t *target) isPast(w statsig.Window) bool {
	served := t.snapshot.Load()
	return served != nil && w.End.Before(served.Window.End)
}

// fetch asks for one window, takes down its report and maps it. The spool holds the
// report and is the caller's to close; it is nil with an error.
func (c *Collector) fetch(ctx context.Context, poll *statsig.Poll, t *target, window statsig.Window) (*Snapshot, *spool.Spool, error) {
	s := &Snapshot{Window: window}
	var text *spool.Spool
	err := poll.Report(window, func(body *statsig.Body) (err error) { //nolint:contextcheck // the context of the poll is made of this one
		discard(text) // of an attempt that was not the last
		text, err = receive(body, c.options.SpoolDir)
		s.Bytes = body.Bytes()
		return err
	})
	if err == nil {
		// The time of the poll is for the API; mapping what has arrived takes its own.
		s.Report, err = c.read(ctx, t.project, text)
	}
	if errors.Is(err, report.ErrNoRows) {
		err = &statsig.Error{Result: statsig.NoData, Err: err}
	}
	if err != nil {
		discard(text)
		return nil, nil, err
	}
	s.Time = c.now()
	s.restated = t.restated(s)
	c.finish(t, s)
	return s, text, nil
}

// finish completes a snapshot whose report has been read. It is encoded before it
// is published, so that no scrape waits for that.
func (c *Collector) finish(t *target, s *Snapshot) {
	s.Expires = t.expiry(s)
	s.segment = c.options.Responder.Encode(t.families(s, s.Report.Samples), t.segment())
	s.Largest = largest(s.Report)
	if !c.options.Explain {
		s.Report = s.Report.WithoutSeries()
	}
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

// Fetch polls one project and window once, with retries and walk-back as the
// daemon does, and returns what would be served. Nothing is published.
func (c *Collector) Fetch(ctx context.Context, project, window string) (*Snapshot, error) {
	for _, t := range c.current.Load().targets {
		if t.project.config.Name == project && t.window.Name == window {
			p := c.poll(ctx, t)
			return p.snapshot, p.err
		}
	}
	return nil, fmt.Errorf("project %q with window %q is not configured", project, window)
}
