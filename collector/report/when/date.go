package when

import (
	"bytes"
	"strings"
	"time"
)

// parse reads a trimmed cell as a date of at least a year and a month, with
// or without a time and a zone. Without a zone it is in loc. A range or a quarter is
// its beginning.
func parse(cell []byte, loc *time.Location) moment {
	if micros, ok := parseStamp(cell, loc); ok {
		return moment{micros: micros, ok: true}
	}
	return parseParts(cell, loc)
}

// parseParts reads what parse does, a part at a time.
func parseParts(cell []byte, loc *time.Location) moment {
	if len(cell) < 6 || len(cell) > 80 {
		return moment{}
	}
	cell = bytes.ReplaceAll(cell, []byte("\u00a0"), []byte(" "))
	if from := parseRange(cell, loc); from.ok {
		return from
	}
	p := parser{rest: cell, loc: loc}
	if !p.date() || !p.clock() || !p.zone() {
		return moment{}
	}
	if p.year == 0 && !p.trailingYear() || len(p.rest) > 0 {
		return moment{}
	}
	return p.moment()
}

// parseRange reads a range of two dates as its beginning.
func parseRange(cell []byte, loc *time.Location) moment {
	for _, between := range []string{"/", " - ", " – ", " to "} {
		i := bytes.Index(cell, []byte(between))
		end := i + len(between)
		if i < 7 || end+7 > len(cell) {
			continue
		}
		if from, to := parse(bytes.TrimSpace(cell[:i]), loc), parse(bytes.TrimSpace(cell[end:]), loc); from.ok && to.ok {
			return from
		}
	}
	return moment{}
}

// parser takes the parts of a date off the front of rest.
type parser struct {
	rest []byte
	loc  *time.Location
	east int // seconds east of loc, where the cell names a zone and loc is UTC

	year, month, day   int // day 0: the cell names none
	hour, minute, sec  int
	nanos              int
	numeric, dayFirst  bool // written as two small numbers; the first can only be the day
	compact, weak, iso bool // iso: the year stands first
}

// number takes up to most digits and returns how many there were.
func (p *parser) number(most int) (value, digits int) {
	for digits < most && digits < len(p.rest) && isDigit(p.rest[digits]) {
		value = value*10 + int(p.rest[digits]-'0')
		digits++
	}
	p.rest = p.rest[digits:]
	return value, digits
}

