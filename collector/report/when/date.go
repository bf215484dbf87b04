package when

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"
)

// IsDate reports whether a trimmed cell is written as a date, in any order.
func IsDate(cell []byte) bool { return parse(cell, time.UTC).ok }

// parse reads a trimmed cell as a date of at least a year and a month, with
// or without a time and a zone. Without a zone it is in loc. A range or a quarter is
// its beginning.
func parse(cell []byte, loc *time.Location) moment {
	if micros, ok := parseStamp(cell, loc); ok {
		return moment{micros: micros, ok: true}
	}
	return parseParts(cell, loc)
}

// layouts are the ways to write a date, in the order in which they are tried. Y and y are
// years of four and two digits; m and d are a month and a day of one or two digits, and a is
// either; M is the name of a month; Q is a quarter such as Q1; w is a week such as W01 or
// W01-1; D is eight digits before a T. _ is a dot, a comma, spaces, and de. W asks for the
// name of a weekday before the date, whose year may then stand behind the time. A date is
// weak under a layout with ?, and under one with ~ if it has a number of one digit.
var layouts = strings.Fields(`
	Y-m-d Y/m/d ~Y.m.d Y-M-d Y/M/d ~Y.M.d Y_M_d Y年m月d日 Y년m월d일 D
	~Y-m ~Y/m Y-M Y/M Y_M Y年m月 Y년m월 Y-Q Y/Q Y.Q Y_Q Y-w
	a/a/Y a-a-Y ?a/a/y ?a-a-y d.m.Y ?d.m.y d_M_Y d-M-Y d/M/Y d.M.Y dMY ?d_M_y ?d-M-y ?d/M/y m/Y ?m-Y ?m.Y
	M_d_Y M-d-Y ?M_d_y ?M-d-y WM_d M_Y M-Y MY ?M-y Q_Y Q/Y Q-Y`)

// parseParts reads what parse does, a part at a time.
func parseParts(cell []byte, loc *time.Location) moment {
	if len(cell) < 6 || len(cell) > 80 {
		return moment{}
	}
	cell = bytes.ReplaceAll(cell, []byte("\u00a0"), []byte(" "))
	if from := parseRange(cell, loc); from.ok {
		return from
	}
	start := parser{rest: cell, loc: loc}
	start.weekday = start.word(weekdays) > 0 && start.gap()
	if p := start; !p.peekDigit() && p.monthName() == 0 && !p.quarter() {
		return moment{} // no layout begins like this
	}
	for _, layout := range layouts {
		p := start
		if p.date(layout) && p.clock() && p.zone() && (p.year > 0 || p.trailingYear()) && len(p.rest) == 0 {
			return p.moment()
		}
	}
	return moment{}
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

	year, month, day  int // day 0: the cell names none
	hour, minute, sec int
	nanos             int
	numeric           bool // written as two small numbers, of which either may be the day
	weekday           bool // it began with one
	compact, weak     bool
	iso               bool // the year stands first
}

// date takes a date that is written like this.
func (p *parser) date(layout string) bool {
	short := false
	for i, c := range layout {
		value, digits, ok := 0, 0, true
		if strings.ContainsRune("Yymda", c) {
			value, digits = p.number(5)
			short = short || digits == 1
		}
		switch c {
		case '?':
			p.weak = true
		case '~':
		case 'Y':
			p.year, p.iso, ok = value, i < 2, digits == 4
		case 'y':
			isHour := layout[i-1] == '_' && bytes.HasPrefix(p.rest, []byte{':'})
			p.year, ok = 2000+value, digits == 2 && !isHour
		case 'm':
			p.month, ok = value, digits == 1 || digits == 2
		case 'd':
			p.day, ok = value, value > 0 && digits <= 2
		case 'a':
			if ok = value > 0 && digits <= 2; p.numeric {
				p.day = value
			} else {
				p.month, p.numeric = value, true
			}
		case 'M':
			p.month = p.monthName()
			ok = p.month > 0
		case 'W':
			ok = p.weekday
		case 'Q':
			ok = p.quarter()
		case 'w':
			ok = p.week()
		case 'D':
			ok = p.eightDigits()
		case '_':
			ok = p.gap()
		default:
			ok = p.literal(c)
		}
		if !ok {
			return false
		}
	}
	p.weak = p.weak || short && layout[0] == '~'
	return layout != "?m.Y" || isOfToday(p.year) // else it is a number
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

// literal takes a character, and the spaces behind it if it is a word in itself.
func (p *parser) literal(c rune) (found bool) {
	p.rest, found = bytes.CutPrefix(p.rest, utf8.AppendRune(nil, c))
	if c >= utf8.RuneSelf {
		p.spaces()
	}
	return found
}

// gap takes a dot, a comma, spaces, and the de of 2 de enero de 2026.
func (p *parser) gap() bool {
	before := len(p.rest)
	p.take(".")
	p.take(",")
	p.spaces()
	some := len(p.rest) < before
	if rest, found := bytes.CutPrefix(p.rest, []byte("de ")); found {
		p.rest = rest
	}
	return some
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

// eightDigits takes 20260102, before a T.
func (p *parser) eightDigits() bool {
	value, digits := p.number(9)
	p.year, p.month, p.day, p.compact = value/10000, value/100%100, value%100, true
	return digits == 8 && len(p.rest) > 0 && p.rest[0]|0x20 == 't'
}

// week takes W01, and its day if there is one.
func (p *parser) week() bool {
	letter := p.take("W")
	week, digits := p.number(2)
	if letter == 0 || digits != 2 || week < 1 || week > 53 {
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

// trailingYear takes the year of Mon Jan 2 15:04:05 MST 2026.
func (p *parser) trailingYear() bool {
	p.spaces()
	value, digits := p.number(5)
	p.year = value
	return digits == 4
}
