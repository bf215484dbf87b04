package collector

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
)

// receiveBytes is how much of a body is written to the spool at a time.
const receiveBytes = 64 << 10

// receive takes down a body until its end, or until it turns out to be no report.
// The spool holds all of it, is the caller's to close, and nil with an error.
// However long a body takes and however large it is, it takes no memory to speak
// of, and holds up nothing else.
func receive(body io.Reader, dir string) (*spool.Spool, error) {
	text := spool.New(dir)
	to := bufio.NewWriterSize(text, receiveBytes)
	n, err := io.Copy(report.NewScreen(to), body)
	if err == nil {
		err = to.Flush()
	}
	if err != nil {
		discard(text)
		if n > 0 {
			err = fmt.Errorf("read report after %d bytes: %w", n, err)
		}
		return nil, err
	}
	return text, nil
}

// read maps a report of p by the roles that are kept of the project, and keeps
// what it finds out. Only so many reports are mapped at a time.
func (c *Collector) read(ctx context.Context, p *project, text report.Source) (*report.Report, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait until another report has been read: %w", context.Cause(ctx))
	}
	src := until{text, ctx}
	for {
		known := report.Recall(src, p.roles.all())
		r, err := report.Read(src, report.Request{Options: p.config.Report, Known: known, Explain: c.options.Explain})
		if err != nil {
			return nil, err
		}
		// Another window's report may have settled a column in another way meanwhile.
		// Each time one more column is settled, so that this ends.
		if p.roles.keep(r.Mapping, known) {
			return r, nil
		}
	}
}

// discard closes a spool, or nil, that nobody reads any more. That cannot lose
// anything: its file has no name.
func discard(s *spool.Spool) { _ = s.Close() }

// until is a source whose readers end with ctx.
type until struct {
	report.Source
	ctx context.Context // Reader gets none.
}

// Reader implements report.Source.
func (u until) Reader() (io.Reader, error) {
	r, err := u.Source.Reader()
	return untilReader{r, u.ctx}, err
}

type untilReader struct {
	io.Reader
	ctx context.Context // Read gets none.
}

// Read implements io.Reader.
func (u untilReader) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.Reader.Read(p)
}