// take takes one of the bytes in set, and returns it, or 0.
func (p *parser) take(set string) byte {
	if len(p.rest) == 0 || strings.IndexByte(set, p.rest[0]) < 0 {
		return 0
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	return c
}

func (p *parser) spaces() {
	p.rest = bytes.TrimLeft(p.rest, " ")
}

func (p *parser) peekDigit() bool { return len(p.rest) > 0 && isDigit(p.rest[0]) }

// date takes the date.
func (p *parser) date() bool {
	if !p.peekDigit() {
		return p.namedDate()
	}
	value, digits := p.number(9)
	switch {
	case digits == 4:
		p.iso = true
		p.year = value
		return p.yearFirst()
	case digits == 8 && len(p.rest) > 0 && (p.rest[0] == 'T' || p.rest[0] == 't'):
		p.compact = true
		p.year, p.month, p.day = value/10000, value/100%100, value%100
		return true
	case digits <= 2:
		return p.smallFirst(value)
	}
	return false
}

// yearFirst takes what stands behind a year: 2026-01, 2026-01-02, 2026/1/2,
// 2026.01.02, 2026-Jan-02, 2026-W01-1, 2026-Q1, 2026年1月2日.
func (p *parser) yearFirst() bool {
	if p.takeWord("年") || p.takeWord("년") {
		return p.withSuffixes()
	}
	separator := p.take("-/. ")
	if separator == 0 {
		return false
	}
	if separator == '-' && p.take("W") != 0 {
		return p.isoWeek()
	}
	if p.quarter() {
		return true
	}
	short := false
	if month := p.monthName(); month > 0 {
		p.month = month
	} else if value, digits := p.number(2); digits > 0 && separator != ' ' {
		p.month = value
		short = digits == 1
	} else {
		return false
	}
	if p.take(string(separator)) == 0 {
		// 2026.01 is a number, 2026-01 and 2026/01 are months, 2026-1 may be any code.
		p.weak = short
		return separator != '.' && len(p.rest) == 0
	}
	value, digits := p.number(2)
	p.day = value
	p.weak = separator == '.' && (short || digits == 1) // 2026.1.2 may be a version
	return digits > 0 && value > 0
}

// quarter takes Q1 to Q4.
func (p *parser) quarter() bool {
	if len(p.rest) < 2 || p.rest[0]|0x20 != 'q' || p.rest[1] < '1' || p.rest[1] > '4' {
		return false
	}
	p.month = int(p.rest[1]-'1')*3 + 1
	p.rest = p.rest[2:]
	return true
}

// takeWord takes a word, and spaces behind it.
func (p *parser) takeWord(word string) bool {
	rest, found := bytes.CutPrefix(p.rest, []byte(word))
	if found {
		p.rest = bytes.TrimLeft(rest, " ")
	}
	return found
}

// withSuffixes takes the month and the day of 2026年1月2日.
func (p *parser) withSuffixes() bool {
	var digits int
	if p.month, digits = p.number(2); digits == 0 || !p.takeWord("月") && !p.takeWord("월") {
		return false
	}
	if p.day, digits = p.number(2); digits == 0 {
		return true
	}
	return p.takeWord("日") || p.takeWord("일")
}

// isoWeek takes the week behind 2026-W, and its day if there is one.
func (p *parser) isoWeek() bool {
	week, digits := p.number(2)
	if digits != 2 || week < 1 || week > 53 {
		return false
	}
	day := 1
	if p.take("-") != 0 {
		if day, digits = p.number(1); digits != 1 || day < 1 || day > 7 {
			return false
		}
	}
	// The 4th of January is always in week 1.
	fourth := time.Date(p.year, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	at := monday.AddDate(0, 0, (week-1)*7+day-1)
	p.year, p.month, p.day = at.Year(), int(at.Month()), at.Day()
	return true
}

// smallFirst takes what stands behind a day or a month: 2 Jan 2026, 02-Jan-26,
// 1/2/2026, 02.01.2026, 01/2026.
func (p *parser) smallFirst(first int) bool {
	separator := p.take("/-. ")
	if separator == 0 {
		return false
	}
	if separator == ' ' {
		p.takeWord("de ") // 2 de enero de 2026
	}
	if month := p.monthName(); month > 0 {
		p.day, p.month = first, month
		p.take(string(separator) + ",")
		p.spaces()
		p.takeWord("de ")
		return p.yearLast() && first > 0
	}
	second, digits := p.number(4)
	switch {
	case separator == ' ':
		return false
	case digits == 4:
		// 01.2026 may be a number, and 01-2026 any code.
		p.month, p.year, p.weak = first, second, separator != '/'
		return len(p.rest) == 0 && (separator != '.' || isOfToday(second))
	case digits == 0 || digits > 2 || p.take(string(separator)) == 0:
		return false
	}
	p.numeric, p.month, p.day = true, first, second
	if separator == '.' {
		p.dayFirst, p.month, p.day = true, second, first
	}
	return p.yearLast() && first > 0 && second > 0
}

// yearLast takes a year of four digits, or a weak one of two.
func (p *parser) yearLast() bool {
	value, digits := p.number(5)
	switch digits {
	case 4:
		p.year = value
	case 2:
		p.year, p.weak = 2000+value, true
	default:
		return false
	}
	return true
}

// namedDate takes a date that begins with a word: Jan 2, 2026; January 2026;
// Mon, 02 Jan 2026; and Mon Jan 2, whose year comes last.
func (p *parser) namedDate() bool {
	weekday := p.word(weekdays) > 0
	if weekday {
		p.take(",")
		p.spaces()
		if p.peekDigit() {
			return p.date()
		}
	}
	if p.quarter() {
		return p.take(" /-") != 0 && p.fullYear()
	}
	if p.month = p.monthName(); p.month == 0 {
		return false
	}
	separator := p.take("- ,")
	p.spaces()
	p.takeWord("de ")
	value, digits := p.number(5)
	switch {
	case digits == 4:
		p.year = value
		return true
	case digits == 0 || digits > 2 || separator == 0:
		return false
	case len(p.rest) == 0 && separator == '-':
		p.year, p.weak = 2000+value, true
		return true
	}
	p.day = value
	if value == 0 {
		return false
	}
	behind := p.rest
	comma := p.take(",- ") != 0
	p.spaces()
	if weekday && len(p.rest) > 2 && p.rest[2] == ':' {
		p.rest = behind
		return true
	}
	return comma && p.yearLast()
}

// trailingYear takes the year of Mon Jan 2 15:04:05 MST 2026.
func (p *parser) trailingYear() bool {
	p.spaces()
	return p.fullYear()
}

// fullYear takes a year of four digits.
func (p *parser) fullYear() bool {
	value, digits := p.number(5)
	p.year = value
	return digits == 4
}
