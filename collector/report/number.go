package report

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// number is what a cell of a value column turned out to be.
type number struct {
	value float64
	// unit is the currency or unit of measure beside the number, in one spelling, or
	// percent, of which value is the hundredth. Empty: there is none.
	unit   string
	amount bool // it has decimals, a minus or a unit: no identifier has
	huge   bool // an integer from 2^53 on, which a float64 may not hold
	padded bool // not a number, because it is an integer with leading zeros
	ok     bool // the cell is a finite number
}

// percent is the unit of cells that end in %.
const percent = "%"

// placeholders stand for a cell that is empty, in any case.
var placeholders = []string{
	"-", "--", ".", "null", "none", "nil", "n/a", "na", "nan", "#n/a", "unknown", "undefined", "not applicable", "(not set)",
}

// isEmpty reports whether a cell, without surrounding space, is empty or a
// placeholder.
func isEmpty(cell []byte) bool {
	if len(cell) == 0 {
		return true
	}
	switch cell[0] | 0x20 {
	case 'n', 'u', '-', '.' | 0x20, '#' | 0x20, '(' | 0x20:
		return slices.ContainsFunc(placeholders, func(p string) bool { return len(p) == len(cell) && strings.EqualFold(p, string(cell)) })
	}
	return false
}

// trim removes surrounding white space, the no-break space included.
func trim(cell []byte) []byte {
	if len(cell) > 0 && cell[0] > ' ' && cell[0] < utf8.RuneSelf {
		if last := cell[len(cell)-1]; last > ' ' && last < utf8.RuneSelf {
			return cell
		}
	}
	return bytes.TrimSpace(cell)
}

// numberFormat says how the numbers of a column are written.
type numberFormat struct {
	decimal byte // '.' or ','
	clock   bool // 1:02:03 is so many seconds
}

// parse reads a trimmed cell as a number. Beside the digits, which may be grouped,
// the decimals and an exponent, it takes one sign (in front, or behind as
// accountants write it, or brackets) and one unit: a currency in front or behind, a
// unit of measure or a per cent sign behind.
func (f numberFormat) parse(cell []byte) number {
	if value, places, ok := parsePlain(cell, f.decimal); ok {
		return number{value: value, amount: places > 0 || value < 0, ok: true}
	}
	if f.clock {
		if seconds, ok := parseClock(cell); ok {
			return number{value: seconds, amount: true, ok: true}
		}
	}
	s := numberScanner{rest: cell, decimal: f.decimal}
	if !s.front() || len(s.rest) == 0 || !isDigit(s.rest[0]) && s.rest[0] != s.decimal || !s.back() {
		return number{} // nearly all text ends here
	}
	return s.number()
}

// pow10 holds the powers of ten that a float64 represents exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// parsePlain reads the plain numbers of up to fifteen digits, which are nearly
// all, and tells how many decimals they have. Both operands of its division are
// exact, so that its result is the float64 nearest to the cell, as strconv's is.
func parsePlain(cell []byte, decimal byte) (value float64, places int, ok bool) {
	digits := cell
	negative := len(cell) > 0 && cell[0] == '-'
	if negative {
		digits = cell[1:]
	}
	if len(digits) == 0 || len(digits) > 15 || digits[0] == '0' && len(digits) > 1 && digits[1] != decimal {
		return 0, 0, false
	}
	mantissa := int64(0)
	for i, c := range digits {
		switch {
		case isDigit(c):
			mantissa = mantissa*10 + int64(c-'0')
		case c == decimal && places == 0 && i > 0 && i < len(digits)-1:
			places = len(digits) - 1 - i
		default:
			return 0, 0, false
		}
	}
	value = float64(mantissa)
	if places > 0 {
		value /= pow10[places]
	}
	if negative && mantissa > 0 {
		value = -value
	}
	return value, places, true
}

// isThousands reports whether the decimal sign of a plain number could as well
// separate thousands.
func isThousands(cell []byte, places int) bool {
	if places != 3 {
		return false
	}
	whole := bytes.TrimPrefix(cell[:len(cell)-places-1], []byte{'-'})
	return len(whole) <= 3 && whole[0] != '0'
}

// isText finds out by its beginning that a cell is no number in any format: it
// begins with letters that are not a currency. Nearly all text does.
func isText(cell []byte) bool {
	n := letters(cell)
	if n == 0 || n < len(cell) && (cell[n] == '$' || cell[n] >= utf8.RuneSelf) {
		return false
	}
	return codeSize(cell) == 0
}

// parseClock reads h:mm:ss, with decimals or not, as seconds.
func parseClock(cell []byte) (seconds float64, ok bool) {
	parts := bytes.Split(cell, []byte{':'})
	if len(parts) != 3 || len(parts[0]) > 9 || len(parts[1]) != 2 || len(parts[2]) < 2 {
		return 0, false
	}
	hours, err := strconv.ParseUint(string(parts[0]), 10, 32)
	minutes, minutesErr := strconv.ParseUint(string(parts[1]), 10, 8)
	rest, restOK := parseSeconds(parts[2])
	if err != nil || minutesErr != nil || !restOK || minutes > 59 || rest >= 60 {
		return 0, false
	}
	return float64(hours*3600+minutes*60) + rest, true
}

// parseSeconds reads two digits, with decimals or not.
func parseSeconds(text []byte) (float64, bool) {
	whole, decimals, pointed := bytes.Cut(text, []byte{'.'})
	isDigits := func(b []byte) bool { return !bytes.ContainsFunc(b, func(c rune) bool { return c < '0' || c > '9' }) }
	if len(whole) != 2 || !isDigits(whole) || !isDigits(decimals) || pointed && len(decimals) == 0 {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(text), 64)
	return v, err == nil
}

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

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

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
