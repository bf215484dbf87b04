package statsig

import (
	"errors"
	"fmt"
	"io"
)

// Body is the report as it arrives, decompressed. One goroutine may read it, until
// the function that got it returns.
type Body struct {
	chain  *chain
	answer *answer
	src    io.Reader
	limit  int64
	n      int64
	err    error // What Read returns from now on.
}

func newBody(c *chain, a *answer, src io.Reader) *Body {
	o := c.poll.client.options
	return &Body{chain: c, answer: a, src: o.Secrets.Scan(src), limit: o.MaxReportBytes}
}

// Bytes returns how many bytes Read has handed out.
func (b *Body) Bytes() int64 { return b.n }

// Read reads on. Its errors, other than io.EOF at the end of a whole report,
// are an *Error, or wrap context.Canceled; they stay.
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	// One byte more than allowed tells a report that ends at the limit from one
	// that goes on.
	if room := b.limit - b.n; int64(len(p))-1 > room {
		p = p[:room+1]
	}
	n, err := b.src.Read(p)
	switch {
	case b.n+int64(n) > b.limit:
		n, b.err = 0, b.chain.invalid(fmt.Sprintf("report is larger than the limit of %d bytes", b.limit))
	case err == nil || errors.Is(err, io.EOF):
		b.err = err
	default:
		b.err = b.chain.brokenBody(err)
	}
	b.n += int64(n)
	return n, b.err
}

// deliver hands the body to read. It returns the body's error, whatever read made
// of it, or else the error of read.
func (b *Body) deliver(read func(body *Body) error) error {
	err := read(b)
	if err == nil {
		_, err = io.Copy(io.Discard, b)
	}
	if b.err == nil || errors.Is(b.err, io.EOF) || errors.Is(err, b.err) {
		return err
	}
	return b.err
}

// brokenBody turns an error of a body into one for callers. A body that arrives but
// cannot be decoded is not a network error.
func (c *chain) brokenBody(err error) error {
	switch {
	case errorIn(err).Result != "": // of Secrets.Scan
		return err
	case isCorrupt(err):
		return c.invalid("read report: " + err.Error())
	default:
		return c.broken(readingBody, err)
	}
}
