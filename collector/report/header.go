package report

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"statsig_exporter/collector/report/when"
)

// headerSays is what the words of a header say about its column.
type headerSays struct {
	identifies string    // the word by which the header identifies something; empty if it does not
	averages   string    // the word by which the cells are ratios or prices, which do not add up
	level      string    // the word by which they are readings, which do not add up over rows
	time       when.Hint // whether the cells may be times
	clock      bool      // the cells may be durations such as 1:02:03
	finely     bool      // the cells name something though they have decimals
	blank      bool      // nothing
	flag       string    // the word by which cells of 0 and 1 mean no and yes
}

// readHeader finds out what a header says. Only whole words count: "rate" is not
// found in "generated".
func readHeader(header string) headerSays {
	words := headerWords(header)
	says := headerSays{averages: averageWord(words), time: timeWords(words), blank: header == "", flag: flagWord(words)}
	says.clock = slices.ContainsFunc(words, func(w string) bool { return slices.Contains(durations, w) })
	says.finely = slices.ContainsFunc(words, func(w string) bool { return slices.Contains(finelyNamed, w) })
	switch outside, inside := brackets(header); {
	case slashPer(header):
		says.averages = "per"
	case saysUnit(header, inside):
	case len(outside) > 0:
		says.identifies = identifyingWord(outside)
		if says.identifies == "" {
			says.identifies = identifyingWord(words)
		}
	default:
		says.identifies = identifyingWord(words)
	}
	for _, sign := range []string{"#", "?"} {
		if strings.HasSuffix(strings.TrimSpace(header), sign) {
			says.identifies = sign
		}
	}
	if strings.Contains(header, "%") {
		says.averages = "%"
	}
	phrase := " " + strings.Join(words, " ") + " "
	if i := slices.IndexFunc(levels, func(l string) bool { return strings.Contains(phrase, " "+l+" ") }); i >= 0 {
		says.level = levels[i]
	}
	return says
}

// headerWords splits a header into words, in lower case and without accents. In
// contrast to normalise it keeps the letters of every script. A number sign in
// front counts something; N° is a number that names something.
func headerWords(header string) []string {
	header = spelledOut.Replace(header)
	isAccent := func(c rune) bool { return c >= 0x300 && c <= 0x36f }
	bare := slices.DeleteFunc([]rune(norm.NFKD.String(header)), isAccent)
	runes := []rune(norm.NFC.String(string(bare)))
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
	if strings.HasPrefix(header, "#") && len(words) > 0 {
		words = append([]string{"num"}, words...)
	}
	if len(words) == 0 {
		return []string{""}
	}
	return words
}

// brackets returns the words of a header before its first bracket and behind it.
// outside is empty if there is none, or nothing before it.
func brackets(header string) (outside, inside []string) {
	i := strings.IndexAny(header, "([{（")
	if i <= 0 || strings.TrimSpace(header[:i]) == "" {
		return nil, nil
	}
	return headerWords(header[:i]), headerWords(header[i:])
}

// saysUnit tells whether a header names the unit of a quantity: with a currency
// sign, as in Config($), or in brackets.
func saysUnit(header string, inside []string) bool {
	if last := len(inside) - 1; last >= 0 && (isQuantity(inside[last]) || slices.Contains(units, inside[last])) {
		return true
	}
	// A dollar sign in front is a sigil: $browser.
	return strings.IndexFunc(header, func(c rune) bool { return unicode.Is(unicode.Sc, c) }) > 0
}

// slashPer tells whether a header is a quantity, a slash and the unit to which
// it refers: Cost/User, $/GB. The slashes of bill/PayerAccountId are others.
func slashPer(header string) bool {
	left, right, found := strings.Cut(header, "/")
	if !found || strings.Contains(right, "/") {
		return false
	}
	per, of := headerWords(left), headerWords(right)
	first := strings.TrimSpace(left)
	quantity := isQuantity(per[len(per)-1]) || slices.Contains(units, per[len(per)-1]) || first == "$" || first == "€"
	unit := len(of) == 1 && (slices.Contains(things, of[0]) || slices.Contains(calendarParts, of[0]) || slices.Contains(units, of[0]))
	return quantity && unit
}

// identifyingWord returns the word that makes a header the name of something
// rather than a quantity. English puts the noun last: a project version is a
// version, a version count is a count; what follows a preposition only describes
// it: cost in billing currency is a cost.
func identifyingWord(words []string) string {
	last := words[len(words)-1]
	switch {
	case isPer(words), isToDate(words):
		return ""
	case len(words) > 1 && slices.Contains(flagWords, words[0]):
		return words[0]
	case last == "by" && len(words) > 1:
		return last
	}
	if head := beforePreposition(words); len(head) < len(words) {
		if isCount(head, words) {
			return ""
		}
		if word := namingWord(head); word != "" {
			return word
		}
		if noun := head[len(head)-1]; isQuantity(noun) || noun == "time" {
			return ""
		}
	}
	if isCount(words, words) {
		return ""
	}
	return namingWord(words)
}

