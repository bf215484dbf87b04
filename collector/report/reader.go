package report

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"unicode/utf8"
)

// maxRowBytes bounds the memory of one row: with a quote that is never closed, the rest
// of the report is one.
const maxRowBytes = 16 << 20

// readAhead is how much of a report is read at a time: more than the readers below
// buffer, so that they pass it on without copying it.
const readAhead = 128 << 10

// rowReader reads delimited text as RFC 4180 describes it and encoding/csv does:
// blank lines are skipped, CRLF counts as a line feed, inside quotes too. Beyond
// that it takes what programs write by mistake and people can read: any number of
// carriage returns before a line feed, quotes inside a field that does not begin
// with one, text behind a closing quote, and Windows-1252. It hands out bytes of
// its own buffer, and bounds the size and the fields of a row.
type rowReader struct {
	src     io.Reader
	comma   byte
	newline byte
	most    int // fields of a row that are told apart; more are left together

	buf        []byte // unread input is buf[start:end]; blockSize bytes more may be looked at
	start, end int
	quote      int   // of the first quote in buf[start:end], or where to search for it from
	srcErr     error // what ended src, io.EOF included

	line     int // of the first byte at start, from 1
	rowLine  int // on which the row last read begins
	complete bool
	loose    error // of the row last read, if it has text behind a closing quote
	foreign  int   // rows so far that are not UTF-8
	fields   [][]byte
}

func newRowReader(src io.Reader, comma, newline byte) *rowReader {
	return &rowReader{src: src, comma: comma, newline: newline, most: maxColumns + 1, buf: make([]byte, readAhead+blockSize), line: 1}
}

// next returns the fields of the next row that is not blank. They are valid
// until the next call. The error is io.EOF after the last row.
func (r *rowReader) next() ([][]byte, error) {
	for {
		row, quoted, err := r.record()
		if err != nil {
			return nil, err
		}
		if len(row) == 0 {
			continue
		}
		foreign := !utf8.Valid(row)
		r.fields, r.loose = r.fields[:0], nil
		if !quoted {
			r.split(row)
		} else if err := r.splitQuoted(row); err != nil {
			return nil, err
		}
		if foreign {
			r.foreign++
			for i, field := range r.fields {
				r.fields[i] = UTF8(field)
			}
		}
		return r.fields, nil
	}
}

// record consumes one record and returns it without its line ending. An error of the
// source shows once the rows before it have been read.
func (r *rowReader) record() (row []byte, quoted bool, err error) {
	r.rowLine = r.line
	for err == nil {
		if r.end-r.start < readAhead/2 {
			_ = r.fill() // only ahead
		}
		data := r.buf[r.start:r.end]
		n, open := bytes.IndexByte(data, r.newline)+1, false
		if quoted = !r.unquoted(cmp.Or(n, len(data))); quoted {
			n, open = r.quotedEnd(data)
		}
		if n > 0 {
			return r.take(n), quoted, nil
		}
		switch err = r.fill(); {
		case !errors.Is(err, io.EOF), len(data) == 0:
		case open:
			err = fmt.Errorf("line %d: a quote is opened and never closed", r.rowLine)
		default:
			return r.take(len(data)), quoted, nil
		}
	}
	return nil, false, err
}

// quotedEnd returns the length of the record at the beginning of data, or 0 if more must
// be read; open says that data then ends inside quotes. A field that begins with a quote
// hides line ends up to the closing one.
func (r *rowReader) quotedEnd(data []byte) (n int, open bool) {
	for at := 0; at < len(data); at++ {
		if data[at] == '"' {
			if at = closing(data, at); at < 0 {
				return 0, true
			}
		}
		for at < len(data) && data[at] != r.comma && data[at] != r.newline {
			at++
		}
		if at < len(data) && data[at] == r.newline {
			return at + 1, false
		}
	}
	return 0, false
}

// closing returns the place behind the quote that closes the one at a place, or -1.
func closing(data []byte, at int) int {
	for {
		at++
		i := bytes.IndexByte(data[at:], '"')
		if i < 0 {
			return -1
		}
		if at += i + 1; at == len(data) || data[at] != '"' {
			return at
		}
	}
}

// ended reports whether the source has ended. The last rows may still be in the buffer.
func (r *rowReader) ended() bool { return r.srcErr != nil }

// unquoted reports whether the next n bytes have no quote. It remembers where the next
// quote is, so that nothing is searched twice.
func (r *rowReader) unquoted(n int) bool {
	from := max(r.quote, r.start)
	if from < r.start+n && r.buf[from] != '"' {
		i := bytes.IndexByte(r.buf[from:r.end], '"')
		if i < 0 {
			i = r.end - from
		}
		from += i
	}
	r.quote = from
	return from >= r.start+n
}

