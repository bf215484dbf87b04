package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Screen passes on what is written to it for as long as it can be a report, so
// that what cannot be one is refused without waiting for its end: a page or JSON
// at its first bytes, an endless row once it is longer than any that is read. It
// is used by one goroutine.
type Screen struct {
	to    io.Writer
	begun bool // something other than space has been seen
	row   int  // bytes since the last newline
}

// NewScreen returns a screen before to.
func NewScreen(to io.Writer) *Screen { return &Screen{to: to} }

// Write implements io.Writer. Its error is that of the writer behind it, or says
// why this is no report.
func (s *Screen) Write(p []byte) (int, error) {
	if !s.begun {
		first := bytes.TrimLeft(bytes.TrimPrefix(p, []byte("\ufeff")), " \t\r\n")
		if err := refuse(first); err != nil {
			return 0, err
		}
		s.begun = len(first) > 0
	}
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		s.row = -i - 1
	}
	if s.row += len(p); s.row > maxRowBytes {
		return 0, fmt.Errorf("a row is longer than %d MiB", maxRowBytes>>20)
	}
	return s.to.Write(p)
}

// refuse returns an error if a body whose first bytes other than space these are is
// a page or JSON.
func refuse(first []byte) error {
	if len(first) > 0 && (first[0] == '<' || first[0] == '{') {
		return fmt.Errorf("the body is no CSV: it begins with %q", first[0])
	}
	return nil
}

// refusePage returns an error if the report is more likely a page of text: it has
// no number and no time, nothing of it is configured or known, and it is one
// column of sentences, or has signs in its header that names do not have, or others
// were read before.
func (m *Mapping) refusePage(req Request) error {
	known := len(req.Known) == 0
	sentences, signs := len(m.Columns) == 1, false
	for _, c := range m.Columns {
		if c.Role == RoleValue || c.Role == RoleTime || c.Configured || c.Role == RoleIgnore && len(m.Columns) == 1 {
			return nil
		}
		sentences = sentences && (strings.ContainsAny(c.Header, " \t,;|") || c.sentences)
		signs = signs || strings.ContainsAny(c.Header, "{}=;<>") || strings.Contains(c.Header, ": ")
		known = known || slices.ContainsFunc(req.Known, func(k *Mapping) bool { return k.byName()[c.Name] != nil })
	}
	switch {
	case sentences || signs:
		return errors.New("the body is no report: it is lines of text")
	case !known:
		return errors.New("the body is no report: it has no number, no time, and no column of the reports before")
	}
	return nil
}
