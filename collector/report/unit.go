package report

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
)

// currencySize returns the length of the currency sign at the beginning of text,
// with up to three letters that say whose it is (R$, US$), or 0.
func currencySize(text []byte) int {
	n := letters(text)
	if c, size := utf8.DecodeRune(text[n:]); isCurrency(c) {
		return n + size
	}
	return 0
}

// isCurrency reports whether c is a currency sign. Of ASCII, only the dollar is one.
func isCurrency(c rune) bool {
	return c == '$' || c >= utf8.RuneSelf && unicode.Is(unicode.Sc, c)
}

// codeSize returns the length of the ISO 4217 code at the beginning of text, which
// a space follows, or 0.
func codeSize(text []byte) int {
	const size = len("USD")
	if letters(text) < size || len(text) == size || text[size] != ' ' && text[size] < utf8.RuneSelf || !isCode(string(text[:size])) {
		return 0
	}
	return size
}

// isCode reports whether a word is the code of a currency.
func isCode(word string) bool {
	if len(word) != 3 || word != strings.ToUpper(word) {
		return false
	}
	_, err := currency.ParseISO(word)
	return err == nil
}

// unitOf returns the unit that stands behind a number in one spelling: the code or
// the word of a currency, or a unit of measure. It is empty for any other word.
func unitOf(word string) string {
	if isCode(word) || slices.Contains(currencyWords, word) {
		return word
	}
	return measures[strings.ToLower(word)]
}

// isMeasure reports whether a unit is a unit of measure, and not a currency.
func isMeasure(unit string) bool { return unit != "" && measures[strings.ToLower(unit)] == unit }

// letters counts the letters at the beginning of text, up to the three that a
// currency may have.
func letters(text []byte) int {
	n := 0
	for n < 3 && n < len(text) && isLetter(text[n]) {
		n++
	}
	return n
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// quote returns a piece of a report for a message: escaped, and cut.
func quote(text string) string {
	const most = 40 // bytes
	if len(text) <= most {
		return strconv.Quote(text)
	}
	return strconv.Quote(cut(text, most)) + "…"
}
