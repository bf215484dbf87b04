package report

import (
	"errors"
	"io"
	"slices"
	"time"
)

// ErrNoRows says that a report has only a header, or nothing at all.
var ErrNoRows = errors.New("the report has no rows")

// ErrLookup says that a lookup cannot add its labels: its file is missing or not as it
// should be, or the report has one of the labels.
var ErrLookup = errors.New("rows cannot be looked up")

// Source is a whole report that can be read more than once.
type Source interface {
	// Reader returns the report from its beginning.
	Reader() (io.Reader, error)
}

// Report holds the series of one CSV, and an account of its columns and rows. It is
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
	// Series counts the served series, including the one that others are folded into. Folded
	// and Dropped count the combinations of label values that are not served themselves.
	Series, Folded, Dropped int
	// LabelNames are the names of the label columns, sorted.
	LabelNames []string
	// Metrics are the families, in the order of the value columns.
	Metrics []Metric

	// Meters holds the sums that Options.Meters asks for, by name. It lacks the meters of
	// metrics that the report does not have.
	Meters map[string]MeterSum
	// Unmatched lists the keys that each lookup lacks, in the order of the lookups.
	Unmatched []Unmatched

	// Warnings are sentences about what may surprise a person, the most important first.
	// Quotes of the report are cut and escaped.
	Warnings []string

	table        *table
	combinations []string // keys before the series limit; nil unless Request.Explain was set
	series       []int32  // of the table, sorted by label values
}

// Metric is one family of a report.
type Metric struct {
	Name      string
	Aggregate Aggregate
	// Total is, for AggregateSum, the sum over all accepted rows, even if their series
	// were folded or dropped.
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

// Account holds the counts of one column.
type Account struct {
	Skipped  int   // cells that could not be read
	Lines    []int // of the first few of them
	Distinct int   // values that are not empty, as exactly as in LabelStat; 0 unless asked for
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

// Read reads a report. It reads the source twice if roles must be inferred and the report
// has many columns, or its opening misleads about one. The error is ErrNoRows, ErrLookup, an
// error of the source, or the reason why the report cannot be served, with its line if there is
// one. The report is nil with an error.
func Read(src Source, req Request) (*Report, error) {
	in, err := open(src)
	if err != nil {
		return nil, err
	}
	mapping, undecided := newMapping(in.header, in.layout.comma, req.Options, req.Known)
	var a *aggregator
	var ends held
	if undecided {
		mapping, a, ends, err = infer(in, mapping, req)
		if err == nil && a == nil {
			in, err = open(src)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := mapping.refusePage(req); err != nil {
		return nil, err
	}
	if err := mapping.refuseLookups(req.Options.Rules); err != nil {
		return nil, err
	}
	if a == nil {
		a = newAggregator(mapping, req)
		if ends, err = in.between(a.add); err != nil {
			return nil, err
		}
	}
	return a.complete(in, ends)
}

// metric returns the place of the metric of this name in Metrics, or -1.
func (r *Report) metric(name string) int {
	return slices.IndexFunc(r.Metrics, func(m Metric) bool { return m.Name == name })
}

// Samples yields the label values, in the order of LabelNames, and the value of
// every series that has a sample in the given one of Metrics, sorted by label
// values. The slice is reused from one to the next.
func (r *Report) Samples(metric int) func(yield func(values []string, v float64) bool) {
	how := r.Metrics[metric].Aggregate
	return func(yield func([]string, float64) bool) {
		values := make([]string, len(r.LabelNames))
		for _, i := range r.series {
			c := &r.table.at(i)[metric]
			if c.n == 0 {
				continue
			}
			splitKey(r.table.keys[i], values)
			if !yield(values, c.value(how)) {
				return
			}
		}
	}
}

// WithoutSeries returns the report without its series, which are most of what it
// takes in memory: Samples yields none of them.
func (r *Report) WithoutSeries() *Report {
	bare := *r
	bare.table, bare.combinations, bare.series = nil, nil, nil
	return &bare
}
