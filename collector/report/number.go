package report

import (
	"bytes"
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// numeral is what a cell of a value column turned out to be.
type numeral struct {
	value   float64
	percent bool // the cell ends in %, and value is its hundredth
	padded  bool // not a number, because it is an integer with leading zeros
	ok      bool // the cell is a finite number
}

// isEmpty tells whether a cell, without surrounding space, stands for nothing.
func isEmpty(cell []byte) bool {
	switch string(cell) {
	case "", "null", "NULL", "N/A", "NaN", "-":
		return true
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

// parseNumber reads a trimmed cell as a number whose decimal sign is decimal,
// '.' or ','. It takes a sign, a currency sign in front or behind (R$ too),
// thousands separated by the other of the two characters, by spaces or by
// apostrophes, decimals, an exponent and a trailing per cent sign; nothing that
// strconv takes beyond that.
func parseNumber(cell []byte, decimal byte) numeral {
	if value, _, ok := parsePlain(cell, decimal); ok {
		return numeral{value: value, ok: true}
	}
	s := numberScanner{rest: cell, decimal: decimal}
	return s.scan()
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

// isThousands tells whether the decimal sign of a plain number could as well
// separate thousands.
func isThousands(cell []byte, places int) bool {
	whole := bytes.TrimPrefix(cell[:len(cell)-places-1], []byte{'-'})
	return places == 3 && len(whole) <= 3 && whole[0] != '0'
}

// isText finds out by its beginning that a cell is no number, whatever the
// decimal sign is: it is a letter, and no currency sign follows. Nearly all text
// is so.
func isText(cell []byte) bool {
	n := letters(cell)
	return n > 0 && (n == len(cell) || cell[n] < utf8.RuneSelf && cell[n] != '$')
}

// letters counts the letters at the beginning of text that may belong to a
// currency sign, as in R$ and US$.
func letters(text []byte) int {
	n := 0
	for n < 3 && n < len(text) && (text[n]|0x20) >= 'a' && (text[n]|0x20) <= 'z' {
		n++
	}
	return n
}

// numberScanner rewrites a cell as a numeral that strconv takes.
type numberScanner struct {
	rest    []byte
	decimal byte
	short   [40]byte // the numeral so far: its first n bytes, which are nearly always all of it
	n       int
	long    []byte // all of it, once it is longer
}

func (s *numberScanner) put(text ...byte) {
	if s.long == nil && s.n+len(text) <= len(s.short) {
		s.n += copy(s.short[s.n:], text)
		return
	}
	if s.long == nil {
		s.long = append(s.long, s.short[:s.n]...)
	}
	s.long = append(s.long, text...)
}

// out returns the numeral so far.
func (s *numberScanner) out() []byte {
	if s.long != nil {
		return s.long
	}
	return s.short[:s.n]
}

func (s *numberScanner) scan() numeral {
	var n numeral
	money := s.sign()
	if len(s.rest) == 0 || !isDigit(s.rest[0]) && s.rest[0] != s.decimal {
		return n // nearly all text ends here
	}
	switch last, size := utf8.DecodeLastRune(s.rest); {
	case money:
	case last == '%':
		n.percent = true
		s.rest = bytes.TrimRightFunc(s.rest[:len(s.rest)-size], unicode.IsSpace)
	case isCurrency(last):
		s.rest = bytes.TrimRightFunc(s.rest[:len(s.rest)-size], unicode.IsSpace)
	}
	start := len(s.out())
	whole, grouped, ok := s.whole()
	if !ok {
		return numeral{}
	}
	hasFraction := s.fraction()
	if whole == 0 && !hasFraction {
		return numeral{}
	}
	exponent, hasExponent, ok := s.exponent()
	if !ok || len(s.rest) > 0 || grouped && hasExponent {
		return numeral{}
	}
	if whole > 1 && !hasFraction && s.out()[start] == '0' {
		return numeral{padded: true}
	}
	if n.percent {
		exponent -= 2
	}
	var digits [8]byte
	s.put('e')
	s.put(strconv.AppendInt(digits[:0], int64(exponent), 10)...)
	value, err := strconv.ParseFloat(string(s.out()), 64)
	if err != nil || math.IsInf(value, 0) {
		return numeral{}
	}
	n.value, n.ok = value+0, true // minus zero becomes zero
	return n
}

// sign takes a sign and a currency sign, in either order, and tells whether
// there was a currency sign.
func (s *numberScanner) sign() bool {
	signed := s.minus()
	size := currencySize(s.rest)
	if size == 0 {
		return false
	}
	s.rest = bytes.TrimSpace(s.rest[size:])
	if !signed {
		s.minus()
	}
	return true
}

// currencySize returns the length of the currency sign at the beginning of text,
// with up to three letters that say whose it is (R$, US$), or 0.
func currencySize(text []byte) int {
	n := letters(text)
	if c, size := utf8.DecodeRune(text[n:]); isCurrency(c) {
		return n + size
	}
	return 0
}

// isCurrency tells whether c is a currency sign. Of ASCII, only the dollar is one.
func isCurrency(c rune) bool {
	return c == '$' || c >= utf8.RuneSelf && unicode.Is(unicode.Sc, c)
}

func (s *numberScanner) minus() bool {
	c, size := utf8.DecodeRune(s.rest)
	switch c {
	case '-', '−':
		s.put('-')
	case '+':
	default:
		return false
	}
	s.rest = s.rest[size:]
	return true
}

// whole takes the digits before the decimal sign and tells how many there are
// and whether they are grouped. Groups are of three digits, but for the first,
// which does not begin with a zero; all separators are the same.
func (s *numberScanner) whole() (digits int, grouped, ok bool) {
	digits = s.digits()
	var separator rune
	for {
		c, size := utf8.DecodeRune(s.rest)
		if !s.separates(c) || size == len(s.rest) || !isDigit(s.rest[size]) {
			return digits, grouped, true
		}
		if !grouped && (digits == 0 || digits > 3 || s.out()[len(s.out())-digits] == '0') || grouped && c != separator {
			return 0, false, false
		}
		separator, grouped = c, true
		s.rest = s.rest[size:]
		group := s.digits()
		if group != 3 {
			return 0, false, false
		}
		digits += group
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
	s.put(s.rest[:n]...)
	s.rest = s.rest[n:]
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// fraction takes the decimal sign and what stands behind it, and tells whether
// there are digits.
func (s *numberScanner) fraction() bool {
	if len(s.rest) == 0 || s.rest[0] != s.decimal {
		return false
	}
	s.rest = s.rest[1:]
	s.put('.')
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
