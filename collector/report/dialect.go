package report

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffBytes is how much of a report is looked at to find out how it is written.
const sniffBytes = 64 << 10

// decode strips a byte order mark and turns UTF-16 into UTF-8, which it knows by
// its mark or by its zero bytes. All else passes: rows that are not UTF-8 are
// decoded one by one.
func decode(src io.Reader) (io.Reader, error) {
	head := bufio.NewReaderSize(src, 32<<10)
	start, err := head.Peek(1 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	order, marked := unicode.BigEndian, unicode.IgnoreBOM
	switch high, low := zeros(start); {
	case bytes.HasPrefix(start, []byte{0xEF, 0xBB, 0xBF}):
		_, err = head.Discard(3)
		return head, err
	case bytes.HasPrefix(start, []byte{0xFF, 0xFE}), bytes.HasPrefix(start, []byte{0xFE, 0xFF}):
		marked = unicode.ExpectBOM
	case high*8 >= len(start) && low == 0 && high > 0:
	case low*8 >= len(start) && high == 0 && low > 0:
		order = unicode.LittleEndian
	default:
		return head, nil
	}
	return transform.NewReader(head, unicode.UTF16(order, marked).NewDecoder()), nil
}

// zeros counts the zero bytes of text at even and at odd places.
func zeros(text []byte) (even, odd int) {
	for i, c := range text {
		switch {
		case c != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	return even, odd
}

// decodeField returns a field as it stands if it is UTF-8, and else as what it is
// in Windows-1252. Different bytes stay different: the five that mean nothing
// there become the control characters of the same number.
func decodeField(field []byte) []byte {
	if utf8.Valid(field) {
		return field
	}
	var text []byte
	for _, c := range field {
		r := charmap.Windows1252.DecodeByte(c)
		if r == utf8.RuneError {
			r = rune(c)
		}
		text = utf8.AppendRune(text, r)
	}
	return text
}

// lineEnd returns the byte that ends the lines of a text: a line feed, or a
// carriage return where no line feed stands outside quotes.
func lineEnd(text []byte) byte {
	quoted, alone := false, false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			return '\n'
		case c == '\r' && i+1 < len(text) && text[i+1] != '\r' && text[i+1] != '\n':
			alone = true
		}
	}
	if alone {
		return '\r'
	}
	return '\n'
}
