// Package when reads dates and times as the cells of reports write them.
package when

import (
	"bytes"
	"time"
)

// Order says how the two small numbers of a date such as 03/04/2026 are read.
type Order uint8

// The orders of a date's small numbers.
const (
	Open       Order = iota // not needed, or not known
	MonthFirst              // 03/04/2026 is the 4th of March
	DayFirst                // 03/04/2026 is the 3rd of April
)

// Hint says what a header promises about the times below it.
type Hint struct {
	Time     bool // the cells may be times, however they are written
	Numbers  bool // numbers may be times: Unix time, or those below
	Dates    bool // six and eight digits may be a date
	Hourly   bool // ten digits may be a date and an hour
	Serial   bool // five digits may be the day number of a spreadsheet
	DayFirst bool // the header's language writes the day before the month
}

// Reader reads the cells of a column as times. A cell that repeats the one before costs
// a comparison. It is for one goroutine.
type Reader struct {
	Hint  Hint
	Order Order
	Zone  *time.Location // of cells that name none

	cell   []byte // the last one
	moment moment
}

// Read reads a trimmed cell as Unix time in microseconds.
func (r *Reader) Read(cell []byte) (micros int64, ok bool) { return r.read(cell).in(r.Order) }

// read returns a moment that stays as it is until the next one is read.
func (r *Reader) read(cell []byte) *moment {
	if bytes.Equal(cell, r.cell) {
		return &r.moment
	}
	r.cell, r.moment = append(r.cell[:0], cell...), parse(cell, r.Zone)
	if !r.moment.ok && r.Hint.Numbers {
		r.moment.micros, r.moment.ok = parseNumber(cell, r.Hint, r.Zone)
		r.moment.bare = true
	}
	return &r.moment
}

// moment is a cell read as a time. The zero moment is not one.
type moment struct {
	// micros is Unix time in microseconds. For a date that has two readings it is
	// the one with the month first, and swapped the one with the day first.
	micros, swapped int64
	order           Order // the only order in which the cell is a date; Open: any
	numeric         bool  // the cell is a date of two small numbers and a year
	either          bool  // it is a different date in each order
	weak            bool  // a date only where the header says so, such as 1/2/26
	bare            bool  // a number: a time only where the header says so
	ok              bool
}

// in returns the moment for a column whose dates are written in order, and
// whether the cell is a date in that order.
func (m *moment) in(order Order) (micros int64, ok bool) {
	switch {
	case !m.ok, m.order != Open && order != Open && m.order != order:
		return 0, false
	case m.either && order == DayFirst:
		return m.swapped, true
	}
	return m.micros, true
}

// moment puts the parts together.
func (p *parser) moment() moment {
	day := max(p.day, 1)
	if p.day == 0 && !isOfToday(p.year) {
		p.weak = true // 4711-01 is some code
	}
	m := moment{ok: true, weak: p.weak}
	if !p.numeric {
		if m.micros, m.ok = p.at(p.month, day); !m.ok {
			return moment{}
		}
		return m
	}
	monthFirst, okMonth := p.at(p.month, day)
	dayFirst, okDay := p.at(day, p.month)
	m.numeric = true
	switch {
	case okMonth && okDay:
		m.micros, m.swapped, m.either = monthFirst, dayFirst, monthFirst != dayFirst
	case okMonth:
		m.micros, m.order = monthFirst, MonthFirst
	case okDay:
		m.micros, m.order = dayFirst, DayFirst
	default:
		return moment{}
	}
	return m
}

// isOfToday reports whether a report of today may speak of the year.
func isOfToday(year int) bool { return year >= 1970 && year <= 2100 }

// at returns the parts as Unix microseconds, if they are a date.
func (p *parser) at(month, day int) (int64, bool) {
	if p.year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(p.year, month) {
		return 0, false
	}
	if p.hour > 24 || p.minute > 59 || p.sec > 60 || p.hour == 24 && p.minute+p.sec+p.nanos > 0 {
		return 0, false
	}
	return time.Date(p.year, time.Month(month), day, p.hour, p.minute, p.sec-p.east, p.nanos, p.loc).UnixMicro(), true
}

// daysIn returns how many days a month has.
func daysIn(year, month int) int {
	switch {
	case month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	case month == 2:
		return 28
	case month == 4, month == 6, month == 9, month == 11:
		return 30
	}
	return 31
}
