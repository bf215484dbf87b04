package when

import (
	"bytes"
	"strings"
	"time"
	"unicode"
)

// clock takes the time of day, if there is one.
func (p *parser) clock() bool {
	if len(p.rest) == 0 {
		return true
	}
	if p.day == 0 {
		return false // a month has no hours
	}
	spaced := p.separator()
	if !p.peekDigit() {
		// A zone may follow: 2026-01-02Z. Not as an offset, as 2026-01-02-01 is some code.
		return spaced != 'T' && spaced != ',' && (len(p.rest) == 0 || unicode.IsLetter(rune(p.rest[0])))
	}
	if spaced == 0 {
		return false
	}
	digits := 0
	p.hour, digits = p.number(2)
	if !p.colon() {
		return digits == 2 && (spaced == 'T' || p.iso) && p.meridiem()
	}
	if p.minute, digits = p.number(2); digits != 2 {
		return false
	}
	if p.colon() {
		if p.sec, digits = p.number(2); digits != 2 || !p.fraction() {
			return false
		}
	}
	return p.meridiem()
}

// colon takes what stands before minutes and seconds: in 20260102T150405, nothing.
func (p *parser) colon() bool {
	if p.compact {
		return p.peekDigit()
	}
	return p.take(":") != 0
}

// separator takes what stands between a date and a time: T, spaces, a comma and
// spaces, or the colon of web servers' logs. It returns 0 if there is nothing.
func (p *parser) separator() byte {
	if p.take("Tt:") != 0 {
		return 'T'
	}
	comma, before := p.take(","), len(p.rest)
	p.spaces()
	if comma == 0 && len(p.rest) < before {
		return ' '
	}
	return comma
}

// fraction takes the decimals of a second.
func (p *parser) fraction() bool {
	if p.take(".,") == 0 {
		return true
	}
	nanos, digits := decimals(p.rest)
	p.nanos, p.rest = nanos, p.rest[digits:]
	return digits > 0
}

// decimals reads the digits at the beginning of text as decimals of a second.
func decimals(text []byte) (nanos, digits int) {
	for scale := 100_000_000; digits < len(text) && isDigit(text[digits]); digits++ {
		nanos += int(text[digits]-'0') * scale
		scale /= 10
	}
	return nanos, digits
}

// meridiem takes AM or PM, if one is there.
func (p *parser) meridiem() bool {
	rest := bytes.TrimLeft(p.rest, " \u202f")
	if len(rest) < 2 || rest[1] != 'M' && rest[1] != 'm' {
		return true
	}
	half := rest[0] &^ 0x20
	if half != 'A' && half != 'P' {
		return true
	}
	if p.hour < 1 || p.hour > 12 {
		return false
	}
	p.hour %= 12
	if half == 'P' {
		p.hour += 12
	}
	p.rest = rest[2:]
	return true
}

// zoneHours are the zone names that a date may carry, with their offset in
// hours: the names of RFC 822, section 5, and others that mean one zone only.
var zoneHours = map[string]int{
	"Z": 0, "z": 0, "UTC": 0, "GMT": 0, "UT": 0,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
	"WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "SGT": 8, "HKT": 8, "JST": 9, "KST": 9,
	"AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}

// zone takes the zone, if there is one: Z, +02:00, +0200, +02, UTC, GMT+0200,
// "+0000 UTC", and the bracketed name that Java and JavaScript add.
func (p *parser) zone() bool {
	p.spaces()
	if len(p.rest) == 0 || p.year == 0 && p.peekDigit() {
		return true
	}
	if p.day == 0 {
		return false
	}
	name := p.letters()
	hours, known := zoneHours[name]
	if name != "" && !known {
		return false
	}
	offset, present, ok := p.offset()
	if !ok || name == "" && !present {
		return false
	}
	if present {
		p.spaces()
		if again := p.letters(); len(again) > 5 || again != strings.ToUpper(again) { // the offset has said it all
			return false
		}
	} else {
		offset = hours * 3600
	}
	p.loc, p.east = time.UTC, offset
	p.spaces()
	p.annotation()
	return true
}

// offset takes +02:00, +0200 or +02 and returns it in seconds.
func (p *parser) offset() (seconds int, present, ok bool) {
	sign := p.take("+-")
	if sign == 0 {
		return 0, false, true
	}
	hours, digits := p.number(2)
	if digits != 2 || hours > 15 {
		return 0, true, false
	}
	colon := p.take(":") != 0
	minutes, digits := p.number(2)
	if colon && digits == 0 || digits == 1 || minutes > 59 {
		return 0, true, false
	}
	seconds = hours*3600 + minutes*60
	if sign == '-' {
		seconds = -seconds
	}
	return seconds, true, true
}

// annotation takes [Europe/Berlin] or (Central European Time) from the end.
func (p *parser) annotation() {
	if n := len(p.rest); n > 1 && (p.rest[0] == '[' && p.rest[n-1] == ']' || p.rest[0] == '(' && p.rest[n-1] == ')') {
		p.rest = nil
	}
}
