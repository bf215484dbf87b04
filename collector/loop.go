package collector

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"statsig_exporter/statsig"
)

// loop polls one target until ctx ends.
func (c *Collector) loop(ctx context.Context, t *target) {
	next := t.due
	failures := 0 // in a row, refused keys aside: those are not asked again soon
	for {
		c.plan(t, next)
		if wait(ctx, c.now, next, t.rotated()) != nil {
			return
		}
		p := c.poll(ctx, t)
		if ctx.Err() != nil {
			discard(p.text)
			t.deferUntil(p.notBefore)
			return
		}
		if errors.Is(p.err, errJustBegun) {
			next = c.now().Add(time.Second)
			continue
		}
		c.record(t, p)
		next = c.after(t, p, &failures)
		c.logPoll(t, p, next)
	}
}

// after returns when the poll after p is due.
func (c *Collector) after(t *target, p polled, failures *int) (next time.Time) {
	times := schedule{interval: t.project.settings.Global.PollInterval}
	t.refused = nil
	switch result := statsig.ResultOf(p.err); result {
	case statsig.Success:
		*failures = 0
		return c.now().Add(times.afterSuccess(rand.Float64()))
	case statsig.Unauthorized, statsig.Forbidden:
		*failures = 0
		t.refused = &p.key
		return c.now().Add(times.afterSuccess(rand.Float64()))
	}
	*failures++
	next = c.now().Add(times.afterFailure(*failures, rand.Float64()))
	if at := retryAt(p.err); at.After(next) {
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

// retryAt returns when the API wants to be asked again; zero for any time.
func retryAt(err error) time.Time {
	var e *statsig.Error
	if errors.As(err, &e) {
		return e.RetryAt
	}
	return time.Time{}
}

// plan records when the next poll is due.
func (c *Collector) plan(t *target, next time.Time) {
	c.metrics.next.WithLabelValues(t.names()).Set(unixSeconds(next))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.Next = next
}

// begin records that a poll begins.
func (c *Collector) begin(t *target) {
	now := c.now()
	c.metrics.lastAttempt.WithLabelValues(t.names()).Set(unixSeconds(now))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.LastAttempt = now
}

// record counts a poll that has ended, and stores and publishes what it brought.
func (c *Collector) record(t *target, p polled) {
	project, window := t.names()
	result, up := statsig.ResultOf(p.err), 0.0
	if p.err == nil {
		up = 1
		c.save(t, p)
		c.publish(t, p.snapshot)
		c.metrics.lastSuccess.WithLabelValues(project, window).Set(unixSeconds(p.snapshot.Time))
	}
	c.metrics.polls.WithLabelValues(project, window, string(result)).Inc()
	c.metrics.up.WithLabelValues(project, window).Set(up)
	c.metrics.duration.WithLabelValues(project, window).Observe(p.took.Seconds())

	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.Result, t.status.Err = result, p.err
	t.status.Failures++
	if p.err == nil {
		t.status.Failures, t.status.LastSuccess = 0, p.snapshot.Time
	}
}

// publish makes a snapshot the one that is served, and counts and logs columns
// that have another role than in the one before. It is encoded before, so that no
// scrape waits for that.
func (c *Collector) publish(t *target, s *Snapshot) {
	old := t.snapshot.Load()
	if old == nil {
		t.snapshot.Store(s)
		return
	}
	c.options.Responder.Prepare(s.segment, old.segment)
	t.snapshot.Store(s)
	if changes := s.Report.Mapping.Changes(old.Report.Mapping); len(changes) > 0 {
		project, window := t.names()
		c.metrics.schemaChanges.WithLabelValues(project, window).Inc()
		c.log.Warn("Columns of the report changed", "project", project, "window", window, "columns", changes)
	}
}
