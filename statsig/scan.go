package statsig

import (
	"bytes"
)

// scanner looks for a key in a stream, across the borders of reads.
type scanner struct {
	forms [][]byte
	tail  []byte // The end of what came before, shorter than the longest form.
	keep  int
}

// newScanner returns a scanner for key, in UTF-8 and UTF-16. It finds nothing
// if the key is so short that it could be in a report by accident.
func newScanner(key string) *scanner {
	if len(key) < quotableKey {
		return &scanner{}
	}
	wide := make([]byte, 0, 2*len(key)+1)
	for _, b := range []byte(key) {
		wide = append(wide, 0, b)
	}
	// Without its first or last zero this is the key in either byte order: all
	// of its characters are ASCII.
	return &scanner{forms: [][]byte{[]byte(key), wide[1:]}, keep: len(wide) - 2}
}

// finds reports whether the stream has shown the key by the end of p.
func (s *scanner) finds(p []byte) bool {
	if len(s.forms) == 0 || len(p) == 0 {
		return false
	}
	seam := append(bytes.Clone(s.tail), p[:min(len(p), s.keep)]...)
	for _, form := range s.forms {
		if bytes.Contains(p, form) || bytes.Contains(seam, form) {
			return true
		}
	}
	if len(p) < s.keep {
		p = seam
	}
	s.tail = append(s.tail[:0], p[max(0, len(p)-s.keep):]...)
	return false
}
