package ingest

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

// receive takes down a body until its end, or until it turns out not to be a
// report, and returns its size. The spool is the caller's to close, and nil with an
// error. However large a body is and however long it takes, it needs little memory
// and holds up nothing else.
func receive(body io.Reader, dir string) (*spool.Spool, int64, error) {
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
		return nil, 0, err
	}
	return text, n, nil
}

// discard closes a spool that nobody reads; it may be nil. An error loses nothing,
// because the file has no name.
func discard(s *spool.Spool) { _ = s.Close() }

// bounded is a source whose readers fail once ctx has ended.
type bounded struct {
	report.Source
	ctx context.Context // Reader gets none.
}

// Reader implements report.Source.
func (b bounded) Reader() (io.Reader, error) {
	r, err := b.Source.Reader()
	return boundedReader{r, b.ctx}, err
}

type boundedReader struct {
	io.Reader
	ctx context.Context // Read gets none.
}

// Read implements io.Reader.
func (b boundedReader) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	return b.Reader.Read(p)
}
