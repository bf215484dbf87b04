package statsig

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"
)

const (
	// secretPart is the length in bytes from which on a part of a secret is one.
	secretPart = 12
	// shortSecret is the length below which a secret is not looked for: it would be
	// found by accident.
	shortSecret = 8
)

// Secrets are what must never be shown: all that the process has held, also keys
// of other projects and from before a rotation. They are safe for concurrent use.
// The zero value knows none.
type Secrets struct {
	mu     sync.Mutex
	known  map[Secret]bool
	search *secretSearch // nil: to be made
}

// Add adds secrets to the known ones.
func (s *Secrets) Add(secrets ...Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range secrets {
		if s.known[secret] || secret.IsZero() {
			continue
		}
		if s.known == nil {
			s.known = make(map[Secret]bool)
		}
		s.known[secret], s.search = true, nil
	}
}

// current returns a search for the secrets that are known now.
func (s *Secrets) current() *secretSearch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.search == nil {
		s.search = &secretSearch{parts: make(map[string]bool)}
		for secret := range s.known {
			s.search.add(secret.Reveal())
		}
	}
	return s.search
}

// secretSearch looks for secrets and parts of them. It is not changed once it is made.
type secretSearch struct {
	whole [][]byte        // Too short to have parts.
	parts map[string]bool // All runs of secretPart bytes.
	// hints has a bit for every run of four bytes in a secret. Of any secretPart
	// bytes, four begin at a multiple of stride.
	hints [1 << 10]uint64
}

const stride = secretPart - 4

func (s *secretSearch) add(secret string) {
	own := strings.TrimPrefix(secret, "console-") // All keys begin so.
	if len(own) < secretPart {
		if len(secret) >= shortSecret {
			s.whole = append(s.whole, []byte(secret))
		}
		return
	}
	for i := range len(own) - secretPart + 1 {
		s.parts[own[i:i+secretPart]] = true
	}
	for i := range len(own) - 3 {
		word, bit := hint([]byte(own[i:]))
		s.hints[word] |= bit
	}
}

// hint returns the place of the first four bytes of b.
func hint(b []byte) (word int, bit uint64) {
	mixed := binary.LittleEndian.Uint32(b) * 0x9e3779b1 >> 16
	return int(mixed >> 6), 1 << (mixed & 63)
}

// in reports whether text holds a secret or a part of one.
func (s *secretSearch) in(text []byte) bool {
	for _, secret := range s.whole {
		if bytes.Contains(text, secret) {
			return true
		}
	}
	for at := 0; at+4 <= len(text); at += stride {
		if word, bit := hint(text[at:]); s.hints[word]&bit != 0 && s.partAround(text, at) {
			return true
		}
	}
	return false
}

// partAround reports whether the four bytes at a place of text belong to a part.
func (s *secretSearch) partAround(text []byte, at int) bool {
	for i := max(0, at-stride); i <= at && i+secretPart <= len(text); i++ {
		if s.parts[string(text[i:i+secretPart])] {
			return true
		}
	}
	return false
}

// seam is how many bytes of a read are looked at again with the next one.
const seam = 64

// secretScanner looks for secrets in a stream, across the borders of reads, in
// UTF-8 and UTF-16.
type secretScanner struct {
	search *secretSearch
	tail   []byte // The end of what came before.
}

// finds reports whether the stream has shown a secret by the end of p.
func (s *secretScanner) finds(p []byte) bool {
	border := append(bytes.Clone(s.tail), p[:min(len(p), seam)]...)
	for _, text := range [][]byte{border, p} {
		if s.search.in(text) {
			return true
		}
		// Keys are ASCII, of which UTF-16 makes every other byte a zero.
		if bytes.IndexByte(text, 0) >= 0 && s.search.in(bytes.ReplaceAll(text, []byte{0}, nil)) {
			return true
		}
	}
	if len(p) < seam {
		p = border
	}
	s.tail = append(s.tail[:0], p[max(0, len(p)-seam):]...)
	return false
}
