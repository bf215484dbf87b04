package report

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// sniffBytes is how much of a report is looked at to find out how it is written.
const sniffBytes = 64 << 10

// decode strips a byte order mark, and turns UTF-16 into UTF-8. It knows UTF-16 by the
// mark or by zero bytes. Any other text passes: rows that are not UTF-8 are decoded one
// by one.
func decode(src io.Reader) (io.Reader, error) {
	head := bufio.NewReaderSize(src, 32<<10)
	start, err := head.Peek(1 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	text, mark := utf16Decoder{order: binary.BigEndian}, 2
	switch high, low := zeros(start); {
	case bytes.HasPrefix(start, []byte{0xEF, 0xBB, 0xBF}):
		_, err = head.Discard(3)
		return head, err
	case bytes.HasPrefix(start, []byte{0xFE, 0xFF}):
	case bytes.HasPrefix(start, []byte{0xFF, 0xFE}):
		text.order = binary.LittleEndian
	case high*8 >= len(start) && low == 0 && high > 0:
		mark = 0
	case low*8 >= len(start) && high == 0 && low > 0:
		text.order, mark = binary.LittleEndian, 0
	default:
		return head, nil
	}
	_, err = head.Discard(mark)
	return transform.NewReader(head, text), err
}

// utf16Decoder turns UTF-16 into UTF-8. It refuses half a character, which UTF-8 cannot
// hold: a sign in its place would make different cells equal.
type utf16Decoder struct {
	transform.NopResetter
	order binary.ByteOrder
}

var errHalfCharacter = errors.New("the text is UTF-16, and has half a character")

func (d utf16Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		c, size := d.next(src[nSrc:])
		switch {
		case size == 0 && !atEOF:
			return nDst, nSrc, transform.ErrShortSrc
		case size == 0, size == 4 && c == utf8.RuneError:
			return nDst, nSrc, errHalfCharacter
		case nDst+utf8.RuneLen(c) > len(dst):
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst, nSrc = nDst+utf8.EncodeRune(dst[nDst:], c), nSrc+size
	}
	return nDst, nSrc, nil
}

// next returns the first character and its size, which is 0 if text ends inside of it.
func (d utf16Decoder) next(text []byte) (c rune, size int) {
	if len(text) < 2 {
		return 0, 0
	}
	if c = rune(d.order.Uint16(text)); !utf16.IsSurrogate(c) {
		return c, 2
	}
	if len(text) < 4 {
		return 0, 0
	}
	return utf16.DecodeRune(c, rune(d.order.Uint16(text[2:]))), 4
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

// UTF8 returns text that is UTF-8 as it stands, and reads any other as Windows-1252.
// Different bytes stay different: the five that mean nothing there become the control
// characters of the same number.
func UTF8(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	var decoded []byte
	for _, c := range text {
		r := charmap.Windows1252.DecodeByte(c)
		if r == utf8.RuneError {
			r = rune(c)
		}
		decoded = utf8.AppendRune(decoded, r)
	}
	return decoded
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
