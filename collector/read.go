package collector

import (
	"context"
	"errors"
	"fmt"
	"io"

	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
	"statsig_exporter/statsig"
)

// errRolesSettled says that the roles of the columns were settled in another way
// while a report was mapped: by that of another window of the project.
var errRolesSettled = errors.New("the roles of columns have been settled by the report of another window; read this one again")

// read maps a report by the roles that are kept of the project, and keeps what it
// finds out. Only so many reports are read at a time.
func (c *Collector) read(ctx context.Context, poll *statsig.Poll, p *project, body *statsig.Body) (*report.Report, error) {
	if err := acquire(poll.Context(), c.slots); err != nil { //nolint:contextcheck // the context of the poll is made of this one
		return nil, fmt.Errorf("wait until one of the reports under way (concurrency %d) has been read: %w", cap(c.slots), err)
	}
	defer func() { <-c.slots }()
	known, whole := report.Recall(body, p.roles.all())
	// What is read from the spool takes as long as it takes, unless all is to end.
	r, err := readSpooled(ctx, whole, report.Request{Options: p.config.Report, Known: known, Explain: c.explain}, c.spoolDir)
	if err != nil {
		return nil, err
	}
	if !p.roles.keep(r.Mapping, known) {
		return nil, errRolesSettled
	}
	return r, nil
}

// acquire takes a place in ch, or gives up with the context.
func acquire(ctx context.Context, ch chan struct{}) error {
	select {
	case ch <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// readSpooled reads a report with a spool in dir, if it needs one. It ends with
// ctx.
func readSpooled(ctx context.Context, src io.Reader, req report.Request, dir string) (*report.Report, error) {
	var kept *spool.Spool
	req.NewSpool = func() (report.Spool, error) {
		kept = spool.New(dir)
		return spooled{kept, ctx}, nil
	}
	r, err := report.Read(until{src, ctx}, req)
	if kept != nil {
		_ = kept.Close() // the file has no name, and was read to its end
	}
	return r, err
}

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
