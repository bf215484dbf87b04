package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"statsig_exporter/collector/report/when"
)

// newMapping gives every column the role that is configured or, where one of the
// known mappings is of the same header, the one that it has there. The others are
// left without one, for decide; open reports whether there are any, or anything
// else that only the cells can tell.
func newMapping(header []string, delimiter byte, opts Options, known []*Mapping) (m *Mapping, open bool) {
	m = &Mapping{Columns: make([]Column, len(header)), Delimiter: delimiter}
	names := columnNames(header)
	var was map[string]*Column
	sameDelimiter := false
	if i := slices.IndexFunc(known, func(k *Mapping) bool { return k.sameHeader(names) }); i >= 0 {
		was, sameDelimiter = known[i].byName(), known[i].Delimiter == delimiter
	}
	for i, name := range names {
		c := &m.Columns[i]
		*c = Column{Index: i, Header: header[i], Name: name}
		set, configured := opts.Columns[name]
		switch {
		case configured:
			c.configure(set)
		case opts.Unlisted == UnlistedIgnore:
			c.Role, c.Why, c.Configured, c.Kept = RoleIgnore, "not listed", true, true
		}
		if was != nil {
			c.remember(was[name])
		}
		if c.Role == RoleValue {
			c.presetDecimal(opts.Decimal, delimiter, sameDelimiter)
		}
		open = open || c.open()
	}
	findPublished(m.Columns)
	return m, m.onePrimary() || open
}

// configure takes what is configured for the column. How its cells are read can
// be left to them.
func (c *Column) configure(set ColumnOptions) {
	c.Role, c.Why, c.Configured, c.set = set.Role, "configured", true, set
	c.because = c.Why
	c.Aggregate, c.Primary = set.Aggregate, set.Primary
	c.Kept = c.Role != RoleTime
	if c.Role == RoleTime {
		hint := readHeader(c.Header).time
		hint.Time, hint.Numbers, hint.Dates, hint.Serial = true, true, true, true
		c.times.Hint = hint
	}
}

// remember takes what was found out about the same column of an earlier report,
// but for what was configured then and is no longer.
func (c *Column) remember(was *Column) {
	switch {
	case !was.Kept, was.Configured && !c.Configured:
	case c.Role == "":
		index := c.Index
		*c = *was
		c.Index = index
	case c.Role == was.Role:
		c.Kept, c.times, c.orderOpen, c.decimal, c.unit = true, was.times, was.orderOpen, was.decimal, was.unit
		if !was.Configured || was.set == c.set {
			c.Aggregate = cmp.Or(c.Aggregate, was.Aggregate)
			c.Primary = c.Primary || was.Primary
		}
		if was.Configured {
			c.Why = was.Why
		}
	}
}

// presetDecimal sets the decimal sign where the cells have no say in it, and
// else clears it. In a report with semicolons they have, each time anew.
func (c *Column) presetDecimal(setting Decimal, delimiter byte, known bool) {
	switch {
	case setting == DecimalComma:
		c.decimal = ','
	case setting == DecimalPoint:
		c.decimal = '.'
	case delimiter == ';' || !known:
		c.decimal = 0
	}
}

// onePrimary lets a configured primary time win over one that is known. It tells
// whether there are times and none of them is the primary one.
func (m *Mapping) onePrimary() (missing bool) {
	configured, primaries, times := false, 0, 0
	for i := range m.Columns {
		configured = configured || m.Columns[i].Role == RoleTime && m.Columns[i].set.Primary
	}
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role != RoleTime {
			continue
		}
		times++
		c.Primary = c.Primary && (c.set.Primary || !configured)
		if c.Primary {
			primaries++
		}
	}
	return times > 0 && primaries == 0
}

// decide returns the mapping with a role and a reading for every column that is
// still open.
func (m Mapping) decide(found []evidence, opts Options) *Mapping {
	m.Columns = slices.Clone(m.Columns)
	semicolons := m.Delimiter == ';'
	for i := range m.Columns {
		c, e := &m.Columns[i], &found[i]
		if c.Role == "" {
			c.infer(e, opts.Decimal, semicolons)
		}
		switch c.Role {
		case RoleValue:
			if c.open() {
				c.decideValue(e, opts.Decimal, semicolons)
			}
		case RoleTime:
			c.Kept = c.Kept || e.cells > 0
		}
	}
	m.ignoreDays(opts.Location)
	m.decideOrders(found, semicolons)
	m.choosePrimary(found)
	return &m
}

