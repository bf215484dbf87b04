package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
	"statsig_exporter/statsig"
)

// loop polls one target until ctx ends.
func (c *Collector) loop(ctx context.Context, t *target, delay time.Duration) error {
	times := schedule{interval: c.config.Global.PollInterval}
	next := time.Now().Add(delay)
	var changed func() bool
	for {
		c.plan(t, next)
		if wait(ctx, next, changed) != nil {
			return nil
		}
		window, ok := t.window.Newest(time.Now())
		if !ok {
			next = time.Now().Add(time.Second)
			continue
		}
		begun := c.begin(t)
		key, snapshot, err := c.poll(ctx, t, window)
		if ctx.Err() != nil {
			return nil
		}
		failures := c.record(t, begun, snapshot, err)
		next, changed = time.Now().Add(times.afterSuccess(rand.Float64())), nil
		if err != nil {
			refused := keyRefused(err)
			next = time.Now().Add(times.afterFailure(failures, refused, rand.Float64()))
			next = later(next, retryAt(err))
			if refused {
				changed = func() bool { return t.project.keyChanged(key) }
			}
		}
		c.logPoll(t, snapshot, err, next)
	}
}

// plan records when the next poll is due.
func (c *Collector) plan(t *target, next time.Time) {
	c.metrics.next.WithLabelValues(t.project.config.Name, t.window.Name).Set(unixSeconds(next))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.Next = next
}

// begin records that a poll begins, and returns when.
func (c *Collector) begin(t *target) time.Time {
	now := time.Now()
	c.metrics.lastAttempt.WithLabelValues(t.project.config.Name, t.window.Name).Set(unixSeconds(now))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.LastAttempt = now
	return now
}

func keyRefused(err error) bool {
	result := statsig.ResultOf(err)
	return result == statsig.Unauthorized || result == statsig.Forbidden
}

// keyChanged tells whether the project's key can be read and is another one.
func (p *project) keyChanged(used statsig.Secret) bool {
	key, err := p.config.Key.Read()
	return err == nil && key != used
}

func retryAt(err error) time.Time {
	var e *statsig.Error
	if errors.As(err, &e) {
		return e.RetryAt
	}
	return time.Time{}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// poll asks for the newest window and, while there is no data, for older ones.
// It returns the key that it used, which is zero if none could be read.
func (c *Collector) poll(ctx context.Context, t *target, newest statsig.Window) (statsig.Secret, *Snapshot, error) {
	key, err := t.project.config.Key.Read()
	if err != nil {
		return key, nil, &statsig.Error{Result: statsig.Unauthorized, Err: err}
	}
	poll, err := t.project.client.Begin(ctx, key, c.config.Global.PollTimeout)
	if err != nil {
		return key, nil, err
	}
	defer poll.Close()
	window := newest
	for tried := 0; ; tried++ {
		snapshot, err := c.fetch(poll, t, window)
		if statsig.ResultOf(err) != statsig.NoData {
			return key, snapshot, err
		}
		older := t.window.Older(window)
		if tried >= t.window.Lookback || t.window.Current || t.isPast(older) {
			return key, nil, fmt.Errorf("no data from %s on: %w", window.Start.Format(time.RFC3339), err)
		}
		window = older
	}
}

// isPast tells whether a window is older than what is served.
func (t *target) isPast(w statsig.Window) bool {
	served := t.snapshot.Load()
	return served != nil && w.End.Before(served.Window.End)
}

// fetch asks for one window and maps its report.
func (c *Collector) fetch(poll *statsig.Poll, t *target, window statsig.Window) (*Snapshot, error) {
	snapshot := &Snapshot{Window: window}
	err := poll.Report(window, func(body *statsig.Body) error {
		var err error
		snapshot.Report, err = c.read(poll.Context(), t.project, body)
		snapshot.Bytes = body.Bytes()
		return err
	})
	if errors.Is(err, report.ErrNoRows) {
		err = &statsig.Error{Result: statsig.NoData, Err: err}
	}
	if err != nil {
		return nil, err
	}
	snapshot.Time = time.Now()
	snapshot.Expires = c.expiry(t, snapshot)
	snapshot.encode(t.project.config, t.window.Name, c.config.Helps)
	return snapshot, nil
}

// read maps a report. One report of a project is mapped at a time, as the roles
// of its columns are kept for the next one, and only so many at all.
func (c *Collector) read(ctx context.Context, p *project, body *statsig.Body) (*report.Report, error) {
	if err := acquire(ctx, p.turn); err != nil {
		return nil, err
	}
	defer func() { <-p.turn }()
	if err := acquire(ctx, c.slots); err != nil {
		return nil, err
	}
	defer func() { <-c.slots }()
	r, err := readSpooled(body, report.Request{Options: p.config.Report, Known: p.known, Explain: c.explain}, c.spoolDir)
	if err != nil {
		return nil, err
	}
	p.known = r.Mapping
	return r, nil
}

// readSpooled reads a report with a spool in dir, if it needs one.
func readSpooled(src io.Reader, req report.Request, dir string) (*report.Report, error) {
	var kept *spool.Spool
	req.NewSpool = func() (report.Spool, error) {
		kept = spool.New(dir)
		return kept, nil
	}
	r, err := report.Read(src, req)
	if kept != nil {
		_ = kept.Close() // the file has no name, and was read to its end
	}
	return r, err
}

// expiry returns when the snapshot stops being served: a running period's with
// the period, and every one once it is stale.
func (c *Collector) expiry(t *target, s *Snapshot) time.Time {
	var at time.Time
	if t.window.Current {
		at = t.window.PeriodEnd(s.Window)
	}
	if after := c.config.Global.StaleAfter; after > 0 {
		if stale := s.Time.Add(after); at.IsZero() || stale.Before(at) {
			at = stale
		}
	}
	return at
}

// publish makes a snapshot the one that is served. It is encoded before, so that
// no scrape waits for that.
func (c *Collector) publish(t *target, s *Snapshot) {
	var before *exposition.Segment
	if old := t.snapshot.Load(); old != nil {
		before = old.segment
	}
	c.responder.Prepare(s.segment, before)
	t.snapshot.Store(s)
}

// record counts a poll that has ended, publishes its snapshot if it has one, and
// returns how many polls have failed since the last success.
func (c *Collector) record(t *target, begun time.Time, snapshot *Snapshot, err error) (failures int) {
	project, window := t.project.config.Name, t.window.Name
	result := statsig.ResultOf(err)
	now := time.Now()
	up := 0.0
	if err == nil {
		up = 1
		c.publish(t, snapshot)
		c.metrics.lastSuccess.WithLabelValues(project, window).Set(unixSeconds(now))
	}
	c.metrics.polls.WithLabelValues(project, window, string(result)).Inc()
	c.metrics.up.WithLabelValues(project, window).Set(up)
	c.metrics.duration.WithLabelValues(project, window).Observe(now.Sub(begun).Seconds())

	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.Result, t.status.Err = result, err
	t.status.Failures++
	if err == nil {
		t.status.Failures, t.status.LastSuccess = 0, now
	}
	return t.status.Failures
}
