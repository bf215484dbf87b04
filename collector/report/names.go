package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// metricPrefix begins the name of every usage family.
const metricPrefix = "statsig_usage_"

// rowsMetric is the family of a report without a value column.
const rowsMetric = metricPrefix + "rows"

// reservedPrefix is put before names that are taken by the exporter itself.
const reservedPrefix = "report_"

// ReservedMetrics lists the families that the exporter itself serves under the
// prefix of usage families. No value column may have one of these names.
func ReservedMetrics() []string {
	return []string{
		metricPrefix + "newest_timestamp_seconds",
		metricPrefix + "restated",
		metricPrefix + "window_end_timestamp_seconds",
		metricPrefix + "window_start_timestamp_seconds",
	}
}

// MetricName returns the family that a value column of this name gets when
// nothing is configured and no other column has taken it. It is
// "statsig_usage_" for a name without a letter or digit of ASCII.
func MetricName(column string) string {
	name := metricPrefix + normalise(column)
	if slices.Contains(ReservedMetrics(), name) {
		return metricPrefix + reservedPrefix + strings.TrimPrefix(name, metricPrefix)
	}
	return name
}

// LabelName returns the label that a column of this name gets when nothing is
// configured and no other column has taken it. It is empty for a name without a letter
// or digit of ASCII.
func LabelName(column string) string { return normalise(column) }

// normalise turns a header into snake case: SkuId becomes sku_id, HTTPStatus
// http_status, kWh kwh, and each run outside [a-z0-9] one underscore.
func normalise(header string) string {
	var b strings.Builder
	gap := false
	runes := []rune(joinUnits(header))
	for i, c := range runes {
		if i > 0 && startsWord(runes, i) {
			gap = true
		}
		c = unicode.ToLower(c)
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		gap = false
		b.WriteRune(c)
	}
	return b.String()
}

// startsWord reports whether a camelCase word begins at runes[i]: an upper-case
// letter after a lower-case one or a digit, or the last capital of an acronym
// that a lower-case letter follows. The s of MAUs only makes a plural.
func startsWord(runes []rune, i int) bool {
	if !unicode.IsUpper(runes[i]) {
		return false
	}
	before := runes[i-1]
	if unicode.IsLower(before) || unicode.IsDigit(before) {
		return true
	}
	if !unicode.IsUpper(before) || i+1 >= len(runes) || !unicode.IsLower(runes[i+1]) {
		return false
	}
	plural := runes[i+1] == 's' && (i+2 >= len(runes) || !unicode.IsLower(runes[i+2]))
	return !plural
}

// unitSign matches units of measure, and their like, that camelCase would split.
var unitSign = regexp.MustCompile(`dBm?|pH|v[CG]PU|w/o|[nmcdhkKMGTPE]?(?:i?B(?:ps)?|W[hp]?|VAh?|Ah|Hz|Pa|[VAJNL])`)

// wordEnd matches what stands behind a whole word: nothing, another sign, or the next
// word of camelCase, which Us is not (MAUs). The word may be a plural.
var wordEnd = regexp.MustCompile(`^(?:$|\PL|s(?:$|\P{Ll})|\p{Lu}(?:[^\P{Ll}s]|s\p{Ll}))`)

// joinUnits writes each unit of measure as one word of camelCase: kWh as Kwh, w/o as Wo.
func joinUnits(text string) string {
	if !strings.ContainsFunc(text, unicode.IsUpper) && !strings.Contains(text, "w/o") {
		return text // the usual case, without a search
	}
	var b strings.Builder
	done, from := 0, 0
	for at := unitSign.FindStringIndex(text); at != nil; at = unitSign.FindStringIndex(text[from:]) {
		start, end := from+at[0], from+at[1]
		if isWord(text, start, end) {
			b.WriteString(text[done:start])
			b.WriteString(strings.ToUpper(text[start : start+1]))
			b.WriteString(strings.ToLower(strings.Trim(text[start+1:end], "/")))
			done = end
		}
		from = end
	}
	return b.String() + text[done:]
}

// isWord reports whether text[start:end] is a whole word.
func isWord(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	if unicode.IsLetter(before) && (!unicode.IsLower(before) || !unicode.IsUpper(rune(text[start]))) {
		return false
	}
	return wordEnd.MatchString(text[end:])
}

// columnNames gives every column of a header its own name: the header, and from
// its second occurrence on the first of header_2, header_3 … that no other column
// has.
func columnNames(header []string) []string {
	taken := newNameSet(header)
	names := make([]string, len(header))
	seen := make(map[string]bool, len(header))
	for i, h := range header {
		names[i] = h
		if seen[h] {
			names[i] = taken.claim(h)
		}
		seen[h] = true
	}
	return names
}

// nameSet is the names that are taken, and where to look for a free one.
type nameSet struct {
	taken map[string]bool
	next  map[string]int // the first number that may be free behind a name
}

func newNameSet(taken []string) nameSet {
	n := nameSet{taken: make(map[string]bool, len(taken)), next: map[string]int{}}
	for _, name := range taken {
		n.taken[name] = true
	}
	return n
}

// claim takes name or, where that is taken, the first of name_2, name_3 … that is
// not, and returns what it took.
func (n nameSet) claim(name string) string {
	free := name
	for i := max(2, n.next[name]); n.taken[free]; i++ {
		free = name + "_" + strconv.Itoa(i)
		n.next[name] = i + 1
	}
	n.taken[free] = true
	return free
}

// nameColumns sets the label or metric of every column. Configured names come
// first, then the others in the order of the header.
func nameColumns(columns []Column, opts Options) {
	reserved := append([]string{"project", "window"}, opts.TakenLabels...)
	labels, metrics := newNameSet(reserved), newNameSet(ReservedMetrics())
	for _, configured := range []bool{true, false} {
		for i := range columns {
			c := &columns[i]
			set := opts.Columns[c.Name]
			if c.pinned() {
				set.Name, set.Metric = c.published.name, c.published.name
			}
			switch {
			case c.Role == RoleLabel && configured == (set.Name != ""):
				c.Label = labels.claim(labelName(c, set.Name, reserved))
			case c.Role == RoleValue && configured == (set.Metric != ""):
				c.Metric = metrics.claim(cmp.Or(set.Metric, MetricName(c.plainName())))
			}
		}
	}
}

func labelName(c *Column, configured string, reserved []string) string {
	name := cmp.Or(configured, c.plainName())
	// A label name may not begin with a digit, nor, in Prometheus, with two underscores.
	digit := name[0] >= '0' && name[0] <= '9'
	if digit || strings.HasPrefix(name, "__") || slices.Contains(reserved, name) {
		return reservedPrefix + name
	}
	return name
}

// plainName returns the column's name in snake case.
func (c *Column) plainName() string {
	if normalise(c.Header) == "" {
		return fmt.Sprintf("column_%d", c.Index+1)
	}
	return normalise(c.Name)
}
