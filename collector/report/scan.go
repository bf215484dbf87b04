package report

import (
	"bytes"
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// numberScanner takes a cell apart. What is left of it is in rest.
type numberScanner struct {
	rest     []byte
	decimal  byte
	signed   bool // by a sign or brackets
	negative bool
	open     bool // there is a bracket to close
	unit     string
	out      []byte // the number as strconv takes it
	room     [40]byte
}

// front takes a sign, a bracket and a currency off the front, in any order, each at
// most once.
func (s *numberScanner) front() bool {
	for len(s.rest) > 0 && !isDigit(s.rest[0]) && s.rest[0] != s.decimal {
		c, size := utf8.DecodeRune(s.rest)
		switch money := max(currencySize(s.rest), codeSize(s.rest)); {
		case money > 0:
			if !s.setUnit(string(s.rest[:money])) {
				return false
			}
			s.rest = bytes.TrimSpace(s.rest[money:])
			continue
		case c == '(':
			s.open = true
		case !isSign(c):
			return false
		}
		if !s.setSign(c != '+') {
			return false
		}
		// Only a currency may stand apart from the sign before it.
		behind := s.rest[size:]
		s.rest = bytes.TrimSpace(behind)
		if len(s.rest) < len(behind) && currencySize(s.rest)+codeSize(s.rest) == 0 {
			return false
		}
	}
	return true
}

// back takes what may stand behind a number off the end: a unit, a minus and the
// closing bracket.
func (s *numberScanner) back() bool {
	for {
		c, size := utf8.DecodeLastRune(s.rest)
		word := len(s.rest) - len(bytes.TrimRightFunc(s.rest, unicode.IsLetter))
		switch {
		case c == ')' && s.open:
			s.open = false
		case (c == '-' || c == '−') && !s.open:
			if !s.setSign(true) {
				return false
			}
		case c == '%' || isCurrency(c):
			if !s.setUnit(string(c)) {
				return false
			}
		case word > 0:
			if size = word; !s.setUnit(unitOf(string(s.rest[len(s.rest)-word:]))) {
				return false
			}
		default:
			return !s.open
		}
		s.rest = bytes.TrimRightFunc(s.rest[:len(s.rest)-size], unicode.IsSpace)
	}
}

func (s *numberScanner) setSign(negative bool) bool {
	first := !s.signed
	s.signed, s.negative = true, negative
	return first
}

func (s *numberScanner) setUnit(unit string) bool {
	first := s.unit == ""
	s.unit = norm.NFKC.String(unit) // the wide ￥ and ＄ too
	return first && unit != ""
}

func isSign(c rune) bool { return c == '-' || c == '−' || c == '+' }

// number reads the digits, now that they stand alone.
func (s *numberScanner) number() number {
	s.out = s.room[:0]
	if s.negative {
		s.out = append(s.out, '-')
	}
	start := len(s.out)
	whole, grouped, ok := s.whole()
	hasFraction := s.fraction()
	if !ok || whole == 0 && !hasFraction {
		return number{}
	}
	exponent, hasExponent, ok := s.exponent()
	if !ok || len(s.rest) > 0 || grouped && hasExponent {
		return number{}
	}
	if whole > 1 && !hasFraction && s.out[start] == '0' {
		return number{padded: true}
	}
	if s.unit == percent {
		exponent -= 2
	}
	s.out = append(s.out, 'e')
	s.out = strconv.AppendInt(s.out, int64(exponent), 10)
	value, err := strconv.ParseFloat(string(s.out), 64)
	if err != nil || math.IsInf(value, 0) {
		return number{}
	}
	const exact = 1 << 53
	return number{
		value: value + 0, // minus zero becomes zero
		unit:  s.unit, amount: hasFraction || s.negative || s.unit != "",
		huge: !hasFraction && !hasExponent && s.unit == "" && math.Abs(value) >= exact, ok: true,
	}
}

// whole takes the digits before the decimal sign and returns how many there are,
// and whether they are grouped: in threes, with the same separator throughout, the
// first group shorter or as long and not beginning with a zero; or, in India, in
// twos before the last three.
func (s *numberScanner) whole() (digits int, grouped, ok bool) {
	start := len(s.out)
	first := s.digits()
	digits = first
	var separator rune
	last, pairs := 3, false
	for {
		c, size := utf8.DecodeRune(s.rest)
		if !s.separates(c) || size == len(s.rest) || !isDigit(s.rest[size]) {
			return digits, grouped, last == 3
		}
		if !grouped && (first == 0 || first > 3 || s.out[start] == '0') || grouped && (c != separator || pairs != (last == 2)) {
			return 0, false, false
		}
		s.rest = s.rest[size:]
		last = s.digits()
		if !grouped {
			pairs = last == 2 && c == ',' && first < 3
		}
		if last != 3 && (last != 2 || !pairs) {
			return 0, false, false
		}
		separator, grouped = c, true
		digits += last
	}
}

func (s *numberScanner) separates(c rune) bool {
	switch c {
	case '.', ',':
		return byte(c) != s.decimal
	case ' ', '\u00a0', '\u2009', '\u202f', '\'', '’':
		return true
	}
	return false
}

func (s *numberScanner) digits() int {
	n := 0
	for n < len(s.rest) && isDigit(s.rest[n]) {
		n++
	}
	s.out = append(s.out, s.rest[:n]...)
	s.rest = s.rest[n:]
	return n
}

// fraction takes the decimal sign and the digits behind it, and reports whether
// there are any.
func (s *numberScanner) fraction() bool {
	if len(s.rest) == 0 || s.rest[0] != s.decimal {
		return false
	}
	s.rest = s.rest[1:]
	s.out = append(s.out, '.')
	return s.digits() > 0
}

// exponent takes an exponent of at most four digits.
func (s *numberScanner) exponent() (value int, present, ok bool) {
	if len(s.rest) == 0 || s.rest[0] != 'e' && s.rest[0] != 'E' {
		return 0, false, true
	}
	text := s.rest[1:]
	digits := bytes.TrimLeft(text, "+-")
	if len(digits) == 0 || len(digits) > 4 || len(text)-len(digits) > 1 {
		return 0, true, false
	}
	value, err := strconv.Atoi(string(text))
	s.rest = nil
	return value, true, err == nil
}
