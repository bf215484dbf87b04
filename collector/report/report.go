package report

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrNoRows is the error for a report that has nothing but a header, or nothing
// at all.
var ErrNoRows = errors.New("the report has no rows")

// Source is a whole report that can be read more than once: first for what its
// columns are, then for their sums.
type Source interface {
	// Reader returns the report from its beginning.
	Reader() (io.Reader, error)
}

// Report is what a CSV became: series with samples, and the account of how. It is
// immutable and safe for concurrent use.
type Report struct {
	Mapping *Mapping
	// Rows counts the rows of the report, the skipped ones included.
	Rows    int
	Skipped Skipped
	// Accounts holds what was counted of every column of Mapping, in its order.
	Accounts []Account
	// Newest is the greatest primary time; zero if there is none.
	Newest time.Time
	// Series, Folded and Dropped count the served series (the one of what was folded
	// included) and the combinations of label values that are no series of their own.
	Series, Folded, Dropped int
	// LabelNames are the names of the label columns, sorted.
	LabelNames []string
	// Metrics are the families, in the order of the value columns.
	Metrics []Metric

	// Meters holds the sums that Options.Meters asks for, by name; those of metrics
	// that the report does not have are missing.
	Meters map[string]MeterSum
	// Unmatched says of each lookup, in their order, which keys it has no row for.
	Unmatched []Unmatched

	// Warnings are sentences about what a person may not expect of the report, the most
	// important first. What they quote of it is cut and escaped.
	Warnings []string

	table  *table
	all    *table  // before the series limit; nil unless Request.Explain was set
	series []int32 // of the table, sorted by label values
}

// Metric is one family of a report.
type Metric struct {
	Name      string
	Aggregate Aggregate
	// Total is, for AggregateSum, the sum over all accepted rows, whatever became of
	// their series.
	Total float64
}

// Skipped counts what was not used.
type Skipped struct {
	NotANumber int // cells of value columns
	FieldCount int // rows with another number of fields than the header
	Relabelled int // rows that a rule has dropped
	NotATime   int // rows whose primary time could not be read; they are used all the same
	TotalRow   int // rows that are the totals of all others
}

// Account is what was counted of one column.
type Account struct {
	Skipped  int   // cells that could not be read
	Lines    []int // of the first few of them
	Distinct int   // values that are not empty; 0 unless asked for
}

// Request says what to read, and how.
type Request struct {
	Options Options
	// Known holds mappings of earlier reports of the same project. Kept roles are
	// taken from the first that is of a report with the same header.
	Known []*Mapping
	// Explain asks for the distinct values of every column.
	Explain bool
}

// Read reads a report: once, or twice if the role of a column has to be inferred.
// Its error is ErrNoRows, that of the source, or says, with a line where there is
// one, why this is no report that could be served. Nothing of a report is returned
// with an error.
func Read(src Source, req Request) (*Report, error) {
	in, err := open(src)
	if err != nil {
		return nil, err
	}
	mapping, undecided := newMapping(in.header, in.layout.comma, req.Options, req.Known)
	if undecided {
		if mapping, err = infer(in, mapping, req.Options); err != nil {
			return nil, err
		}
		if in, err = open(src); err != nil {
			return nil, err
		}
	}
	if err := mapping.refusePage(req); err != nil {
		return nil, err
	}
	nameColumns(mapping.Columns, req.Options)
	return aggregate(in, mapping, req)
}

// WithoutSeries returns the report without its series, which are most of what it
// takes in memory: Samples yields none of them.
func (r *Report) WithoutSeries() *Report {
	bare := *r
	bare.table, bare.all, bare.series = nil, nil, nil
	return &bare
}

// infer reads all rows and returns the mapping that they speak for. Totals of
// other rows have no say.
func infer(in *input, undecided *Mapping, opts Options) (*Mapping, error) {
	found, wanted := undecided.evidence()
	twins, whole := newTwins(undecided.Columns), 0
	see := func(r row) error {
		if r.whole {
			whole++
			for _, i := range wanted {
				found[i].see(trim(r.fields[i]), opts.Location)
			}
			twins.see(r.fields, found)
		}
		return nil
	}
	ends, err := in.between(see)
	if err != nil {
		return nil, err
	}
	twins.tell(undecided.Columns, found)
	m := undecided.decide(found, opts)
	sums := make([]float64, len(found))
	for i := range found {
		sums[i] = found[i].sum(m.Columns[i].decimal)
	}
	if _, rows := ends.split(m, sums, whole); len(rows) > 0 {
		for _, r := range rows {
			_ = see(r) // it returns no error
		}
		twins.tell(undecided.Columns, found)
		m = undecided.decide(found, opts)
	}
	return m, nil
}

// evidence returns an empty one for every column, and the columns whose cells are
// wanted.
func (m *Mapping) evidence() (found []evidence, wanted []int) {
	found = make([]evidence, len(m.Columns))
	noPrimary := m.onePrimary()
	for i := range m.Columns {
		c := &m.Columns[i]
		found[i] = newEvidence(c, m.Delimiter == ';', len(m.Columns))
		if c.open() || c.Role == RoleValue || c.Role == RoleTime && noPrimary {
			wanted = append(wanted, i)
		}
	}
	return found, wanted
}

// input is a report whose header has been read.
type input struct {
	layout layout
	header []string
	rows   *rowReader
	read   int // rows so far
	short  int // of them, those that lacked the last field
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
	if err := refuse(bytes.TrimLeft(head, " \t\r\n")); err != nil {
		return nil, err
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
	if !in.rows.complete && !whole && had < len(in.header) {
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

// end says what it means that the rows end with err.
func (in *input) end(err error) error {
	switch {
	case !errors.Is(err, io.EOF):
		return in.failure(err)
	case in.read > 0:
		return io.EOF
	case len(in.header) == 1:
		return errors.New("the body is no report: it is one line of one field")
	}
	return ErrNoRows
}

func (in *input) failure(err error) error {
	return fmt.Errorf("read report after %d rows: %w", in.read, err)
}
