package report

import (
	"bytes"
	"fmt"
	"math"
	"time"
)

// evidence is what the cells of one column have shown so far. It grows with the
// distinct times of a column at most, never with rows.
type evidence struct {
	says       headerSays
	semicolons bool // the report has them for delimiters, so that commas matter
	isTime     bool // the role is known to be time: a cell that is none does not end the search

	cells    int // that are not empty
	point    int // of them, numbers with a decimal point
	comma    int // and with a decimal comma
	percent  int
	padded   int  // integers with leading zeros
	commas   bool // some cell has a comma; like pointEnd, only looked for where semicolons is set
	pointEnd bool // some cell has a point after a comma

	notTime   bool // some cell is no time
	textTimes int
	last      []byte // of them, that is not weak; columns repeat themselves
	numeric   bool   // some dates are two small numbers and a year
	open      bool   // some of them can be read in both orders
	weak      bool
	day1      bool // some date can be read only with the day first
	month1    bool // some only with the month first
	distinct  distinctSet
	max       [3]int64 // by dateOrder
}

func newEvidence(says headerSays, semicolons bool) evidence {
	return evidence{says: says, semicolons: semicolons, max: [3]int64{math.MinInt64, math.MinInt64, math.MinInt64}}
}

// see adds a cell, trimmed.
func (e *evidence) see(cell []byte, loc *time.Location) {
	if isEmpty(cell) {
		return
	}
	e.cells++
	if e.semicolons && !e.pointEnd {
		e.seeCommas(cell)
	}
	if (e.isTime || !e.notTime) && e.seeTime(cell, loc) {
		return // what is written as a date is no number
	}
	if !isText(cell) {
		e.seeNumber(cell)
	}
}

func (e *evidence) seeCommas(cell []byte) {
	if i := bytes.IndexByte(cell, ','); i >= 0 {
		e.commas = true
		e.pointEnd = bytes.IndexByte(cell[i:], '.') > 0
	}
}

func (e *evidence) seeNumber(cell []byte) {
	if _, places, ok := parsePlain(cell, '.'); ok {
		e.point++
		if places == 0 || isThousands(cell, places) {
			e.comma++
		}
		return
	}
	n := parseNumber(cell, '.')
	c := n
	if bytes.ContainsAny(cell, ",.") {
		c = parseNumber(cell, ',')
	}
	if n.ok {
		e.point++
	}
	if c.ok {
		e.comma++
	}
	if n.percent || c.percent {
		e.percent++
	}
	if n.padded {
		e.padded++
	}
}

// seeTime tells whether the cell is written as a date, and beyond doubt.
func (e *evidence) seeTime(cell []byte, loc *time.Location) (strong bool) {
	if len(e.last) > 0 && bytes.Equal(cell, e.last) {
		e.textTimes++
		return true
	}
	m := parseTime(cell, loc)
	strong = m.ok && !m.weak
	switch {
	case strong:
		e.last = append(e.last[:0], cell...)
		e.textTimes++
	case m.ok:
		e.textTimes++
	case e.says.time.bare:
		m.micros, m.ok = parseBare(cell, e.says.time, loc)
	}
	if !m.ok {
		e.notTime = true
		if !e.isTime {
			e.distinct = distinctSet{}
		}
		return false
	}
	e.weak = e.weak || m.weak
	e.numeric = e.numeric || m.numeric
	e.open = e.open || m.either
	e.day1 = e.day1 || m.order == orderDayFirst
	e.month1 = e.month1 || m.order == orderMonthFirst
	e.distinct.add(uint64(m.micros))
	for order := range e.max {
		at, ok := m.micros, true
		if m.numeric {
			at, ok = m.in(dateOrder(order))
		}
		if ok {
			e.max[order] = max(e.max[order], at)
		}
	}
	return strong
}

// times tells whether every cell is a time, and why.
func (e *evidence) times() (why string, ok bool) {
	switch {
	case e.cells == 0 || e.notTime || e.day1 && e.month1:
		return "", false
	case e.textTimes == e.cells && !e.weak && (!e.open || e.day1 || e.month1):
		return "every cell is a date", true
	case !e.says.time.says:
		return "", false
	case e.textTimes == 0:
		return "the header says time and every cell is one, as a number", true
	}
	return "the header says time and every cell is a date", true
}

// order tells in which order the two small numbers of dates are, as far as the
// cells of the column say.
func (e *evidence) order() dateOrder {
	switch {
	case e.day1:
		return orderDayFirst
	case e.month1:
		return orderMonthFirst
	}
	return orderOpen
}

// decimalSign tells which decimal sign the numbers have, and how many cells are
// numbers with it. In reports with semicolons it is the comma, unless a cell has
// a point after a comma, or no cell has a comma and some are numbers with a point
// alone; in others it is the point. Where that makes the cells no numbers and the
// other sign does, it is the other one: spreadsheets write decimal commas between
// tabs and, quoted, between commas too.
func (e *evidence) decimalSign(setting Decimal, semicolons bool) (sign byte, numbers int) {
	comma := semicolons && !e.pointEnd && (e.commas || e.comma >= e.point)
	switch {
	case setting != DecimalAuto:
		comma = setting == DecimalComma
	case comma && !enough(e.comma, e.cells) && enough(e.point, e.cells):
		comma = false
	case !comma && !enough(e.point, e.cells) && enough(e.comma, e.cells):
		comma = true
	}
	if comma {
		return ',', e.comma
	}
	return '.', e.point
}

// enough tells whether so many numbers among cells make a value.
func enough(numbers, cells int) bool { return numbers > 0 && numbers*100 >= cells*95 }

// isValue tells whether the column is a value, and why it is or is not.
func (e *evidence) isValue(numbers int) (why string, ok bool) {
	share := func() string { return fmt.Sprintf("%d of %d cells are numbers", numbers, e.cells) }
	switch {
	case e.padded > 0 && enough(numbers+e.padded, e.cells):
		return "the cells are digits, some with leading zeros", false
	case !enough(numbers, e.cells) && numbers > 0:
		return "only " + share(), false
	case numbers == 0:
		return "the cells are text", false
	case e.says.identifies != "":
		return fmt.Sprintf("the cells are numbers, but the header says that they identify something (%q)", e.says.identifies), false
	case numbers == e.cells:
		return "every cell is a number", true
	}
	return share(), true
}
