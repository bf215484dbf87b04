package collector

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/schedule"
	"statsig_exporter/statsig"
)

// loop polls one target until ctx ends.
func (c *Collector) loop(ctx context.Context, t *target) {
	next := t.due
	failures := 0 // in a row, refused keys aside: those are not asked again soon
	for {
		c.plan(t, next)
		if schedule.Wait(ctx, c.now, next, t.rotated()) != nil {
			return
		}
		p := c.poll(ctx, t)
		if ctx.Err() != nil {
			_ = p.text.Close() // nobody reads it
			t.deferUntil(p.notBefore)
			return
		}
		if errors.Is(p.err, ingest.ErrJustBegun) {
			next = c.now().Add(time.Second)
			continue
		}
		c.record(t, p)
		giveBack(p.snapshot)
		next = c.after(t, p, &failures)
		c.logPoll(t, p, next)
	}
}

// largeReport is the number of series from which on a report takes memory that is
// worth giving back.
const largeReport = 20_000

// giveBack returns to the system what it took to map a large report: the next one
// may be an hour away, and what is served takes a fraction of it.
func giveBack(s *Snapshot) {
	if s != nil && s.Report.Series >= largeReport {
		debug.FreeOSMemory()
	}
}

// after returns when the poll after p is due.
func (c *Collector) after(t *target, p pollResult, failures *int) (next time.Time) {
	interval := t.project.settings.Global.PollInterval
	t.refused = nil
	switch result := statsig.ResultOf(p.err); result {
	case statsig.Success:
		*failures = 0
		return c.now().Add(schedule.AfterSuccess(interval, rand.Float64()))
	case statsig.Unauthorized, statsig.Forbidden:
		*failures = 0
		t.refused = &p.key
		return c.now().Add(schedule.AfterSuccess(interval, rand.Float64()))
	}
	*failures++
	next = c.now().Add(schedule.AfterFailure(interval, *failures, rand.Float64()))
	if at := statsig.RetryAt(p.err); at.After(next) {
		next = at
	}
	return next
}

// rotated returns what tells whether the key is another one than that which was
// refused last; nil if none was.
func (t *target) rotated() func() bool {
	if t.refused == nil {
		return nil
	}
	used := *t.refused
	return func() bool { return t.project.keyChanged(used) }
}

// deferUntil makes a poll that was cut short not come again before at.
func (t *target) deferUntil(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.After(t.status.Next) {
		t.status.Next = at
	}
}

// keyChanged tells whether the project's key can be read and is another one.
func (p *project) keyChanged(used statsig.Secret) bool {
	key, err := p.config.Key.Read()
	return err == nil && key != used
}

// plan records when the next poll is due.
func (c *Collector) plan(t *target, next time.Time) {
	t.change(func(m *projectVectors, window string) { m.next.WithLabelValues(window).Set(unixSeconds(next)) })
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.Next = next
}

// begin records that a poll begins.
func (c *Collector) begin(t *target) {
	now := c.now()
	t.change(func(m *projectVectors, window string) { m.lastAttempt.WithLabelValues(window).Set(unixSeconds(now)) })
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.LastAttempt = now
}

// record counts a poll that has ended, and stores and publishes what it brought.
func (c *Collector) record(t *target, p pollResult) {
	if p.err == nil {
		c.save(t, p)
	}
	result := c.announce(t, p)

	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.Result, t.status.Err = result, p.err
	t.status.Failures++
	if p.err == nil {
		t.status.Failures, t.status.LastSuccess = 0, p.snapshot.Time
	}
}

// announce publishes what a poll has brought, and how it ended, in one step, and
// returns its result.
func (c *Collector) announce(t *target, p pollResult) statsig.Result {
	c.publishing.Lock()
	defer c.publishing.Unlock()
	result, up := statsig.ResultOf(p.err), 0.0
	if p.err == nil {
		up = 1
		c.publish(t, p.snapshot)
	}
	t.change(func(m *projectVectors, window string) {
		if p.err == nil {
			m.lastSuccess.WithLabelValues(window).Set(unixSeconds(p.snapshot.Time))
		}
		m.polls.WithLabelValues(window, string(result)).Inc()
		m.up.WithLabelValues(window).Set(up)
		m.duration.WithLabelValues(window).Observe(p.took.Seconds())
	})
	return result
}

// publish makes a snapshot the one that is served, and counts and logs columns
// that have another role than in the one before.
func (c *Collector) publish(t *target, s *Snapshot) {
	old := t.snapshot.Swap(s)
	if old == nil {
		return
	}
	if changes := s.Report.Mapping.Changes(old.Report.Mapping); len(changes) > 0 {
		project, window := t.names()
		t.change(func(m *projectVectors, window string) { m.schemaChanges.WithLabelValues(window).Inc() })
		c.log.Warn("Columns of the report changed", "project", project, "window", window, "columns", changes)
	}
}
