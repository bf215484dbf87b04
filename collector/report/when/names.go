package when

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var weekdays = [][]string{{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}}

// months are the names of the months by language, without accents.
var months = [][]string{
	{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"},
	{"januar", "februar", "marz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"},
	{"janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"},
	{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
	{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
	{"janeiro", "fevereiro", "marco", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"},
	{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
}

// monthName takes the name of a month and returns its number, or takes nothing
// and returns 0.
func (p *parser) monthName() int { return p.word(months) }

// word takes one of names, whole or cut to three letters or more ("sept", "juil."),
// and returns its number, or takes nothing and returns 0. "jui" would be two months.
func (p *parser) word(languages [][]string) int {
	before := p.rest
	word := plain(p.letters())
	if len(word) >= 3 && len(word) <= len("septiembre") && word != "jui" {
		for _, names := range languages {
			i := slices.IndexFunc(names, func(name string) bool {
				return word == name || strings.HasPrefix(name, word) && (len(word) <= 5 && len(name) > 5 || len(word) == 3)
			})
			if i >= 0 {
				return i + 1
			}
		}
	}
	p.rest = before
	return 0
}

// letters takes a run of letters.
func (p *parser) letters() string {
	n := 0
	for n < len(p.rest) {
		c, size := rune(p.rest[n]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRune(p.rest[n:])
		}
		if !unicode.IsLetter(c) {
			break
		}
		n += size
	}
	word := string(p.rest[:n])
	p.rest = p.rest[n:]
	return word
}

// plain returns a word in lower case and without accents.
func plain(word string) string {
	if strings.IndexFunc(word, func(c rune) bool { return c >= utf8.RuneSelf }) < 0 {
		return strings.ToLower(word)
	}
	return strings.ToLower(strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return c
	}, norm.NFKD.String(word)))
}
