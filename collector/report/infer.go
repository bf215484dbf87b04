package report

import (
	"cmp"
	"fmt"
	"slices"
)

// newMapping gives every column the role that is configured or, where the header
// is still the same, the one that is known. The others are left without one, for
// settle; open tells whether there are any, or anything else that only the cells
// can tell.
func newMapping(header []string, delimiter byte, opts Options, known *Mapping) (m *Mapping, open bool) {
	m = &Mapping{Columns: make([]Column, len(header)), Delimiter: delimiter}
	names := columnNames(header)
	keep := known.sameHeader(names)
	for i, name := range names {
		c := &m.Columns[i]
		*c = Column{Index: i, Header: header[i], Name: name}
		set, configured := opts.Columns[name]
		switch {
		case configured:
			c.configure(set)
		case opts.Unlisted == UnlistedIgnore:
			c.Role, c.Why, c.Configured, c.Settled = RoleIgnore, "not listed", true, true
		}
		if keep {
			c.remember(known.column(name))
		}
		if c.Role == RoleValue {
			c.decimal = presetDecimal(opts.Decimal, delimiter)
		}
		open = open || c.open()
	}
	return m, open
}

// configure takes what is configured for the column. How its cells are read can
// be left to them.
func (c *Column) configure(set ColumnOptions) {
	c.Role, c.Why, c.Configured = set.Role, "configured", true
	c.Aggregate, c.Primary = set.Aggregate, set.Primary
	c.Settled = c.Role != RoleTime
	if c.Role == RoleTime {
		c.clue = timeClue{says: true, dates: true, hourly: readHeader(c.Header).time.hourly}
	}
}

// remember takes what was found out about the same column of an earlier report.
func (c *Column) remember(was *Column) {
	switch {
	case !was.Settled:
	case c.Role == "":
		index := c.Index
		*c = *was
		c.Index = index
	case c.Role == was.Role:
		c.Settled, c.order, c.orderOpen, c.clue = true, was.order, was.orderOpen, was.clue
		c.Aggregate = cmp.Or(c.Aggregate, was.Aggregate)
		c.Primary = c.Primary || was.Primary
	}
}

// presetDecimal returns the decimal sign where the cells have no say in it, and
// else 0: in a report with semicolons they have, each time anew.
func presetDecimal(setting Decimal, delimiter byte) byte {
	switch {
	case setting == DecimalComma:
		return ','
	case setting == DecimalPoint, delimiter != ';':
		return '.'
	}
	return 0
}

// settle gives every column that is still open its role and its reading.
func (m *Mapping) settle(found []evidence, opts Options) {
	for i := range m.Columns {
		c, e := &m.Columns[i], &found[i]
		if c.Role == "" {
			c.infer(e, opts.Decimal, m.Delimiter == ';')
		}
		switch c.Role {
		case RoleValue:
			c.settleValue(e, opts.Decimal, m.Delimiter == ';')
		case RoleTime:
			if order, decided := e.order(); c.order == orderOpen || c.orderOpen {
				c.order, c.orderOpen = order, !decided && order != orderOpen
			}
			c.Settled = c.Settled || e.cells > 0
		}
	}
	m.choosePrimary(found)
}

// infer gives the column the role that its cells and its header speak for.
func (c *Column) infer(e *evidence, setting Decimal, semicolons bool) {
	c.Settled = e.cells > 0
	c.clue = e.says.time
	_, numbers := e.decimalSign(setting, semicolons)
	if e.cells == 0 {
		c.Role, c.Why = RoleIgnore, "every cell is empty"
		return
	}
	if why, ok := e.isTime(); ok {
		c.Role, c.Why = RoleTime, why
		return
	}
	why, ok := e.isValue(numbers)
	c.Role, c.Why = RoleLabel, why
	if ok {
		c.Role = RoleValue
	}
}

// settleValue sets how the numbers are read and, where nothing is configured or
// known, how they are aggregated.
func (c *Column) settleValue(e *evidence, setting Decimal, semicolons bool) {
	sign, numbers := e.decimalSign(setting, semicolons)
	if c.decimal == 0 {
		c.decimal = sign
	}
	if c.Aggregate != "" {
		return
	}
	c.Settled = e.cells > 0
	c.Aggregate = AggregateSum
	switch {
	case e.says.averages != "":
		c.Aggregate = AggregateMean
		c.Why += fmt.Sprintf("; averaged, as the header says %q", e.says.averages)
	case numbers > 0 && e.percent*2 > numbers:
		c.Aggregate = AggregateMean
		c.Why += "; averaged, as the cells are percentages"
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
	first := slices.MinFunc(times, func(a, b int) int {
		ca, cb, ea, eb := &m.Columns[a], &m.Columns[b], &found[a], &found[b]
		return cmp.Or(
			cmp.Compare(eb.distinct.len(), ea.distinct.len()),
			cmp.Compare(ea.max[ca.order], eb.max[cb.order]),
			cmp.Compare(ca.Name, cb.Name),
		)
	})
	m.Columns[first].Primary = true
}
