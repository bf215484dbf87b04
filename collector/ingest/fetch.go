package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
	"statsig_exporter/statsig"
)

// ErrJustBegun says that a running period began within this millisecond, so that
// there is nothing to ask for yet.
var ErrJustBegun = errors.New("the period of the window has only just begun")

// Poll is a series of fetches from one source under one deadline.
type Poll struct {
	project *Project
	source  source
	cancel  context.CancelFunc
}

// source is where the reports of a poll come from.
type source interface {
	// newest returns the newest period of a window that there can be a report of, and
	// how many older ones may be tried.
	newest(window config.Window) (period statsig.Window, older int, err error)
	// report hands the report of a period to read, which may be called again and must
	// start afresh each time.
	report(ctx context.Context, period statsig.Window, read func(body io.Reader) error) error
	// NotBefore returns the time before which the source wants no request; zero if it
	// names none.
	NotBefore() time.Time
	// Close ends the poll. It may be called again.
	Close()
}

// api is the Console API as a source.
type api struct {
	*statsig.Poll
	now func() time.Time
}

func (a api) newest(window config.Window) (statsig.Window, int, error) {
	period, ok := window.Newest(a.now())
	if !ok {
		return period, 0, ErrJustBegun
	}
	return period, window.Lookback, nil
}

func (a api) report(_ context.Context, period statsig.Window, read func(io.Reader) error) error {
	return a.Report(period, func(body *statsig.Body) error { return read(body) }) //nolint:contextcheck // the poll has a context of its own, made of the same one
}

// Key reads the project's API key; zero for a project that needs none. The error is a
// *statsig.Error.
func (p *Project) Key() (statsig.Secret, error) {
	if p.config.ReportFile != "" {
		return statsig.Secret{}, nil
	}
	key, err := p.config.Key.Read()
	if err != nil {
		return statsig.Secret{}, &statsig.Error{Result: statsig.Unauthorized, Err: err}
	}
	return key, nil
}

// Begin waits until the rate limit of key allows a request, and begins a poll that
// ends after poll_timeout, as does the context that it returns. The caller must
// Close the poll. Without lookups that can be read there is no poll: report.ErrLookup.
func (p *Project) Begin(ctx context.Context, key statsig.Secret) (context.Context, *Poll, error) {
	if _, err := p.rules(p.config.Labels); err != nil {
		return ctx, nil, err
	}
	timeout := p.options.Config.Global.PollTimeout
	poll := &Poll{project: p, source: &reportFile{project: p}}
	if p.config.ReportFile == "" {
		asked, err := p.client.Begin(ctx, key, timeout)
		if err != nil {
			return ctx, nil, err
		}
		poll.source = api{asked, p.options.Now}
	}
	ctx, poll.cancel = context.WithTimeoutCause(ctx, timeout, &statsig.Error{
		Result: statsig.Timeout, Err: fmt.Errorf("poll timed out after %s", timeout),
	})
	return ctx, poll, nil
}

// NotBefore returns the time before which the answers so far want no request; zero
// if they want none.
func (p *Poll) NotBefore() time.Time { return p.source.NotBefore() }

// Close ends the poll.
func (p *Poll) Close() {
	p.cancel()
	p.source.Close()
}

// WalkBack fetches the newest period of the window and, until it finds data, older
// ones: at most as many as its lookback says, and none that ends before oldest or before
// the project was created. The error is ErrJustBegun while there is no period.
func (p *Poll) WalkBack(ctx context.Context, window config.Window, oldest time.Time) (*Mapped, error) {
	period, lookback, err := p.source.newest(window)
	if err != nil {
		return nil, err
	}
	for tried := 0; ; tried++ {
		m, err := p.Fetch(ctx, window, period)
		if statsig.ResultOf(err) != statsig.NoData {
			return m, err
		}
		older := window.Older(period)
		if !statsig.CreatedAt(err).IsZero() || tried >= lookback || older.End.Before(oldest) {
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
	err := p.source.report(ctx, period, func(body io.Reader) (err error) {
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
	return poll.WalkBack(ctx, window, time.Time{})
}
