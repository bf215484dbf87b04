package report

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// number is the result of reading a cell of a value column.
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

// placeholders mean that a cell is empty, in upper and in lower case.
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

// parsePlain reads plain numbers of up to fifteen digits, as nearly all are, and returns
// how many decimals they have. Both operands of its division are
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

// isText reports whether a cell begins with letters that are not a currency, as nearly
// all text does: it is not a number in any format.
func isText(cell []byte) bool {
	n := letters(cell)
	if n == 0 || n < len(cell) && (cell[n] == '$' || cell[n] >= utf8.RuneSelf) {
		return false
	}
	return codeSize(cell) == 0
}

// clock matches h:mm:ss, with decimals or not.
var clock = regexp.MustCompile(`^([0-9]{1,9}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]+)?)$`)

// parseClock reads h:mm:ss as seconds.
func parseClock(cell []byte) (seconds float64, ok bool) {
	for _, part := range clock.FindSubmatch(cell) {
		if ok { // the first part is all of the cell
			v, _ := strconv.ParseFloat(string(part), 64) // the expression leaves only numbers
			seconds = seconds*60 + v
		}
		ok = true
	}
	return seconds, ok
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
