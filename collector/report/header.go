package report

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"statsig_exporter/collector/report/when"
)

// headerSays holds what the words of a header say about its column.
type headerSays struct {
	identifies string    // the word by which the header identifies something; empty if it does not
	averages   string    // the word by which the cells are ratios or prices, which do not add up
	level      string    // the word by which they are readings, which do not add up over rows
	time       when.Hint // whether the cells may be times
	clock      bool      // the cells may be durations such as 1:02:03
	finely     bool      // the cells name something though they have decimals
	blank      bool      // nothing: it is empty
	flag       string    // the word by which cells of 0 and 1 mean no and yes
}

// readHeader finds out what a header says. Only whole words and the ends of compounds
// count: "rate" is not found in "generated".
func readHeader(header string) headerSays {
	header = joinUnits(header)
	p := phraseOf(header)
	says := headerSays{
		averages: p.average(), level: p.find(aLevel), time: p.time(), flag: p.flag(),
		clock: p.has(aDuration), finely: p.has(fine), blank: header == "",
	}
	outside, inside := brackets(header)
	trimmed := strings.TrimSpace(header)
	switch {
	case strings.HasSuffix(trimmed, "#"), strings.HasSuffix(trimmed, "?"):
		says.identifies = trimmed[len(trimmed)-1:]
	case isSlashPer(header), namesUnit(header, inside):
	default:
		says.identifies = outside.identifier()
		if says.identifies == "" {
			says.identifies = p.identifier()
		}
	}
	switch {
	case strings.Contains(header, "%"):
		says.averages = "%"
	case isSlashPer(header):
		says.averages = "per"
	}
	return says
}

// phrase is the words of a header, or a part of them, in lower case and without accents.
type phrase []string

// phraseOf splits a header into words. In contrast to normalise it keeps the letters
// of every script. A number sign in front counts something; N° is a number that names
// something. There is at least one word, which may be empty.
func phraseOf(header string) phrase {
	runes := []rune(header)
	if len(runes) < len(header) {
		isAccent := func(c rune) bool { return c >= 0x300 && c <= 0x36f }
		bare := slices.DeleteFunc([]rune(norm.NFKD.String(spelledOut.Replace(header))), isAccent)
		runes = []rune(norm.NFC.String(string(bare)))
	}
	var b strings.Builder
	for i, c := range runes {
		if i > 0 && startsWord(runes, i) {
			b.WriteByte(' ')
		}
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			c = ' '
		}
		b.WriteRune(unicode.ToLower(c))
	}
	words := strings.Fields(b.String())
	switch {
	case len(words) == 0:
		return phrase{""}
	case strings.HasPrefix(header, "#"):
		return append(phrase{"num"}, words...)
	}
	return words
}

// brackets returns the words of a header before its first bracket and behind it.
// Both are empty if there is none, or nothing before it.
func brackets(header string) (outside, inside phrase) {
	i := strings.IndexAny(header, "([{（")
	if i <= 0 || strings.TrimSpace(header[:i]) == "" {
		return nil, nil
	}
	return phraseOf(header[:i]), phraseOf(header[i:])
}

// namesUnit reports whether a header names the unit of a quantity: with a currency
// sign, as in Config($), or in brackets.
func namesUnit(header string, inside phrase) bool {
	if len(inside) > 0 && (isQuantity(inside.last()) || is(inside.last(), aUnit)) {
		return true
	}
	// A dollar sign in front is a sigil: $browser.
	return strings.IndexFunc(header, func(c rune) bool { return unicode.Is(unicode.Sc, c) }) > 0
}

// isSlashPer reports whether a header is a quantity, a slash and the unit to which it
// refers: Cost/User, $/GB. The slashes of bill/PayerAccountId are others.
func isSlashPer(header string) bool {
	left, right, found := strings.Cut(header, "/")
	if !found || strings.Contains(right, "/") {
		return false
	}
	amount, of, first := phraseOf(left).last(), phraseOf(right), strings.TrimSpace(left)
	return (isQuantity(amount) || is(amount, aUnit) || first == "$" || first == "€") && len(of) == 1 && is(of[0], aThing|aPeriod|aUnit)
}

// find returns the first word, or two words, of some classes.
func (p phrase) find(wanted class) string {
	for i, word := range p {
		if is(word, wanted) {
			return word
		}
		if i > 0 && lexicon[p[i-1]+"_"+word]&wanted != 0 {
			return p[i-1] + " " + word
		}
	}
	return ""
}

func (p phrase) has(wanted class) bool { return p.find(wanted) != "" }

func (p phrase) last() string { return p[len(p)-1] }

// head returns the words before the first preposition that has words on both sides.
func (p phrase) head() phrase {
	for i := 1; i < len(p)-1; i++ {
		if is(p[i], aPreposition) {
			return p[:i]
		}
	}
	return p
}

