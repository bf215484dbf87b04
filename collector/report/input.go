package report

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// input is a report whose header has been read.
type input struct {
	layout layout
	header []string
	rows   *rowReader
	read   int // rows so far
	short  int // of them, how many lacked the last field
}

// maxColumns bounds what is held for each column of a report.
const maxColumns = 50_000

// open begins a report: it finds out how it is written and reads its header.
func open(src Source) (*input, error) {
	raw, err := src.Reader()
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	text, err := decode(raw)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	buffered := bufio.NewReaderSize(text, sniffBytes)
	head, err := buffered.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read report: %w", err)
	}
	in := &input{layout: findLayout(bytes.Clone(head))}
	in.rows = newRowReader(buffered, in.layout.comma, in.layout.newline)
	return in, in.readHeader()
}

func (in *input) readHeader() error {
	for in.rows.rowLine < max(1, in.layout.headerLine) {
		_, err := in.rows.next()
		if errors.Is(err, io.EOF) {
			return ErrNoRows
		}
		if err != nil {
			return in.failure(err)
		}
	}
	fields := in.rows.fields
	if len(fields) > maxColumns {
		return fmt.Errorf("line %d: the header has more fields than the %d that a report may have", in.rows.rowLine, maxColumns)
	}
	for _, field := range fields {
		in.header = append(in.header, string(trim(field)))
	}
	in.rows.most = len(fields) + 2
	return in.rows.loose
}

// row is one row of a report, as long as its header if whole is set. It is valid
// until the next one is read.
type row struct {
	fields [][]byte
	whole  bool
	line   int
	number int    // of the row, from 1
	flat   []byte // holds the fields of a copy
}

// next returns the next row, or io.EOF. A last row that was cut off is an error.
func (in *input) next() (row, error) {
	fields, err := in.rows.next()
	if err != nil {
		return row{}, in.end(err)
	}
	had := len(fields)
	fields, whole := in.layout.end.fit(fields, len(in.header))
	// Only a row before this one can show that rows lack the last field.
	if !in.rows.complete && had < len(in.header) && (!whole || in.short == 0) {
		return row{}, fmt.Errorf("line %d: the report is cut off: its last line has %d of %d fields and no newline",
			in.rows.rowLine, had, len(in.header))
	}
	if !whole && in.rows.loose != nil {
		return row{}, in.failure(in.rows.loose)
	}
	in.read++
	if had < len(fields) {
		in.short++
	}
	return row{fields: fields, whole: whole, line: in.rows.rowLine, number: in.read}, nil
}

// end returns the error to report when the rows end with err.
func (in *input) end(err error) error {
	switch {
	case !errors.Is(err, io.EOF):
		return in.failure(err)
	case in.read > 0:
		return io.EOF
	case len(in.header) == 1:
		return errors.New("the body is not a report: it is one line of one field")
	}
	return ErrNoRows
}

func (in *input) failure(err error) error {
	return fmt.Errorf("read report after %d rows: %w", in.read, err)
}

// held are the first and the last whole row of a report: they may be totals of
// the rows between them.
type held []row

// each calls do for the rows of a report in their order.
func (in *input) each(do func(row) error) error {
	for {
		r, err := in.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(r)
		}
		if err != nil {
			return err
		}
	}
}

// between calls do for the rows of a report in their order, but holds back and returns
// the first whole one and the last, if there are any.
func (in *input) between(do func(row) error) (h held, err error) {
	err = in.each(func(r row) error {
		switch {
		case !r.whole:
			return do(r)
		case len(h) == 0:
			h = append(h, r.copyTo(row{}))
		case !in.rows.ended(): // it is not the last
			return do(r)
		case len(h) == 1:
			h = append(h, r.copyTo(row{}))
		default:
			err := do(h[1])
			h[1] = r.copyTo(h[1])
			return err
		}
		return nil
	})
	return h, err
}

// copyTo returns a copy of the row in the memory of another.
func (r row) copyTo(old row) row {
	flat, fields := old.flat[:0], old.fields[:0]
	for _, field := range r.fields {
		flat = append(flat, field...)
	}
	r.flat = flat
	for _, field := range r.fields {
		fields = append(fields, flat[:len(field):len(field)])
		flat = flat[len(field):]
	}
	r.fields = fields
	return r
}
