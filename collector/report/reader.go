package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxRowBytes bounds the memory that one row can take: a quote that is never
// closed would otherwise hold the whole report.
const maxRowBytes = 16 << 20

// rowReader reads delimited text as RFC 4180 describes it, with the leniencies
// and the strictness of encoding/csv: blank lines are skipped, CRLF counts as a
// line feed (inside quotes too), a quote may stand only around a whole field. In
// contrast to encoding/csv it hands out bytes of its own buffer, bounds the size
// of a row and knows whether the last row ended with a newline.
type rowReader struct {
	src   io.Reader
	comma byte

	buf        []byte // unread input is buf[start:end]
	start, end int
	srcErr     error // what ended src, io.EOF included

	line     int // of the first byte at start, from 1
	rowLine  int // on which the row last read begins
	complete bool
	fields   [][]byte
}

func newRowReader(src io.Reader, comma byte) *rowReader {
	return &rowReader{src: src, comma: comma, buf: make([]byte, 64<<10), line: 1}
}

// next returns the fields of the next row that is not blank. They are valid
// until the next call. The error is io.EOF after the last row.
func (r *rowReader) next() ([][]byte, error) {
	for {
		row, err := r.record()
		if err != nil {
			return nil, err
		}
		if len(row) == 0 {
			continue
		}
		if bytes.IndexByte(row, '"') < 0 {
			r.split(row)
			return r.fields, nil
		}
		return r.fields, r.splitQuoted(row)
	}
}

// record consumes one record and returns it without its line ending. A record
// ends at the first newline that has an even number of quotes before it.
func (r *rowReader) record() ([]byte, error) {
	r.rowLine = r.line
	scanned, quotes := 0, 0
	for {
		data := r.buf[r.start+scanned : r.end]
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			quotes += bytes.Count(data[:i], []byte{'"'})
			scanned += i + 1
			r.line++
			if quotes%2 == 0 {
				return r.take(scanned, true), nil
			}
			continue
		}
		quotes += bytes.Count(data, []byte{'"'})
		scanned += len(data)
		if err := r.fill(); err != nil {
			return r.last(scanned, quotes, err)
		}
	}
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
	row = bytes.TrimSuffix(row, []byte{'\n'})
	return bytes.TrimSuffix(row, []byte{'\r'})
}

// fill reads more input behind r.end.
func (r *rowReader) fill() error {
	if r.srcErr != nil {
		return r.srcErr
	}
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end -= r.start
		r.start = 0
	}
	if r.end == len(r.buf) {
		if r.end >= maxRowBytes {
			return fmt.Errorf("line %d: the row is longer than %d MiB", r.rowLine, maxRowBytes>>20)
		}
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	for range 100 {
		n, err := r.src.Read(r.buf[r.end:])
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

// split cuts a row without quotes.
func (r *rowReader) split(row []byte) {
	r.fields = r.fields[:0]
	for {
		i := bytes.IndexByte(row, r.comma)
		if i < 0 {
			r.fields = append(r.fields, row)
			return
		}
		r.fields = append(r.fields, row[:i])
		row = row[i+1:]
	}
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
