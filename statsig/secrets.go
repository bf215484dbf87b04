package statsig

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

const (
	// secretPart is the length in bytes from which on a part of a secret is one.
	secretPart = 12
	// shortSecret is the length below which a secret is not looked for: it would be
	// found by accident.
	shortSecret = 8
)

// Secrets holds everything that must never be shown: all that the process has held, also keys
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
		s.search = newSecretSearch()
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
	// hints has a bit for every run of four bytes in a part. Of any secretPart
	// bytes, four begin at a multiple of stride.
	hints [1 << 10]uint64
	// bareByte has 0 for bytes that can stand between the letters of a secret without
	// hiding it from a reader: what separates or quotes cells, the zeros of UTF-16, and
	// what is invisible. Other bytes stand for themselves, but for the case of letters
	// and the two alphabets of base64.
	bareByte [256]byte
}

const stride = secretPart - 4

// add adds a secret as it is, in hexadecimal digits, and in base64, where it may
// begin anywhere among other text.
func (s *secretSearch) add(secret string) {
	own := strings.TrimPrefix(secret, "console-") // All keys begin so.
	if len(own) < secretPart {
		own = secret
	}
	if len(own) < shortSecret {
		return
	}
	forms := []string{own, hex.EncodeToString([]byte(own))}
	for i := range 3 {
		forms = append(forms, base64.StdEncoding.EncodeToString([]byte(own[i:len(own)-(len(own)-i)%3])))
	}
	for _, form := range forms {
		s.addText(s.bare(nil, []byte(form)), len(own) < secretPart)
	}
}

func (s *secretSearch) addText(text []byte, whole bool) {
	if whole || len(text) < secretPart {
		if len(text) >= shortSecret {
			s.whole = append(s.whole, text)
		}
		return
	}
	for i := range len(text) - secretPart + 1 {
		s.parts[string(text[i:i+secretPart])] = true
	}
	for i := range len(text) - 3 {
		word, bit := hint(text[i:])
		s.hints[word] |= bit
	}
}

// hint returns the place of the first four bytes of b.
func hint(b []byte) (word int, bit uint64) {
	mixed := binary.LittleEndian.Uint32(b) * 0x9e3779b1 >> 16
	return int(mixed >> 6), 1 << (mixed & 63)
}

// in reports whether bare text holds a secret or a part of one.
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

// newSecretSearch returns a search for nothing yet.
func newSecretSearch() *secretSearch {
	s := &secretSearch{parts: make(map[string]bool)}
	for b := byte('!'); b <= '~'; b++ {
		s.bareByte[b] = b
	}
	for _, b := range []byte("\"'`,;|\\") {
		s.bareByte[b] = 0
	}
	for b := byte('A'); b <= 'Z'; b++ {
		s.bareByte[b] = b + 'a' - 'A'
	}
	s.bareByte['-'], s.bareByte['_'] = '+', '/'
	return s
}

// bare appends to out what bareByte leaves of text.
func (s *secretSearch) bare(out, text []byte) []byte {
	out = slices.Grow(out, len(text))
	n := len(out)
	out = out[:n+len(text)]
	for _, b := range text {
		b = s.bareByte[b]
		out[n] = b
		n += (int(b) + 255) >> 8 // 1 but for 0, without a branch.
	}
	return out[:n]
}

const (
	// seam is how many bytes of a stream are looked at again with what follows them. A
	// part of a secret that is encoded as maxEncodings allow fits in.
	seam = 512
	// otherLetters are the first bytes, in UTF-8, of letters that stand for ASCII: circled,
	// full-width and mathematical ones.
	otherLetters = "\xe2\xef\xf0"
	// maxEncodings is how many times a text may be encoded: what is encoded more
	// often is not worth showing.
	maxEncodings = 2
)

// secretScanner looks for secrets in a stream, across the borders of reads, in UTF-8
// and UTF-16, encoded or not.
type secretScanner struct {
	search *secretSearch
	alike  bool   // Whether what looks like a key counts as one.
	text   []byte // What was read last, from the seam on.
	bare   []byte // Memory for what is bare of it.
}

// finds reports whether the stream has shown a secret by the end of p, and whether
// there may be one that is encoded too often to be found.
func (s *secretScanner) finds(p []byte) (found, encoded bool) {
	s.text = append(s.text, p...)
	defer func() { s.text = s.text[:copy(s.text, s.text[max(0, len(s.text)-seam):])] }()
	text := s.text
	if bytes.IndexByte(text, 0) >= 0 { // Of UTF-16, whose ASCII has a zero in every other byte.
		text = bytes.ReplaceAll(text, []byte{0}, nil)
	}
	if hasAny(text, otherLetters) {
		text = norm.NFKC.Bytes(text)
	}
	encoded = true
	for layer := 0; encoded && layer <= maxEncodings; layer++ {
		s.bare = s.search.bare(s.bare[:0], text)
		if s.search.in(s.bare) || s.alike && keyLike.Match(text) {
			return true, false
		}
		text, encoded = unescape(text)
	}
	return false, encoded
}

// Scan returns a reader of r whose error, once it has read a secret, is an *Error with
// InvalidReport.
func (s *Secrets) Scan(r io.Reader) io.Reader {
	return &scanned{r, secretScanner{search: s.current()}}
}

type scanned struct {
	io.Reader
	secrets secretScanner
}

// Read implements io.Reader.
func (s *scanned) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if found, _ := s.secrets.finds(p[:n]); found {
		return 0, &Error{Result: InvalidReport, Err: errors.New("the report holds a secret")}
	}
	return n, err
}
