package report

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"time"

	"statsig_exporter/collector/report/when"
)

// maxSkippedLines is how many lines of skipped cells are remembered of a column.
const maxSkippedLines = 5

// timeColumn is a column whose cells are read as times.
type timeColumn struct {
	*Column
	reader *when.Reader
}

// aggregator turns the rows of a report into series.
type aggregator struct {
	opts    Options
	mapping *Mapping
	columns []Column  // of the mapping
	labels  []*Column // sorted by label name, as the values in a key are
	list    int       // the one of labels whose cells are lists; -1: none
	names   []string  // of the labels
	values  []*Column
	formats []numberFormat // of the values
	times   []timeColumn
	table   *table
	out     *Report
	ruler   *ruler     // nil: there are no rules
	foldBy  int        // the metric by which series are ranked; -1: the report lacks it
	explain []distinct // of the cells of each column; nil unless asked for

	meters    []*metered
	calendar  calendar // for meters
	groupDays int      // of all meters

	row     row
	same    int32  // the series that has the row's label cells as they are; -1: none
	samples []cell // of the row, by value column
	dropped []cell // of the rows that rules drop
	key     []byte // of the row's cells as they are: of the labels, and of keys of lookups
	fit     []byte // and as label values
	odd     []int  // the first lines of rows with another number of fields
	seed    maphash.Seed
	newest  int64
}

// complete adds the ends of the report, unless they are totals, and returns the report.
func (a *aggregator) complete(in *input, ends held) (*Report, error) {
	sums := make([]float64, len(a.columns))
	for i, c := range a.values {
		sums[c.Index] = a.table.total(i) + a.dropped[i].total()
	}
	totals, rows := ends.split(a.mapping, sums, a.out.Rows-a.out.Skipped.FieldCount)
	for _, r := range rows {
		if err := a.add(r); err != nil {
			return nil, err
		}
	}
	for _, r := range totals {
		a.out.Rows++
		a.out.Skipped.TotalRow++
		a.mapping.totals = append(a.mapping.totals, r.line) // while nobody else has the mapping yet
	}
	r, err := a.finish()
	if err != nil {
		return nil, err
	}
	r.warnOfLookups(a.ruler)
	r.warnOfRows(in, a.odd)
	r.warnOfSummaries()
	r.warnOfColumns()
	return r, nil
}

func newAggregator(mapping *Mapping, req Request) *aggregator {
	a := &aggregator{opts: req.Options, mapping: mapping, columns: mapping.Columns, seed: maphash.MakeSeed(), newest: math.MinInt64}
	a.out = &Report{Mapping: mapping, Accounts: make([]Account, len(mapping.Columns))}
	for i := range mapping.Columns {
		c := &mapping.Columns[i]
		switch c.Role {
		case RoleLabel:
			a.labels = append(a.labels, c)
		case RoleValue:
			a.values = append(a.values, c)
			a.formats = append(a.formats, c.format())
			a.out.Metrics = append(a.out.Metrics, Metric{Name: c.Metric, Aggregate: c.Aggregate})
		case RoleTime:
			if c.Primary || req.Explain {
				a.times = append(a.times, timeColumn{c, c.times(a.opts.Location)})
			}
		}
	}
	slices.SortFunc(a.labels, func(c, d *Column) int { return cmp.Compare(c.Label, d.Label) })
	a.list = slices.IndexFunc(a.labels, func(c *Column) bool {
		return c.pinned() && c.published.name == sourcesLabel
	})
	for _, c := range a.labels {
		a.names = append(a.names, c.Label)
	}
	if len(a.values) == 0 {
		a.out.Metrics = []Metric{{Name: rowsMetric, Aggregate: AggregateCount}}
	}
	a.table = newTable(a.out.Metrics)
	a.samples, a.dropped = make([]cell, len(a.out.Metrics)), make([]cell, len(a.out.Metrics))
	if a.opts.Rules != nil {
		a.ruler = newRuler(a.opts.Rules, mapping, a.labels)
	}
	if a.opts.FoldBy != "" {
		a.foldBy = a.out.metric(a.opts.FoldBy)
	}
	a.meters, a.calendar = newMeters(a.opts.Meters, a.out), newCalendar(mapping, a.opts)
	if req.Explain {
		a.explain = newDistincts(len(mapping.Columns))
	}
	return a
}

// add adds a row.
func (a *aggregator) add(r row) error {
	a.row, a.same = r, -1
	a.out.Rows++
	if !r.whole {
		a.out.Skipped.FieldCount++
		if len(a.odd) < maxSkippedLines {
			a.odd = append(a.odd, r.line)
		}
		return nil
	}
	for i := range a.explain {
		if cell := trim(r.fields[i]); len(cell) > 0 {
			a.explain[i].add(maphash.Bytes(a.seed, cell))
		}
	}
	if !a.readValues(a.readTime()) {
		return nil
	}
	series, err := a.series()
	if err == nil {
		err = a.checkSize()
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", r.line, err)
	}
	if series < 0 {
		a.out.Skipped.Relabelled++
		for i, how := range a.table.metrics {
			a.dropped[i].merge(how, a.samples[i])
		}
		return nil
	}
	if len(a.meters) > 0 {
		a.meter(series)
	}
	cells := a.table.at(series)
	for i, how := range a.table.metrics {
		cells[i].merge(how, a.samples[i])
	}
	return nil
}

