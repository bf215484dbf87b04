package report

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// maxRowBytes bounds the memory that one row can take: a quote that is never
// closed would otherwise hold the whole report.
const maxRowBytes = 16 << 20

// readAhead is how much of a report is read at a time. It is more than what the
// readers beneath hold, so that they pass it through without a copy of theirs.
const readAhead = 128 << 10

// rowReader reads delimited text as RFC 4180 describes it, with the leniencies
// and the strictness of encoding/csv: blank lines are skipped, CRLF counts as a
// line feed (inside quotes too), a quote may stand only around a whole field. In
// contrast to encoding/csv it hands out bytes of its own buffer, bounds the size
// of a row and knows whether the last row ended with a newline.
type rowReader struct {
	src   io.Reader
	comma byte

	buf        []byte // unread input is buf[start:end]; blockSize bytes more may be looked at
	start, end int
	quote      int   // the first quote in buf[start:end]; if it is less than end and no quote, it has yet to be looked for, from there
	srcErr     error // what ended src, io.EOF included

	line     int // of the first byte at start, from 1
	rowLine  int // on which the row last read begins
	complete bool
	fields   [][]byte
}

func newRowReader(src io.Reader, comma byte) *rowReader {
	return &rowReader{src: src, comma: comma, buf: make([]byte, readAhead+blockSize), line: 1}
}

// next returns the fields of the next row that is not blank. They are valid
// until the next call. The error is io.EOF after the last row.
func (r *rowReader) next() ([][]byte, error) {
	for {
		row, quoted, err := r.record()
		switch {
		case err != nil:
			return nil, err
		case len(row) == 0:
		case quoted:
			return r.fields, r.splitQuoted(row)
		default:
			r.split(row)
			return r.fields, nil
		}
	}
}

// record consumes one record and returns it without its line ending. A record
// ends at the first newline that has an even number of quotes before it.
func (r *rowReader) record() (row []byte, quoted bool, err error) {
	r.rowLine = r.line
	scanned, quotes := 0, 0
	for {
		data := r.buf[r.start+scanned : r.end]
		i := bytes.IndexByte(data, '\n')
		if i >= 0 {
			data = data[:i+1]
			r.line++
		}
		scanned += len(data)
		if !r.unquoted(scanned) {
			quotes += bytes.Count(data, []byte{'"'})
		}
		if i >= 0 && quotes%2 == 0 {
			return r.take(scanned, true), quotes > 0, nil
		}
		if i >= 0 {
			continue
		}
		if err := r.fill(); err != nil {
			row, err = r.last(scanned, quotes, err)
			return row, quotes > 0, err
		}
	}
}

// unquoted tells whether the next n bytes have no quote. It remembers where the
// next one is: rows before it need not be looked through.
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

// last handles the end of the input after scanned bytes of an unended record.
func (r *rowReader) last(scanned, quotes int, err error) ([]byte, error) {
	switch {
	case !errors.Is(err, io.EOF):
		return nil, err
	case scanned == 0:
		return nil, io.EOF
	case quotes%2 == 1:
		return nil, fmt.Errorf("line %d: a quote is opened and never closed", r.rowLine)
	}
	return r.take(scanned, false), nil
}

// take consumes n bytes and returns them without their line ending.
func (r *rowReader) take(n int, complete bool) []byte {
	row := r.buf[r.start : r.start+n]
	r.start += n
	r.complete = complete
	if complete {
		row = row[:n-1]
	}
	if last := len(row) - 1; last >= 0 && row[last] == '\r' {
		row = row[:last]
	}
	return row
}

// fill reads more input behind r.end.
func (r *rowReader) fill() error {
	if r.srcErr != nil {
		return r.srcErr
	}
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end -= r.start
		r.quote = max(r.quote-r.start, 0)
		r.start = 0
	}
	if r.end == r.room() {
		if r.end >= maxRowBytes {
			return fmt.Errorf("line %d: the row is longer than %d MiB", r.rowLine, maxRowBytes>>20)
		}
		r.buf = append(r.buf, make([]byte, r.room())...)
	}
	for range 100 {
		n, err := r.src.Read(r.buf[r.end:r.room()])
		r.end += n
		if err != nil {
			r.srcErr = err
		}
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// room is how many bytes of input the buffer holds.
func (r *rowReader) room() int { return len(r.buf) - blockSize }

// split cuts a row without quotes.
func (r *rowReader) split(row []byte) {
	fields, begin, pattern := r.fields[:0], 0, everyByte*uint64(r.comma)
	for at := 0; at < len(row); at += blockSize {
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

// find tells which of the first blockSize bytes of text are the one in pattern,
// by a bit for each. It compares eight at a time, and may look at as many as
// blockSize behind the end of text. The addition sets the highest bit of each
// byte that is another one, and nothing carries over into the next; the
// multiplication gathers the eight bits in the highest byte.
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
	r.fields = r.fields[:0]
	for {
		if len(row) == 0 || row[0] != '"' {
			field, rest, more := bytes.Cut(row, []byte{r.comma})
			if bytes.IndexByte(field, '"') >= 0 {
				return fmt.Errorf("line %d: field %d has a quote but does not begin with one", r.rowLine, len(r.fields)+1)
			}
			r.fields = append(r.fields, field)
			if !more {
				return nil
			}
			row = rest
			continue
		}
		field, rest, ok := unquote(row)
		if !ok || len(rest) > 0 && rest[0] != r.comma {
			return fmt.Errorf("line %d: field %d goes on after its closing quote", r.rowLine, len(r.fields)+1)
		}
		r.fields = append(r.fields, field)
		if len(rest) == 0 {
			return nil
		}
		row = rest[1:]
	}
}

// unquote takes a quoted field off the front of row.
func unquote(row []byte) (field, rest []byte, ok bool) {
	w := 0
	for i := 1; i < len(row); i++ {
		switch c := row[i]; {
		case c == '"' && i+1 < len(row) && row[i+1] == '"':
			i++
		case c == '"':
			return row[:w], row[i+1:], true
		case c == '\r' && i+1 < len(row) && row[i+1] == '\n':
			continue
		}
		row[w] = row[i]
		w++
	}
	return nil, nil, false
}