// ignoreDays ignores values whose headers are dates, if there are several: a column
// for each day would be a metric with another name each day.
func (m *Mapping) ignoreDays(loc *time.Location) {
	var days []*Column
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role == RoleValue && !c.Configured && isDate(c.Header, loc) {
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
func isDate(header string, loc *time.Location) bool {
	reads := func(text string) bool {
		_, ok := (when.Format{}).Read([]byte(text), loc)
		return ok
	}
	const year = " 2024" // it has all days
	month := strings.Trim(header, "0123456789 -.")
	return reads(header) || month != header && reads(month+year) && reads(strings.ReplaceAll(header, "-", " ")+year)
}

// refusePage returns an error if the report is more likely a page of text: it has
// no number and no time, nothing of it is configured or known, and it is one
// column of sentences, or has signs in its header that names do not have, or others
// were read before.
func (m *Mapping) refusePage(req Request) error {
	known := len(req.Known) == 0
	sentences, signs := len(m.Columns) == 1, false
	for _, c := range m.Columns {
		if c.Role == RoleValue || c.Role == RoleTime || c.Configured || c.Role == RoleIgnore && len(m.Columns) == 1 {
			return nil
		}
		sentences = sentences && (strings.ContainsAny(c.Header, " \t,;|") || c.sentences)
		signs = signs || strings.ContainsAny(c.Header, "{}=;<>") || strings.Contains(c.Header, ": ")
		known = known || slices.ContainsFunc(req.Known, func(k *Mapping) bool { return k.byName()[c.Name] != nil })
	}
	switch {
	case sentences || signs:
		return errors.New("the body is no report: it is lines of text")
	case !known:
		return errors.New("the body is no report: it has no number, no time, and no column of the reports before")
	}
	return nil
}

// decideOrders finds out in which order the two small numbers of dates are, for
// each time: as its own cells say, else as those of the other times do, if they
// agree. Without either the day is taken to stand first where the header or the
// delimiter is of a language that writes it so, until a report tells.
func (m *Mapping) decideOrders(found []evidence, semicolons bool) {
	var others when.Order
	agree := true
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role != RoleTime || c.times.Order != when.Open && !c.orderOpen {
			continue
		}
		c.times.Order, c.orderOpen, c.Why = found[i].times.Order(), false, c.because
	}
	for _, c := range m.Columns {
		if c.Role == RoleTime && c.times.Order != when.Open {
			agree = agree && (others == when.Open || others == c.times.Order)
			others = c.times.Order
		}
	}
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role != RoleTime || c.times.Order != when.Open || !found[i].times.NeedsOrder() {
			continue
		}
		switch {
		case others != when.Open && agree:
			c.times.Order = others
			c.Why = c.because + ", in the order of another column"
		case c.times.Hint.DayFirst || semicolons:
			c.times.Order, c.orderOpen = when.DayFirst, true
			c.Why = c.because + "; the day is taken to stand first"
		default:
			c.times.Order, c.orderOpen = when.MonthFirst, true
			c.Why = c.because + "; the month is taken to stand first"
		}
	}
}

// infer gives the column the role that its cells and its header speak for.
func (c *Column) infer(e *evidence, setting Decimal, semicolons bool) {
	c.Kept = e.cells > 0
	c.times.Hint = e.says.time
	_, numbers := e.decimalSign(setting, semicolons)
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
		c.because, c.times.Hint = c.Why, when.Hint{Time: true, Numbers: true}
		return
	}
	why, warning, ok := e.value(numbers)
	c.Role, c.Why, c.warning, c.sentences = RoleLabel, why, warning, e.spaced*2 > e.cells
	if ok {
		c.Role = RoleValue
	}
	if c.pinned() {
		c.Why = "Statsig published this column; " + c.Why
	}
}

// decideValue sets how the numbers are read and, where nothing is configured or
// known, how they are aggregated.
func (c *Column) decideValue(e *evidence, setting Decimal, semicolons bool) {
	sign, numbers := e.decimalSign(setting, semicolons)
	if c.decimal == 0 {
		c.decimal = sign
	}
	if e.cells > 0 {
		c.unit = e.unit()
	}
	if c.Aggregate != "" {
		return
	}
	c.Kept = e.cells > 0
	c.Aggregate = AggregateSum
	switch {
	case e.says.averages != "":
		c.Aggregate = AggregateMean
		c.Why += fmt.Sprintf("; averaged, as the header says %q", e.says.averages)
	case numbers > 0 && e.units[percent]*2 > numbers:
		c.Aggregate = AggregateMean
		c.Why += "; averaged, as the cells are percentages"
	case e.says.level != "":
		c.warning = fmt.Sprintf("its header says %q, and such numbers do not add up over rows; consider aggregate: mean, last or max", e.says.level)
	case isMeasure(c.unit):
		c.Why += fmt.Sprintf("; the unit %s is left off", c.unit)
		c.warning = fmt.Sprintf("its numbers are in %s; the metric has them without the unit", c.unit)
	}
}

// choosePrimary marks the primary time: the configured or known one, else the
// one with the most distinct values, then with the smallest maximum, then the
// first by name.
func (m *Mapping) choosePrimary(found []evidence) {
	var times []int
	for i, c := range m.Columns {
		switch {
		case c.Role != RoleTime:
		case c.Primary:
			return
		default:
			times = append(times, i)
		}
	}
	if len(times) == 0 {
		return
	}
	if i := slices.IndexFunc(times, func(i int) bool { return m.Columns[i].pinned() }); i >= 0 {
		m.Columns[times[i]].Primary = true
		return
	}
	first := slices.MinFunc(times, func(a, b int) int {
		ca, cb, ea, eb := &m.Columns[a], &m.Columns[b], &found[a], &found[b]
		return cmp.Or(
			cmp.Compare(eb.times.Distinct(), ea.times.Distinct()),
			cmp.Compare(ea.times.Max(ca.times.Order), eb.times.Max(cb.times.Order)),
			cmp.Compare(ca.Name, cb.Name),
		)
	})
	m.Columns[first].Primary = true
}