// series returns the row's series, made if need be, or -1 if a rule drops the row.
func (a *aggregator) series() (int32, error) {
	a.key = a.key[:0]
	inputs := a.labels
	if a.ruler != nil {
		inputs = a.ruler.inputs
	}
	for _, c := range inputs {
		a.key = appendValue(a.key, a.row.fields[c.Index])
	}
	if a.ruler == nil {
		return a.plainSeries(), nil
	}
	return a.ruledSeries()
}

// plainSeries returns the series of the row whose key is a.key. A key of cells as they
// are is found only if they all are fit to be label values.
func (a *aggregator) plainSeries() int32 {
	if i, ok := a.table.rows[string(a.key)]; ok {
		a.same = i
		return i
	}
	a.fit = a.fit[:0]
	for i := range a.labels {
		a.fit = appendValue(a.fit, a.value(i))
	}
	return a.table.series(a.fit)
}

// value returns the row's value of one of the labels.
func (a *aggregator) value(label int) []byte {
	cell := a.row.fields[a.labels[label].Index]
	if label == a.list {
		cell = sorted(cell)
	}
	return cut(cell, a.opts.LabelValueLimit)
}

// readTimesWith takes the readers of evidence that read times in the same way as its own:
// a cell that one side has read costs the other a comparison.
func (a *aggregator) readTimesWith(found []evidence) {
	for i := range a.times {
		t := &a.times[i]
		if r := found[t.Index].times.Reader; r.Hint == t.reader.Hint {
			r.Order, t.reader = t.reader.Order, r
		}
	}
}

// readTime returns the primary time of the row in Unix microseconds. A row
// without one is older than any other.
func (a *aggregator) readTime() int64 {
	primary := int64(math.MinInt64)
	for i := range a.times {
		c := &a.times[i]
		cell := trim(a.row.fields[c.Index])
		at, ok := c.reader.Read(cell)
		if !ok && isEmpty(cell) {
			continue
		}
		if !ok {
			a.skip(c.Column)
			if c.Primary {
				a.out.Skipped.NotATime++
			}
			continue
		}
		if c.Primary {
			primary = at
			a.newest = max(a.newest, at)
		}
	}
	return primary
}

// readValues reads the samples of the row and reports whether there are any.
func (a *aggregator) readValues(at int64) bool {
	if len(a.values) == 0 {
		a.samples[0] = cell{n: 1}
		return true
	}
	some := false
	for i, c := range a.values {
		a.samples[i] = cell{}
		text := trim(a.row.fields[c.Index])
		n := a.formats[i].parse(text)
		if !n.ok && isEmpty(text) {
			continue
		}
		if !n.ok || n.unit != c.Unit && n.unit != "" && c.Unit != "" {
			a.skip(c)
			a.out.Skipped.NotANumber++
			continue
		}
		a.samples[i] = sample(c.Aggregate, n.value, at, int64(a.row.number))
		some = true
	}
	return some
}

// skip counts a cell of the current row that could not be read.
func (a *aggregator) skip(c *Column) {
	account := &a.out.Accounts[c.Index]
	account.Skipped++
	if len(account.Lines) < maxSkippedLines {
		account.Lines = append(account.Lines, a.row.line)
	}
}

// finish applies the series limit and completes the report.
func (a *aggregator) finish() (*Report, error) {
	r := a.out
	if r.Skipped.FieldCount*2 >= r.Rows {
		return nil, fmt.Errorf("the header has %d fields, and %d of %d rows have another number", len(a.columns), r.Skipped.FieldCount, r.Rows)
	}
	if len(a.table.keys) == 0 && r.Skipped.NotANumber > 0 && r.Skipped.Relabelled == 0 {
		c := a.values[slices.IndexFunc(a.values, func(c *Column) bool { return r.Accounts[c.Index].Skipped > 0 })]
		return nil, fmt.Errorf("line %d: the cell of %q is not a number, nor is any other value", r.Accounts[c.Index].Lines[0], c.Name)
	}
	r.Meters = a.meterSums()
	a.meters = nil
	if a.ruler != nil {
		a.names = a.ruler.complete(a.table)
		r.Unmatched = a.ruler.lacks()
	}
	r.LabelNames = a.names
	if err := r.serve(a.table, a.opts, a.foldBy); err != nil {
		return nil, err
	}
	for i := range a.explain {
		r.Accounts[i].Distinct = a.explain[i].count()
	}
	for i := range r.Metrics {
		if r.Metrics[i].Aggregate == AggregateSum {
			r.Metrics[i].Total = a.table.total(i)
		}
	}
	if a.newest != math.MinInt64 {
		r.Newest = time.UnixMicro(a.newest).UTC()
	}
	if a.explain != nil {
		r.combinations = a.table.keys
	}
	return r, nil
}