// isPer reports whether a header says that its numbers are for one of something.
func (p phrase) isPer() bool { return p[:len(p)-1].has(aPer) }

// isToDate reports whether a header speaks of an amount up to now: year to date.
func (p phrase) isToDate() bool {
	n := len(p)
	return n > 2 && p[n-2] == "to" && p[n-1] == "date" && (isQuantity(p[n-3]) || is(p[n-3], aPeriod))
}

// identifier returns the word that makes a header the name of something rather than a
// quantity. English puts the noun last: a project version is a version, a version count
// is a count; what follows a preposition only describes it: cost in billing currency is
// a cost.
func (p phrase) identifier() string {
	head := p.head()
	described := len(head) < len(p)
	switch {
	case len(p) == 0, p.isPer(), p.isToDate():
		return ""
	case len(p) > 1 && is(p[0], aFlag):
		return p[0]
	case len(p) > 1 && p.last() == "by":
		return p.last()
	case described && (head.counts() || head.isNumberOf(p[len(head):])):
		return ""
	case described && head.name() != "":
		return head.name()
	case described && (isQuantity(head.last()) || head.last() == "time"), p.counts():
		return ""
	}
	return p.name()
}

// name returns the word by which a phrase without a preposition names something.
func (p phrase) name() string {
	last, before := p.last(), p[:len(p)-1]
	switch {
	case len(before) == 0 && (last == "number" || last == "num"):
		return ""
	case is(last, aName):
		return last
	case is(last, aThing|aNumber):
		if before.has(aCounted) {
			return "" // active user, total number
		}
		return last
	case is(last, aPeriod):
		if slices.ContainsFunc(before, measuresPeriod) {
			return "" // cost last month, instance hour
		}
		return last
	case slices.Contains(before, "id") && !isQuantity(last):
		return "id"
	case len(before) > 0 && lexicon[before.last()+"_"+last]&aName != 0:
		return last
	}
	return ""
}

// counts reports whether a phrase begins as counts do: total event, num rows.
func (p phrase) counts() bool { return len(p) > 1 && is(p[0], aCountStart) && !is(p.last(), aName) }

// isNumberOf reports whether a phrase is the number of what a preposition and the words
// behind it name.
func (p phrase) isNumberOf(what phrase) bool {
	return len(p) == 1 && is(p[0], aNumber) && (what[0] == "of" || isPlural(what.last()))
}

// measuresPeriod reports whether a word before the name of a period makes it the
// period of an amount.
func measuresPeriod(word string) bool {
	return !is(word, billed) && (isQuantity(word) || is(word, aUnit|relative))
}

func isQuantity(word string) bool { return is(word, aQuantity) || isPlural(word) }

// isPlural reports whether a word looks like the plural of something countable.
func isPlural(word string) bool {
	one, plural := strings.CutSuffix(word, "s")
	return plural && len(one) > 1 && !strings.ContainsRune("sui", rune(one[len(one)-1])) && !is(word, aName|aPeriod)
}

// flag returns the word by which a header asks a question: Billable, used_sso.
func (p phrase) flag() string {
	switch last := p.last(); {
	case is(last, anAdjective):
		return last
	case p[0] == "used" && len(p) > 1 && !isQuantity(last) && !is(last, aUnit):
		return p[0]
	}
	return ""
}

// average returns the word by which the values of a column are averages. A price is
// one, but not where it only describes a quantity: price adjustments. A percentage
// always is: percent used.
func (p phrase) average() string {
	if p.isPer() {
		return "per"
	}
	head := p.head()
	for i, word := range p {
		described := i < len(head) && slices.ContainsFunc(head[i+1:], func(w string) bool { return isQuantity(w) && !is(w, anAverage|money) })
		if is(word, anAverage) && (!described || is(word, anAverager|aPercentage)) {
			return word
		}
	}
	return ""
}

// time returns what a header says about times: by its last word, units and zones
// aside, or by beginning with a word for a point in time.
func (p phrase) time() when.Hint {
	noun := p
	for len(noun) > 1 && is(noun.last(), aTimeUnit) {
		noun = noun[:len(noun)-1]
	}
	first, last := p[0], noun.last()
	foreign := is(first, aForeignDate) || is(last, aForeignDate)
	starts, ends := is(first, aTimeStart) && !isQuantity(last), is(last, aMoment|aDate)
	if !ends && !starts && !foreign || p.isPer() || p.isToDate() {
		return when.Hint{}
	}
	return when.Hint{
		Time: true, DayFirst: foreign,
		// Data is a date in Italian and Portuguese, and anything in English.
		Numbers: ends || starts || !slices.Contains(p, "data"),
		Dates:   is(last, aDate) || starts || foreign,
		Hourly:  slices.ContainsFunc(p, func(w string) bool { return w == "hour" || w == "datehour" || w == "yyyymmddhh" }),
		Serial:  last == "date" || last == "datetime" || foreign,
	}
}
