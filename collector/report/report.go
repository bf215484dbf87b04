package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
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
	// Known holds mappings of earlier reports of the same project. Settled roles are
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
	mapping, undecided := newMapping(in.header, in.dialect.comma, req.Options, req.Known)
	if undecided {
		found, err := gather(in, mapping, req.Options)
		if err != nil {
			return nil, err
		}
		mapping.settle(found, req.Options)
		if in, err = open(src); err != nil {
			return nil, err
		}
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

// gather reads all rows for what they say about the columns.
func gather(in *input, mapping *Mapping, opts Options) ([]evidence, error) {
	found := make([]evidence, len(mapping.Columns))
	noPrimary := mapping.onePrimary()
	var wanted []int
	for i := range mapping.Columns {
		c := &mapping.Columns[i]
		found[i] = newEvidence(c, in.dialect.comma == ';')
		if c.open() || c.Role == RoleTime && noPrimary {
			wanted = append(wanted, i)
		}
	}
	for {
		row, err := in.next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if len(row) != len(in.header) {
			continue
		}
		for _, i := range wanted {
			found[i].see(trim(row[i]), opts.Location)
		}
	}
}

// input is a report whose header has been read.
type input struct {
	dialect dialect
	header  []string
	rows    *rowReader
	read    int // rows so far
}

// maxColumns bounds what is held for each column of a report.
const maxColumns = 50_000

// open begins a report: it finds out its encoding and dialect and reads its header.
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
	in := &input{}
	if in.dialect, err = sniff(head); err != nil {
		return nil, err
	}
	in.rows = newRowReader(buffered, in.dialect.comma)
	if in.dialect.hint {
		if _, err := in.rows.next(); err != nil {
			return nil, in.failure(err)
		}
	}
	fields, err := in.rows.next()
	if errors.Is(err, io.EOF) {
		return nil, ErrNoRows
	}
	if err != nil {
		return nil, in.failure(err)
	}
	if len(fields) > maxColumns {
		return nil, fmt.Errorf("line %d: the header has %d fields, more than the %d that a report may have", in.rows.rowLine, len(fields), maxColumns)
	}
	for _, field := range fields {
		in.header = append(in.header, strings.ToValidUTF8(string(trim(field)), "\uFFFD"))
	}
	return in, nil
}

// next returns the next row, or io.EOF. A last row that was cut off is an error.
func (in *input) next() ([][]byte, error) {
	row, err := in.rows.next()
	if err != nil {
		return nil, in.end(err)
	}
	if !in.rows.complete && len(row) < len(in.header) {
		return nil, fmt.Errorf("line %d: the report is cut off: its last line has %d of %d fields and no newline",
			in.rows.rowLine, len(row), len(in.header))
	}
	in.read++
	return row, nil
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
