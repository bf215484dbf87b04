package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Screen passes on what is written to it for as long as that can be a report. It
// refuses a page or JSON at its first bytes, and an endless row once it is longer than
// any that Read accepts, without waiting for the end. It is for one goroutine.
type Screen struct {
	to    io.Writer
	begun bool // a character has been seen
	row   int  // bytes since the last newline
}

// NewScreen returns a screen before to.
func NewScreen(to io.Writer) *Screen { return &Screen{to: to} }

// Write implements io.Writer. Its error is from the writer behind it, or says why this
// is not a report.
func (s *Screen) Write(p []byte) (int, error) {
	if !s.begun {
		first := bytes.TrimLeftFunc(p, isBlank)
		s.begun = len(first) > 0
		if s.begun && (first[0] == '<' || first[0] == '{') {
			return 0, fmt.Errorf("the body is not CSV: it begins with %q", first[0])
		}
	}
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		s.row = -i - 1
	}
	if s.row += len(p); s.row > maxRowBytes {
		return 0, fmt.Errorf("a row is longer than %d MiB", maxRowBytes>>20)
	}
	return s.to.Write(p)
}

// isBlank reports whether c is white space, or a part of a byte order mark or of
// UTF-16.
func isBlank(c rune) bool {
	return unicode.IsSpace(c) || c == 0 || c == '\ufeff' || c == utf8.RuneError
}

// refusePage returns an error if the report is more likely a page of text: it has no
// number, no time and no configured column, and either is one column of sentences, or has
// signs in its header that names do not have, or shares no column with earlier reports.
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
		return errors.New("the body is not a report: it is lines of text")
	case !known:
		return errors.New("the body is not a report: it has neither a number nor a time, and no column of the reports before")
	}
	return nil
}
