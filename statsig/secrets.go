package statsig

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

const (
	// secretPart is how many letters and digits of a secret in a row count as the secret.
	secretPart = 12
	// shortSecret is the length in bytes below which no secret is looked for: it would
	// be found by accident.
	shortSecret = 8
)

// Secrets holds every secret that the process has had, including replaced keys: none may
// ever be shown. It is safe for concurrent use. The zero value holds none.
type Secrets struct {
	mu     sync.Mutex
	known  map[Secret]bool
	search *secretSearch // nil: to be made
}

// Add adds secrets. Those that it has already change nothing.
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
		s.search = newSecretSearch(s.known)
	}
	return s.search
}

// secretSearch looks for secrets and parts of them. It is not changed once it is made.
//
// It compares letters and digits alone, in lower case: whatever stands between the
// letters of a secret hides it from no reader.
type secretSearch struct {
	whole [][]byte                  // What is too short to have parts, in letters or as it is.
	parts map[[secretPart]byte]bool // Whatever shows a part of a secret has one of these.
	// hints has a bit for every run of hintBytes letters in a part, by its hash. The
	// length is a power of two.
	hints []uint64
	// letter has letters in lower case, digits, and 0 for every other byte.
	letter [256]byte
}

const (
	hintBytes = 6
	// stride is how far apart hints may be looked for: every part has one.
	stride = secretPart - hintBytes + 1
)

// newSecretSearch returns a search for secrets.
func newSecretSearch(secrets map[Secret]bool) *secretSearch {
	s := &secretSearch{
		parts: make(map[[secretPart]byte]bool),
		hints: make([]uint64, 1<<(11+bits.Len(uint(len(secrets)/16)))), // A twentieth of the bits gets set.
	}
	for _, b := range []byte("0123456789abcdefghijklmnopqrstuvwxyz") {
		s.letter[b], s.letter[bytes.ToUpper([]byte{b})[0]] = b, b
	}
	for secret := range secrets {
		own := []byte(strings.TrimPrefix(secret.Reveal(), "console-")) // All keys begin so.
		if len(s.letters(nil, own)) < secretPart {
			own = []byte(secret.Reveal())
		}
		s.add(own, secretPart, 0)
	}
	return s
}

// add adds a form of a secret and its encodings: hexadecimal digits, base64, and base64
// of base64, where it may begin anywhere among other text. In this form, a part of the
// secret has at least part bytes.
func (s *secretSearch) add(form []byte, part, encodings int) {
	letters := s.letters(nil, form)
	switch {
	case len(form) < shortSecret:
		return
	case len(letters) < shortSecret:
		s.whole = append(s.whole, form)
	case len(letters) < secretPart:
		s.whole = append(s.whole, letters)
	}
	step := max(1, (part-secretPart+1)/2) // Half of what is possible: base64 has more than letters.
	for i := 0; i+secretPart <= len(letters); i += step {
		s.addPart(letters[i : i+secretPart])
	}
	if encodings == 0 {
		s.add(hex.AppendEncode(nil, form), 2*part, maxEncodings) // Of more, the digits could be any number's.
	}
	for i := 0; i < 3 && encodings < maxEncodings; i++ {
		threes := form[i : len(form)-(len(form)-i)%3]
		s.add(base64.StdEncoding.AppendEncode(nil, threes), (8*part-4)/6, encodings+1)
	}
}

func (s *secretSearch) addPart(part []byte) {
	s.parts[[secretPart]byte(part)] = true
	for i := range secretPart - hintBytes + 1 {
		word, bit := s.hint(part[i:])
		*word |= bit
	}
}

// hint returns the place of the first hintBytes of b.
func (s *secretSearch) hint(b []byte) (word *uint64, bit uint64) {
	six := uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint16(b[4:]))<<32
	mixed := six * 0x9e3779b97f4a7c15 >> 32
	return &s.hints[int(mixed>>6)&(len(s.hints)-1)], 1 << (mixed & 63)
}

// hinted reports whether text may begin with hintBytes of a part.
func (s *secretSearch) hinted(text []byte) bool {
	word, bit := s.hint(text)
	return *word&bit != 0
}

// in reports whether text, whose letters are given too, holds a secret or a part of one.
func (s *secretSearch) in(text, letters []byte) bool {
	for _, form := range s.whole {
		if bytes.Contains(letters, form) || bytes.Contains(text, form) {
			return true
		}
	}
	for at := 0; at+hintBytes <= len(letters); at += stride {
		if s.hinted(letters[at:]) && s.partAround(letters, at) {
			return true
		}
	}
	return false
}

// partAround reports whether a part in text has its hint at a place.
func (s *secretSearch) partAround(text []byte, at int) bool {
	for i := max(0, at-stride+1); i <= at && i+secretPart <= len(text); i++ {
		part := text[i : i+secretPart]
		if s.hinted(part[secretPart-hintBytes:]) && s.parts[[secretPart]byte(part)] {
			return true
		}
	}
	return false
}

// letters appends to out the letters and digits of text, in lower case.
func (s *secretSearch) letters(out, text []byte) []byte {
	out = slices.Grow(out, len(text))
	n := len(out)
	out = out[:n+len(text)]
	for _, b := range text {
		b = s.letter[b]
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
	search  *secretSearch
	alike   bool   // Whether what looks like a key counts as one.
	text    []byte // What was read last, from the seam on.
	letters []byte // Memory for its letters.
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
		s.letters = s.search.letters(s.letters[:0], text)
		if s.search.in(text, s.letters) || s.alike && keyLike.Match(text) {
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
