package collector

import (
	"context"
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
	took      time.Duration // without the wait for the own rate limit
	snapshot  *Snapshot     // nil with an error
	text      *spool.Spool  // the report itself; nil with an error
	err       error
}

// discard gives back the text unread.
func (p pollResult) discard() { _ = p.text.Close() }

// pollGrace is how long a poll may take to end once its time is over or it is
// cancelled.
const pollGrace = 500 * time.Millisecond

// poll polls a target once, and returns within pollGrace of the end of its time
// whatever the connection does. Of the status it changes the time of the last attempt.
func (c *Collector) poll(ctx context.Context, t *target) (p pollResult) {
	var poll *ingest.Poll
	if p.key, p.err = t.project.ingest.Key(); p.err == nil {
		t.lookups, t.file = t.project.ingest.Lookups(), t.project.ingest.ReportFile(t.window)
		ctx, poll, p.err = t.project.ingest.Begin(ctx, p.key)
	}
	c.update(t, func(s *Status) { s.LastAttempt = c.now() })
	if p.err != nil {
		return p
	}
	begun := time.Now()
	// Closing the poll ends ctx, so await has to return before.
	got, ok := await(ctx, pollGrace, func() pollResult {
		got := pollResult{key: p.key}
		got.snapshot, got.text, got.err = c.read(ctx, poll, t)
		got.notBefore = poll.NotBefore()
		return got
	}, func(late pollResult) {
		late.discard()
		poll.Close()
	})
	if ok {
		poll.Close()
		p = got
	} else {
		p.err = context.Cause(ctx)
	}
	p.took = time.Since(begun)
	return p
}

// read fetches the newest report that there is and makes a snapshot of it. The text
// of the report is the caller's to close.
func (c *Collector) read(ctx context.Context, poll *ingest.Poll, t *target) (*Snapshot, *spool.Spool, error) {
	old := t.snapshot.Load()
	var oldest time.Time
	if old != nil {
		oldest = old.Window.End
	}
	m, err := poll.WalkBack(ctx, t.window, oldest)
	if err != nil {
		return nil, nil, err
	}
	s := &Snapshot{Window: m.Window, Report: m.Report, Bytes: m.Bytes, Time: c.now()}
	t.compare(s, old)
	if err := c.encode(ctx, t, s, m); err != nil {
		m.Close()
		return nil, nil, err
	}
	return s, m.Text, nil
}

// await returns what f returns, and true. If f takes longer than grace once ctx has
// ended, it returns false: f goes on by itself, and late gets what it returns.
func await[T any](ctx context.Context, grace time.Duration, f func() T, late func(T)) (got T, ok bool) {
	done := make(chan T, 1)
	go func() { done <- f() }()
	select {
	case got = <-done:
		return got, true
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case got = <-done:
		return got, true
	case <-timer.C:
		go func() { late(<-done) }()
		return got, false
	}
}
