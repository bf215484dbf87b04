package report

import (
	"bytes"
	"fmt"
	"time"
)

// evidence is what the cells of one column have shown so far. It grows with the
// distinct times of a column at most, never with rows.
type evidence struct {
	says headerSays

	cells    int // that are not empty
	point    int // of them, numbers with a decimal point
	comma    int // and with a decimal comma, where they are counted
	percent  int
	padded   bool
	commas   int  // cells that have a comma
	pointEnd bool // some cell has a point after a comma

	notTime   bool // some cell is no time
	textTimes int
	open      int // dates that can be read in both orders
	weak      bool
	day1      bool // some date can be read only with the day first
	month1    bool // some only with the month first
	distinct  hashSet
	max       [3]int64 // by dateOrder
}

// see adds a cell, trimmed. With commas, numbers with a decimal comma are
// counted too.
func (e *evidence) see(cell []byte, commas bool, loc *time.Location) {
	if isEmpty(cell) {
		return
	}
	e.cells++
	e.seeNumber(cell, commas)
	if !e.notTime {
		e.seeTime(cell, loc)
	}
}

func (e *evidence) seeNumber(cell []byte, commas bool) {
	n := parseNumber(cell, '.')
	if n.ok {
		e.point++
	}
	if n.percent {
		e.percent++
	}
	e.padded = e.padded || n.padded
	if !commas {
		return
	}
	c := parseNumber(cell, ',')
	if c.ok {
		e.comma++
	}
	if c.percent && !n.percent {
		e.percent++
	}
	if i := bytes.IndexByte(cell, ','); i >= 0 {
		e.commas++
		e.pointEnd = e.pointEnd || bytes.IndexByte(cell[i:], '.') > 0
	}
}

func (e *evidence) seeTime(cell []byte, loc *time.Location) {
	m := parseTime(cell, loc)
	if m.ok {
		e.textTimes++
	} else if e.says.time.says {
		m.micros, m.ok = parseBare(cell, e.says.time, loc)
	}
	if !m.ok {
		e.notTime = true
		e.distinct = hashSet{}
		return
	}
	e.weak = e.weak || m.weak
	e.day1 = e.day1 || m.order == orderDayFirst
	e.month1 = e.month1 || m.order == orderMonthFirst
	if m.either {
		e.open++
	}
	first := e.cells == 1
	e.distinct.add(uint64(m.micros))
	for order := range e.max {
		if at, ok := m.in(dateOrder(order)); ok && (first || at > e.max[order]) {
			e.max[order] = at
		}
	}
}

// isTime tells whether every cell is a time, and why.
func (e *evidence) isTime() (why string, ok bool) {
	switch {
	case e.cells == 0 || e.notTime || e.day1 && e.month1:
		return "", false
	case e.textTimes == e.cells && !e.weak && (e.open == 0 || e.day1 || e.month1):
		return "every cell is a date", true
	case !e.says.time.says:
		return "", false
	case e.textTimes == 0:
		return "the header says time and every cell is one, as a number", true
	case e.open > 0 && !e.day1 && !e.month1:
		return "the header says time and every cell is a date; the month is taken to stand first", true
	}
	return "the header says time and every cell is a date", true
}

// order tells how dates of two small numbers are read, and whether a cell has
// decided it, or there was none to decide.
func (e *evidence) order() (order dateOrder, decided bool) {
	switch {
	case e.day1:
		return orderDayFirst, true
	case e.month1:
		return orderMonthFirst, true
	case e.open > 0:
		return orderMonthFirst, false
	}
	return orderOpen, false
}

// decimalSign tells which decimal sign the numbers have, and how many cells are
// numbers with it. In reports with semicolons it is the comma, unless a cell has
// a point after a comma, or none has a comma and some are numbers with a point alone.
func (e *evidence) decimalSign(setting Decimal, semicolons bool) (sign byte, numbers int) {
	switch {
	case setting == DecimalComma, setting == DecimalAuto && semicolons && !e.pointEnd && (e.commas > 0 || e.comma >= e.point):
		return ',', e.comma
	}
	return '.', e.point
}

// isValue tells whether the column is a value, and why it is or is not.
func (e *evidence) isValue(numbers int) (why string, ok bool) {
	share := func() string { return fmt.Sprintf("%d of %d cells are numbers", numbers, e.cells) }
	switch {
	case numbers == 0 || numbers*100 < e.cells*95:
		if numbers > 0 {
			return "only " + share(), false
		}
		return "the cells are text", false
	case e.padded:
		return "the cells are digits, some with leading zeros", false
	case e.says.identifies != "":
		return fmt.Sprintf("the cells are numbers, but the header says that they identify something (%q)", e.says.identifies), false
	case numbers == e.cells:
		return "every cell is a number", true
	}
	return share(), true
}