// take consumes n bytes and returns them without their line ending.
func (r *rowReader) take(n int) []byte {
	row := r.buf[r.start : r.start+n]
	r.start += n
	r.complete = row[n-1] == r.newline
	if r.complete {
		r.line++
		row = row[:n-1]
	}
	if r.quote < r.start { // the row may have quotes, and line ends inside of them
		r.line += bytes.Count(row, []byte{r.newline})
	}
	return bytes.TrimRight(row, "\r")
}

// fill reads more input behind r.end, until the buffer is full.
func (r *rowReader) fill() error {
	if r.srcErr != nil {
		return r.srcErr
	}
	switch {
	case r.start > 0:
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.quote = max(r.quote-r.start, 0)
		r.start = 0
	case r.end < r.room():
	case r.end >= maxRowBytes:
		return fmt.Errorf("line %d: the row is longer than %d MiB", r.rowLine, maxRowBytes>>20)
	default:
		r.buf = append(r.buf, make([]byte, r.room())...)
	}
	before, idle := r.end, 0
	for r.end < r.room() && r.srcErr == nil {
		n, err := r.src.Read(r.buf[r.end:r.room()])
		if idle++; n > 0 {
			idle = 0
		} else if err == nil && idle == 100 {
			err = io.ErrNoProgress
		}
		r.end, r.srcErr = r.end+n, err
	}
	if r.end == before {
		return r.srcErr
	}
	return nil
}

// room is how many bytes of input the buffer holds.
func (r *rowReader) room() int { return len(r.buf) - blockSize }

// split cuts a row without quotes.
func (r *rowReader) split(row []byte) {
	fields, begin, pattern := r.fields, 0, everyByte*uint64(r.comma)
	for at := 0; at < len(row) && len(fields) < r.most; at += blockSize {
		for found := find(row[at:], pattern); found != 0; found &= found - 1 {
			comma := at + bits.TrailingZeros64(found)
			fields = append(fields, row[begin:comma])
			begin = comma + 1
		}
	}
	r.fields = append(fields, row[begin:])
}

const (
	everyByte = 0x0101010101010101 // times a byte is that byte eight times
	blockSize = 64                 // the bytes that a word has a bit for each
)

// find returns a bit for each of the first blockSize bytes of text: 1 if it is the byte
// in pattern. It compares eight bytes at a time, and may look at blockSize bytes behind
// the end of text. The addition sets the highest bit of each byte that differs, and
// carries nothing over into the next; the multiplication gathers the eight bits in the
// highest byte.
func find(text []byte, pattern uint64) (found uint64) {
	const low, high = 0x7f * everyByte, 0x80 * everyByte
	block, n := (*[blockSize]byte)(text[:blockSize]), min(len(text), blockSize)
	others, i := uint64(0), 0
	for ; i < n; i += 8 {
		word := binary.LittleEndian.Uint64(block[i:]) ^ pattern
		gathered := (word&low + low | word) & high * 0x0002040810204081
		others = others>>8 | gathered>>56<<56
	}
	return ^(others >> (blockSize - i)) & (math.MaxUint64 >> (blockSize - n))
}

// splitQuoted cuts a row that has quotes. Fields are unquoted in place, which
// only ever shortens them.
func (r *rowReader) splitQuoted(row []byte) error {
	for more := true; more && len(r.fields) < r.most; {
		var field []byte
		if len(row) == 0 || row[0] != '"' {
			field, row, more = bytes.Cut(row, []byte{r.comma})
		} else {
			var behind []byte
			field, row = unquote(row)
			behind, row, more = bytes.Cut(row, []byte{r.comma})
			if len(behind) > 0 {
				r.loose = fmt.Errorf("line %d: field %d goes on after its closing quote", r.rowLine, len(r.fields)+1)
				if bytes.IndexByte(field, r.newline) >= 0 {
					return r.loose
				}
				field = append(field, behind...)
			}
		}
		r.fields = append(r.fields, unguard(field))
	}
	return nil
}

// unguard removes the guard that keeps spreadsheets from reading a field as a number,
// as in ="007".
func unguard(field []byte) []byte {
	if len(field) > 2 && field[0] == '=' && field[1] == '"' && field[len(field)-1] == '"' {
		return field[2 : len(field)-1]
	}
	return field
}

// unquote takes a quoted field off the front of row.
func unquote(row []byte) (field, rest []byte) {
	w := 0
	for i := 1; i < len(row); i++ {
		switch c := row[i]; {
		case c == '"' && i+1 < len(row) && row[i+1] == '"':
			i++
		case c == '"':
			return row[:w], row[i+1:]
		case c == '\r' && i+1 < len(row) && row[i+1] == '\n':
			continue
		}
		row[w] = row[i]
		w++
	}
	return row[:w], nil
}
