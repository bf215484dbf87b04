package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"statsig_exporter/collector/report/when"
)

// inference gathers what the cells of a report show about the columns of a mapping that
// leaves something to them.
type inference struct {
	mapping *Mapping
	opts    Options
	found   []evidence
	wanted  []int       // the columns whose cells matter
	guess   *aggregator // adds each row before it is seen; nil: there is none
	unheld  []int       // wanted, without the labels of guess
	unseen  []int       // of each series of guess: rows whose labels have yet to be seen
	twins   *twins
	rows    int // as long as the header
}

func newInference(m *Mapping, opts Options, guess *aggregator) *inference {
	f := &inference{mapping: m, opts: opts, guess: guess, found: make([]evidence, len(m.Columns)), twins: newTwins(m.Columns)}
	noPrimary := m.onePrimary()
	for i := range m.Columns {
		c := &m.Columns[i]
		f.found[i] = newEvidence(c, c.times(opts.Location), m)
		if c.open() || c.Role == RoleValue || c.Role == RoleTime && noPrimary {
			f.wanted = append(f.wanted, i)
			if guess != nil && guess.columns[i].Role != RoleLabel {
				f.unheld = append(f.unheld, i)
			}
		}
	}
	if guess != nil {
		guess.readTimesWith(f.found)
	}
	return f
}

// see adds a row. Where guess has its series already, the cells of labels are only
// counted, and seen in the end once for each series: series are fewer than rows.
func (f *inference) see(r row) {
	if !r.whole {
		return
	}
	f.rows++
	wanted := f.wanted
	if f.guess != nil && f.guess.same >= 0 && len(f.twins.of) == 0 {
		series := int(f.guess.same)
		f.unseen = append(f.unseen, make([]int, max(0, series+1-len(f.unseen)))...)
		f.unseen[series]++
		wanted = f.unheld
	}
	for _, i := range wanted {
		f.found[i].see(trim(r.fields[i]), 1)
	}
	if len(f.twins.of) > 0 {
		f.twins.see(r.fields, f.found)
	}
}

// seeLabels adds the cells of labels that were only counted.
func (f *inference) seeLabels() {
	values := make([]string, len(f.found))
	for series, n := range f.unseen {
		splitKey(f.guess.table.keys[series], values[:len(f.guess.labels)])
		for i, c := range f.guess.labels {
			f.found[c.Index].see(trim([]byte(values[i])), n)
		}
	}
	f.unseen, f.guess = nil, nil
}

// decide returns the mapping that the rows speak for. The first and the last row have a
// say if they are not totals of the others.
func (f *inference) decide(ends held) *Mapping {
	f.seeLabels()
	f.twins.tell(f.mapping.Columns, f.found)
	m := f.mapping.decide(f.found, f.opts)
	sums := make([]float64, len(f.found))
	for i := range f.found {
		sums[i] = f.found[i].point.total()
		if m.Columns[i].Decimal == ',' {
			sums[i] = f.found[i].comma.total()
		}
	}
	if _, rows := ends.split(m, sums, f.rows); len(rows) > 0 {
		for _, r := range rows {
			f.see(r)
		}
		return f.decide(nil)
	}
	nameColumns(m.Columns, f.opts)
	return m
}

// fewColumns bounds the columns of a report that is aggregated while roles are inferred,
// so that both fit in memory, and that is searched for twins.
const fewColumns = 200

// guess returns the mapping that the opening of a report speaks for.
func guess(in *input, undecided *Mapping, opts Options) *Mapping {
	opening := newInference(undecided, opts, nil)
	for _, fields := range in.layout.opening {
		fields, whole := in.layout.end.fit(fields, len(in.header))
		opening.see(row{fields: fields, whole: whole})
	}
	return opening.decide(nil)
}

// infer reads all rows and returns the mapping that they speak for. In the same pass it
// aggregates the rows under a guess; a is nil if the guess was wrong about some column.
func infer(in *input, undecided *Mapping, req Request) (m *Mapping, a *aggregator, ends held, err error) {
	guessed := undecided
	if len(undecided.Columns) <= fewColumns {
		guessed = guess(in, undecided, req.Options)
		a = newAggregator(guessed, req)
	}
	all := newInference(undecided, req.Options, a)
	var failed error
	ends, err = in.between(func(r row) error {
		if a != nil && failed == nil {
			failed = a.add(r)
		}
		all.see(r)
		return nil
	})
	if err != nil {
		return nil, nil, nil, err
	}
	m = all.decide(ends)
	switch {
	case !m.readsAs(guessed):
		return m, nil, nil, nil
	case a != nil:
		a.mapping, a.out.Mapping = m, m
	}
	return m, a, ends, failed
}

// decide returns the mapping with a role and a reading for every column that is
// still open.
func (m Mapping) decide(found []evidence, opts Options) *Mapping {
	m.Columns = slices.Clone(m.Columns)
	for i := range m.Columns {
		c, e := &m.Columns[i], &found[i]
		if c.Role == "" {
			c.infer(e, opts.Decimal)
		}
		switch {
		case c.Role == RoleValue && c.open():
			c.decideValue(e, opts.Decimal)
		case c.Role == RoleTime:
			c.Kept = c.Kept || e.cells > 0
		}
	}
	m.ignoreDays()
	m.decideOrders(found)
	m.choosePrimary(found)
	return &m
}

