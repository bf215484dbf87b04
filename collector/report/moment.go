package report

import (
	"bytes"
	"time"
)

// dateOrder says how the two small numbers of a date such as 03/04/2026 are
// read.
type dateOrder uint8

const (
	orderOpen       dateOrder = iota // not needed, or not known
	orderMonthFirst                  // 03/04/2026 is the 4th of March
	orderDayFirst                    // 03/04/2026 is the 3rd of April
)

// moment is what a cell says about when. Its zero value says nothing.
type moment struct {
	// micros is Unix time in microseconds. For a date that can be read in both
	// orders it is the reading with the month first, and swapped the other one.
	micros, swapped int64
	order           dateOrder // the only order in which the cell is a date; orderOpen: both, or no matter
	numeric         bool      // the cell is a date of two small numbers and a year
	either          bool      // it is one in both orders, and not the same one
	weak            bool      // a date only where the header says so, such as 1/2/26
	ok              bool
}

// in returns the moment in Unix microseconds, for a column whose dates are
// written in order, and whether the cell is a date in that order.
func (m moment) in(order dateOrder) (int64, bool) {
	switch {
	case !m.ok, m.order != orderOpen && order != orderOpen && m.order != order:
		return 0, false
	case m.either && order == orderDayFirst:
		return m.swapped, true
	}
	return m.micros, true
}

// moment puts the parts together.
func (p *timeParser) moment() moment {
	day := max(p.day, 1)
	if p.day == 0 && !isOfToday(p.year) {
		p.weak = true // 4711-01 is some code
	}
	m := moment{ok: true, weak: p.weak}
	if !p.numeric || p.dayFirst {
		if m.micros, m.ok = p.at(p.month, day); !m.ok {
			return moment{}
		}
		return m
	}
	monthFirst, okMonth := p.at(p.month, day)
	dayFirst, okDay := p.at(day, p.month)
	switch {
	case okMonth && okDay:
		m.numeric = true
		m.micros, m.swapped, m.either = monthFirst, dayFirst, monthFirst != dayFirst
	case okMonth:
		m.micros, m.order, m.numeric = monthFirst, orderMonthFirst, true
	case okDay:
		m.micros, m.order, m.numeric = dayFirst, orderDayFirst, true
	default:
		return moment{}
	}
	return m
}

// isOfToday tells whether a report of today may speak of the year.
func isOfToday(year int) bool { return year >= 1970 && year <= 2100 }

// at returns the parts as Unix microseconds, if they are a date.
func (p *timeParser) at(month, day int) (int64, bool) {
	if p.year < 1 || month < 1 || month > 12 || day < 1 || p.hour > 24 || p.minute > 59 || p.sec > 60 {
		return 0, false
	}
	if p.hour == 24 && p.minute+p.sec+p.nanos > 0 {
		return 0, false
	}
	// The zeroth day of the next month is the last of this one.
	if day > time.Date(p.year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return 0, false
	}
	return time.Date(p.year, time.Month(month), day, p.hour, p.minute, p.sec-p.east, p.nanos, p.loc).UnixMicro(), true
}

// timeReader reads the cells of a time. It remembers the last one, as columns of
// days repeat themselves.
type timeReader struct {
	*Column
	last []byte
	at   int64
	ok   bool
}

func (r *timeReader) read(cell []byte, loc *time.Location) (int64, bool) {
	if !bytes.Equal(cell, r.last) {
		r.last = append(r.last[:0], cell...)
		r.at, r.ok = r.readTime(cell, loc)
	}
	return r.at, r.ok
}

func (c *Column) readTime(cell []byte, loc *time.Location) (int64, bool) {
	if at, ok := parseTime(cell, loc).in(c.order); ok {
		return at, true
	}
	if !c.clue.bare {
		return 0, false
	}
	return parseBare(cell, c.clue, loc)
}