// namingWord is identifyingWord for words without a preposition.
func namingWord(words []string) string {
	last, before := words[len(words)-1], words[:len(words)-1]
	switch {
	case len(before) == 0 && (last == "number" || last == "num"):
		return ""
	case isName(last):
		return last
	case slices.Contains(things, last), slices.Contains(numberWords, last):
		if slices.ContainsFunc(before, func(w string) bool { return slices.Contains(countingWords, w) }) {
			return "" // active user, total number
		}
		return last
	case slices.Contains(calendarParts, last):
		if slices.ContainsFunc(before, measuresPeriod) {
			return "" // cost last month, instance hour
		}
		return last
	case slices.Contains(before, "id") && !isQuantity(last):
		return "id"
	case len(before) > 0 && slices.Contains(namingPairs, before[len(before)-1]+"_"+last):
		return last
	}
	return ""
}

// flagWord returns the word by which a header asks a question: Billable, used_sso.
func flagWord(words []string) string {
	first, last := words[0], words[len(words)-1]
	switch {
	case slices.Contains(adjectives, last):
		return last
	case first == "used" && len(words) > 1 && !isQuantity(last) && !slices.Contains(units, last):
		return first
	}
	return ""
}

// isName tells whether a word is the noun of a name or a number that names
// something, on its own or at the end of a compound: accountid, Kundennummer.
func isName(word string) bool {
	if slices.Contains(names, word) {
		return true
	}
	for _, suffix := range nameSuffixes {
		if len(word) > len(suffix) && strings.HasSuffix(word, suffix) {
			return !slices.Contains(noNames, word)
		}
	}
	return false
}

// isCount tells whether a header, up to its preposition head, says that it
// counts: number of user, total event, num rows.
func isCount(head, words []string) bool {
	last := head[len(head)-1]
	if len(head) > 1 && slices.Contains(countStarts, head[0]) {
		return !isName(last)
	}
	counted := len(head) == 1 && slices.Contains(numberWords, last) && len(words) > len(head)+1
	return counted && (words[len(head)] == "of" || isPlural(words[len(words)-1]))
}

// measuresPeriod tells whether a word before the name of a period makes it the
// period of an amount.
func measuresPeriod(word string) bool {
	if slices.Contains(billedWords, word) {
		return false // the usage month is when, not how much
	}
	return isQuantity(word) || slices.Contains(units, word) || slices.Contains(relativeWords, word)
}

// beforePreposition cuts words before the first preposition that has words on
// both sides.
func beforePreposition(words []string) []string {
	for i := 1; i < len(words)-1; i++ {
		if slices.Contains(prepositions, words[i]) {
			return words[:i]
		}
	}
	return words
}

// isToDate tells whether a header speaks of an amount up to now: year to date.
func isToDate(words []string) bool {
	n := len(words)
	return n > 2 && words[n-2] == "to" && words[n-1] == "date" && (isQuantity(words[n-3]) || slices.Contains(calendarParts, words[n-3]))
}

func isQuantity(word string) bool {
	return slices.Contains(quantities, word) || isPlural(word)
}

// isPlural tells whether a word looks like the plural of something countable.
func isPlural(word string) bool {
	if len(word) < 3 || !strings.HasSuffix(word, "s") || strings.HasSuffix(word, "ss") || strings.HasSuffix(word, "us") || strings.HasSuffix(word, "is") {
		return false
	}
	return !isName(word) && !slices.Contains(calendarParts, word)
}

func isPer(words []string) bool {
	i := slices.IndexFunc(words, func(w string) bool { return w == "per" || w == "par" || w == "por" })
	return i >= 0 && i < len(words)-1
}

// averageWord returns the word by which the values of a column are averages. A
// price is one, but not where it only describes a quantity: price adjustments.
func averageWord(words []string) string {
	if isPer(words) {
		return "per"
	}
	head := beforePreposition(words)
	for i, word := range words {
		described := i < len(head) && slices.ContainsFunc(head[i+1:], func(w string) bool { return isQuantity(w) && !isAverage(w) && !slices.Contains(moneyWords, w) })
		if isAverage(word) && (!described || slices.Contains(averagers, word)) {
			return word
		}
	}
	return ""
}

// isAverage reports whether a word, or the end of a compound, says average.
func isAverage(word string) bool {
	return slices.Contains(averages, word) || slices.ContainsFunc(averageSuffixes, func(s string) bool { return strings.HasSuffix(word, s) })
}

// timeWords tells whether a header says that its cells are times: by its last
// word, units and zones aside, or by beginning with a word for a point in time.
func timeWords(words []string) when.Hint {
	head := words
	for len(head) > 1 && slices.Contains(timeUnits, head[len(head)-1]) {
		head = head[:len(head)-1]
	}
	first, last := words[0], head[len(head)-1]
	foreign := slices.Contains(foreignDates, first) || slices.Contains(foreignDates, last) || strings.HasSuffix(last, "datum")
	starts := slices.Contains(timeStarts, first) && !isQuantity(last)
	ends := slices.Contains(timeNouns, last) || slices.ContainsFunc(timeSuffixes, func(s string) bool { return strings.HasSuffix(last, s) })
	if !ends && !starts && !foreign || isPer(words) || isToDate(words) {
		return when.Hint{}
	}
	hint := when.Hint{Time: true, DayFirst: foreign}
	// Data is a date in Italian and Portuguese, and anything in English.
	hint.Numbers = ends || starts || foreign && !slices.Contains(words, "data")
	hint.Dates = slices.Contains(dateNouns, last) || starts || foreign || !slices.Contains(timeNouns, last)
	hint.Hourly = slices.ContainsFunc(words, func(w string) bool { return w == "hour" || w == "datehour" || w == "yyyymmddhh" })
	hint.Serial = last == "date" || last == "datetime" || foreign
	return hint
}