// infer gives the column the role that its cells and its header speak for.
func (c *Column) infer(e *evidence, setting Decimal) {
	c.Kept = e.cells > 0
	switch {
	case e.cells == 0:
		c.Role, c.Why = RoleIgnore, "every cell is empty"
		return
	case e.says.blank && e.counter.counts(e.cells):
		c.Role, c.Why = RoleIgnore, "it has no header and counts the rows"
		return
	}
	if why, ok := e.times.Times(e.cells); ok {
		c.Role = RoleTime
		if c.pinned() {
			why = "Statsig published this column; " + why
		}
		c.Why, c.because = why, why
		return
	}
	if e.twin != "" {
		c.Role, c.Why = RoleTime, fmt.Sprintf("every cell is the time of column %s, as Unix time", quote(e.twin))
		c.because, c.Numbers = c.Why, true
		return
	}
	_, numbers := e.decimalSign(setting)
	ok := false
	c.Role, c.sentences = RoleLabel, e.spaced*2 > e.cells
	if c.Why, c.warning, ok = e.value(numbers); ok {
		c.Role = RoleValue
	}
	if c.pinned() {
		c.Why = "Statsig published this column; " + c.Why
	}
}

// decideValue sets how the numbers are read and, where nothing is configured or
// known, how they are aggregated.
func (c *Column) decideValue(e *evidence, setting Decimal) {
	sign, numbers := e.decimalSign(setting)
	c.Decimal = cmp.Or(c.Decimal, sign)
	if e.cells > 0 {
		c.Unit = e.unit()
	}
	if c.Aggregate != "" {
		return
	}
	c.Kept, c.Aggregate = e.cells > 0, AggregateSum
	switch {
	case e.says.averages != "":
		c.Aggregate, c.Why = AggregateMean, c.Why+fmt.Sprintf("; averaged, as the header says %q", e.says.averages)
	case e.units[percent]*2 > numbers:
		c.Aggregate, c.Why = AggregateMean, c.Why+"; averaged, as the cells are percentages"
	case e.says.level != "":
		c.warning = fmt.Sprintf("its header says %q, and such numbers do not add up over rows; consider aggregate: mean, last or max", e.says.level)
	case isMeasure(c.Unit):
		c.Why += fmt.Sprintf("; the unit %s is left off", c.Unit)
		c.warning = fmt.Sprintf("its numbers are in %s; the metric has them without the unit", c.Unit)
	}
}

// ignoreDays ignores values whose headers are dates, if there are several: a column
// for each day would be a metric with another name each day.
func (m *Mapping) ignoreDays() {
	var days []*Column
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role == RoleValue && !c.Configured && isDate(c.Header) {
			days = append(days, c)
		}
	}
	if len(days) < 2 {
		return
	}
	for _, c := range days {
		c.Role, c.Why, c.Aggregate, c.warning = RoleIgnore, "the header is a date", "", ""
	}
	days[0].warning = fmt.Sprintf("it is one of %d columns whose headers are dates; all are ignored, because they would be metrics with other names each day; "+
		"export the report with a row for each day", len(days))
}

// isDate reports whether a header is a date, or the name of a month and a day.
func isDate(header string) bool {
	is := func(text string) bool { return when.IsDate([]byte(text)) }
	const year = " 2024" // it has all days
	month := strings.Trim(header, "0123456789 -.")
	return is(header) || month != header && is(month+year) && is(strings.ReplaceAll(header, "-", " ")+year)
}

// decideOrders decides for each time whether the month or the day stands first in its
// dates. Its own cells tell, or else the cells of other times, if they agree. As long as
// no report tells, the day stands first where the header or the delimiter is of a language
// that writes it so, and else the month.
func (m *Mapping) decideOrders(found []evidence) {
	var told [3]bool // by when.Order
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role != RoleTime {
			continue
		}
		if c.Order == when.Open || c.OrderOpen {
			c.Order, c.OrderOpen, c.Why = found[i].times.Order(), false, c.because
		}
		told[c.Order] = true
	}
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role != RoleTime || c.Order != when.Open || !found[i].times.NeedsOrder() {
			continue
		}
		c.OrderOpen = told[when.DayFirst] == told[when.MonthFirst]
		c.Order, c.Why = when.MonthFirst, c.because+"; the month is taken to stand first"
		if c.OrderOpen && (m.Delimiter == ';' || c.times(nil).Hint.DayFirst) || !c.OrderOpen && told[when.DayFirst] {
			c.Order, c.Why = when.DayFirst, c.because+"; the day is taken to stand first"
		}
		if !c.OrderOpen {
			c.Why = c.because + ", in the order of another column"
		}
	}
}

// choosePrimary marks the primary time: the configured or known one, else the
// published one, else the one with the most distinct values, then with the smallest
// maximum, then the first by name.
func (m *Mapping) choosePrimary(found []evidence) {
	var times []*Column
	for i := range m.Columns {
		if c := &m.Columns[i]; c.Role == RoleTime {
			times = append(times, c)
		}
	}
	if len(times) == 0 || slices.ContainsFunc(times, func(c *Column) bool { return c.Primary }) {
		return
	}
	rank := func(c *Column) (pinned, distinct int, greatest int64) {
		if c.pinned() {
			pinned = 1
		}
		e := &found[c.Index]
		return pinned, e.distinct.magnitude(), e.times.Max(c.Order)
	}
	slices.MinFunc(times, func(a, b *Column) int {
		pinnedA, distinctA, greatestA := rank(a)
		pinnedB, distinctB, greatestB := rank(b)
		return cmp.Or(pinnedB-pinnedA, distinctB-distinctA, cmp.Compare(greatestA, greatestB), cmp.Compare(a.Name, b.Name))
	}).Primary = true
}
