package collector

import (
	"context"
	"errors"
	"io"

	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
	"statsig_exporter/statsig"
)

// errRolesSettled says that the roles of the columns were settled in another way
// while a report was mapped: by that of another window of the project.
var errRolesSettled = errors.New("the roles of columns have been settled by the report of another window; read this one again")

// read maps a report by the roles that are kept of the project, and keeps what it
// finds out. Only so many reports are read at a time. The spool, unless nil, holds
// the report and is the caller's to close.
func (c *Collector) read(ctx context.Context, poll *statsig.Poll, p *project, body *statsig.Body) (*report.Report, *spool.Spool, error) {
	slotted := &slotReader{ctx: poll.Context(), src: body, slots: p.slots}
	defer slotted.release()
	known, whole := report.Recall(slotted, p.roles.all())
	// What is read from the spool takes as long as it takes, unless all is to end.
	r, text, err := readSpooled(ctx, whole, report.Request{
		Options: p.config.Report, Known: known, Keep: c.options.Store != nil, Explain: c.options.Explain,
	}, c.options.SpoolDir)
	if err == nil && !p.roles.keep(r.Mapping, known) {
		err = errRolesSettled
	}
	if err != nil {
		discard(text)
		return nil, nil, err
	}
	return r, text, nil
}

// readSpooled reads a report with a spool in dir, if it needs one. It ends with
// ctx. The spool is returned if it was to be kept, and is the caller's to close.
func readSpooled(ctx context.Context, src io.Reader, req report.Request, dir string) (*report.Report, *spool.Spool, error) {
	var kept *spool.Spool
	req.NewSpool = func() (report.Spool, error) {
		kept = spool.New(dir)
		return spooled{kept, ctx}, nil
	}
	r, err := report.Read(until{src, ctx}, req)
	if err != nil || !req.Keep {
		discard(kept)
		kept = nil
	}
	return r, kept, err
}

// discard closes a spool, or nil, that nobody reads any more. That cannot lose
// anything: its file has no name.
func discard(s *spool.Spool) { _ = s.Close() }

// spooled is a spool whose reader ends with ctx.
type spooled struct {
	*spool.Spool
	ctx context.Context // Reader gets none.
}

// Reader implements report.Spool.
func (s spooled) Reader() (io.Reader, error) {
	r, err := s.Spool.Reader()
	return until{r, s.ctx}, err
}

// until is a reader that ends with ctx.
type until struct {
	io.Reader
	ctx context.Context // Read gets none.
}

// Read implements io.Reader.
func (u until) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.Reader.Read(p)
}
