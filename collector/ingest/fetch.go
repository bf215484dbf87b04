package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
	"statsig_exporter/statsig"
)

// ErrJustBegun says that a running period began within this millisecond, so that
// there is nothing to ask for yet.
var ErrJustBegun = errors.New("the period of the window has only just begun")

// Poll is a series of fetches with one key under one deadline.
type Poll struct {
	project *Project
	api     *statsig.Poll
	cancel  context.CancelFunc
}

// Key reads the project's API key. The error is a *statsig.Error.
func (p *Project) Key() (statsig.Secret, error) {
	key, err := p.config.Key.Read()
	if err != nil {
		return statsig.Secret{}, &statsig.Error{Result: statsig.Unauthorized, Err: err}
	}
	return key, nil
}

// Begin waits until the rate limit of key allows a request, and begins a poll that
// ends after poll_timeout, as does the context that it returns. The caller must
// Close the poll. Without lookups that can be read there is no poll: ErrLookup.
func (p *Project) Begin(ctx context.Context, key statsig.Secret) (context.Context, *Poll, error) {
	if _, err := p.rules(p.config.Labels); err != nil {
		return ctx, nil, err
	}
	timeout := p.options.Config.Global.PollTimeout
	api, err := p.client.Begin(ctx, key, timeout)
	if err != nil {
		return ctx, nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, &statsig.Error{
		Result: statsig.Timeout, Err: fmt.Errorf("poll timed out after %s", timeout),
	})
	return ctx, &Poll{project: p, api: api, cancel: cancel}, nil
}

// NotBefore returns the time before which the answers so far want no request; zero
// if they want none.
func (p *Poll) NotBefore() time.Time { return p.api.NotBefore() }

// Close ends the poll.
func (p *Poll) Close() {
	p.cancel()
	p.api.Close()
}

// WalkBack fetches newest and, until it finds data, older periods of the window:
// at most as many as its lookback says, and none that ends before oldest or before the
// project was created.
func (p *Poll) WalkBack(ctx context.Context, window config.Window, newest statsig.Window, oldest time.Time) (*Mapped, error) {
	period := newest
	for tried := 0; ; tried++ {
		m, err := p.Fetch(ctx, window, period)
		if statsig.ResultOf(err) != statsig.NoData {
			return m, err
		}
		older := window.Older(period)
		if !statsig.CreatedAt(err).IsZero() || tried >= window.Lookback || window.Current || older.End.Before(oldest) {
			return nil, fmt.Errorf("no data from %s on: %w", period.Start.Format(time.RFC3339), err)
		}
		period = older
	}
}

// Fetch asks for one period of a window, takes down its report and maps it. A report without
// rows is a *statsig.Error with NoData.
func (p *Poll) Fetch(ctx context.Context, window config.Window, period statsig.Window) (*Mapped, error) {
	var text *spool.Spool
	var size int64
	err := p.api.Report(period, func(body *statsig.Body) (err error) { //nolint:contextcheck // the poll has a context of its own, made of the same one
		discard(text) // of an attempt that was not the last
		text, size, err = receive(body, p.project.options.SpoolDir)
		return err
	})
	if err != nil {
		discard(text)
		return nil, err
	}
	m, err := p.project.mapText(ctx, window, text, size)
	if errors.Is(err, report.ErrNoRows) {
		return nil, &statsig.Error{Result: statsig.NoData, Err: err}
	}
	if err != nil {
		return nil, err
	}
	m.Window = period
	return m, nil
}

// Poll polls the window once, with retries and walk-back.
func (p *Project) Poll(ctx context.Context, window config.Window) (*Mapped, error) {
	key, err := p.Key()
	if err != nil {
		return nil, err
	}
	ctx, poll, err := p.Begin(ctx, key)
	if err != nil {
		return nil, err
	}
	defer poll.Close()
	newest, ok := window.Newest(p.options.Now())
	if !ok {
		return nil, ErrJustBegun
	}
	return poll.WalkBack(ctx, window, newest, time.Time{})
}
