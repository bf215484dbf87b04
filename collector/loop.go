package collector

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/schedule"
	"statsig_exporter/statsig"
)

// loop polls one target until ctx ends.
func (c *Collector) loop(ctx context.Context, t *target) {
	t.pastDue = c.now().Add(pastPause)
	failures := 0 // in a row, refused keys aside: those are not asked again soon
	for {
		if schedule.Wait(ctx, c.now, t.status.Next, c.overtaken(t)) != nil {
			return
		}
		if early := c.now().Before(t.status.Next); early && t.relabelled() {
			c.relabel(ctx, t)
			continue
		} else if early && c.wantsPast(t) {
			c.readPast(ctx, t)
			continue
		}
		p := c.poll(ctx, t)
		if ctx.Err() != nil {
			p.discard()
			if p.notBefore.After(t.status.Next) { // It is not to be repeated sooner.
				c.setNext(t, p.notBefore)
			}
			return
		}
		if errors.Is(p.err, ingest.ErrJustBegun) {
			c.setNext(t, c.now().Add(time.Second))
			continue
		}
		c.save(ctx, t, p)
		c.publish(t, p, c.after(t, p, &failures))
	}
}

// after returns when the poll after p is due.
func (c *Collector) after(t *target, p pollResult, failures *int) time.Time {
	interval := t.project.settings.Global.PollInterval
	switch statsig.ResultOf(p.err) {
	case statsig.Success:
		*failures = 0
		return c.now().Add(schedule.AfterSuccess(interval, rand.Float64()))
	case statsig.Unauthorized, statsig.Forbidden:
		*failures = 0
		return c.now().Add(schedule.AfterSuccess(interval, rand.Float64()))
	}
	*failures++
	next := c.now().Add(schedule.AfterFailure(interval, *failures, rand.Float64()))
	if at := statsig.RetryAt(p.err); at.After(next) {
		// Many polls may be held until the same time.
		next = at.Add(schedule.Spread(rand.Float64()))
	}
	return next
}

// overtaken returns a func that reports whether something is to be done before the next
// poll; nil if there can be nothing.
func (c *Collector) overtaken(t *target) func() bool {
	lacksPast, _ := c.lacksPast(t)
	if p := t.project.config; !t.status.isRefused() && len(p.Labelling.Lookups) == 0 && p.ReportFile == "" && !lacksPast {
		return nil
	}
	return func() bool { return t.rotated() || t.relabelled() || t.replaced() || c.wantsPast(t) }
}

// rotated reports whether the refused key was replaced by one that can be read.
func (t *target) rotated() bool {
	if !t.status.isRefused() {
		return false
	}
	key, err := t.project.ingest.Key()
	return err == nil && key != t.status.key
}

// replaced reports whether the report file has changed since it was read. A file that
// is being written is left alone until the next look.
func (t *target) replaced() bool {
	now := t.project.ingest.ReportFile(t.window)
	settled := now == t.seen
	t.seen = now
	return settled && now != t.file
}

// relabelled reports whether the file of a lookup has changed since it was read.
func (t *target) relabelled() bool { return t.project.ingest.Lookups() != t.lookups }

// relabel serves the stored report with the lookups of now. The next poll is due at once
// if the last one failed because of lookups, or if it succeeded and lookups fail now.
func (c *Collector) relabel(ctx context.Context, t *target) {
	ctx, cancel := context.WithTimeout(ctx, t.project.settings.Global.PollTimeout)
	defer cancel()
	err := c.remap(ctx, t)
	last := t.status.Err
	if errors.Is(last, report.ErrLookup) || last == nil && errors.Is(err, report.ErrLookup) {
		c.setNext(t, c.now())
	}
}
