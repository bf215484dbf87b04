package statsig

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
)

var (
	errNotGzip  = errors.New("the content encoding is gzip but the content is not")
	errTrailing = errors.New("garbage after the end of the gzip stream")
)

// isCorrupt reports whether err says that compressed content is wrong, and not
// that it is cut short.
func isCorrupt(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) ||
		errors.Is(err, gzip.ErrChecksum) || errors.Is(err, errNotGzip) || errors.Is(err, errTrailing)
}

// gunzip decompresses a series of gzip members. Unlike gzip.Reader, it tells a
// short piece of garbage after a member from a member that is cut short, and
// takes empty content as empty.
type gunzip struct {
	src    *bufio.Reader
	member *gzip.Reader // Nil before the first.
	open   bool         // Within a member.
	err    error
}

// Read reads on. A stream that is cut short ends with io.ErrUnexpectedEOF.
func (g *gunzip) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for g.err == nil {
		if !g.open {
			g.err = g.next()
			continue
		}
		n, err := g.member.Read(p)
		if errors.Is(err, io.EOF) {
			g.open, err = false, nil
		}
		g.err = err
		if n > 0 {
			return n, nil
		}
	}
	return 0, g.err
}

// next begins the next member; io.EOF says that there is none.
func (g *gunzip) next() error {
	magic, err := g.src.Peek(2)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case len(magic) == 0:
		return io.EOF
	case magic[0] != 0x1f || len(magic) == 2 && magic[1] != 0x8b:
		if g.member == nil {
			return errNotGzip
		}
		return errTrailing
	}
	if g.member == nil {
		g.member, err = gzip.NewReader(g.src)
	} else {
		err = g.member.Reset(g.src)
	}
	if err != nil {
		return err
	}
	g.member.Multistream(false)
	g.open = true
	return nil
}

// isGzip reports whether src begins as gzip does.
func isGzip(src *bufio.Reader) bool {
	magic, _ := src.Peek(2) // An error comes back with the next read.
	return len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b
}
