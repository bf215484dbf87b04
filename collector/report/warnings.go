package report

import (
	"fmt"
	"strconv"
	"strings"
)

// maxWarnings and maxWarningBytes bound what a report warns of.
const (
	maxWarnings     = 20
	maxWarningBytes = 500
)

// warn adds a sentence for a person to the report's warnings.
func (r *Report) warn(format string, args ...any) {
	if len(r.Warnings) > maxWarnings {
		return
	}
	text := "there are more warnings"
	if len(r.Warnings) < maxWarnings {
		text = fmt.Sprintf(format, args...)
	}
	if len(text) > maxWarningBytes {
		text = cut(text, maxWarningBytes-len("…")) + "…"
	}
	r.Warnings = append(r.Warnings, text)
}

// warnOfRows says which rows were not read as they stand. odd are the first lines
// of rows with another number of fields than the header.
func (r *Report) warnOfRows(in *input, odd []int) {
	if n := r.Skipped.FieldCount; n > 0 {
		r.warn("%s skipped, for having another number of fields than the header (%s)", rowsAre(n), lines(odd, n))
	}
	for _, line := range r.Mapping.totals {
		r.warn("the row on line %d is the total of all others, and is left out", line)
	}
	if before := in.layout.before; len(before) > 0 {
		r.warn("the table begins on line %d: %s skipped (%s)", in.layout.headerLine, rowsAre(len(before)), lines(before, len(before)))
	}
	if in.short > 0 {
		r.warn("%s without the last field, %s, which counts as empty", rowsAre(in.short), quote(in.header[len(in.header)-1]))
	}
	if n := in.rows.foreign; n > 0 {
		r.warn("%s not UTF-8 and read as Windows-1252", rowsAre(n))
	}
}

// warnOfLookups names the lookups that have nothing to look up; ruler may be nil.
func (r *Report) warnOfLookups(ruler *ruler) {
	if ruler == nil {
		return
	}
	for _, l := range ruler.unknown {
		var names []string
		for _, c := range r.Mapping.Columns {
			names = append(names, quote(c.Name))
		}
		r.warn("lookup %s is on %s, which is neither a column nor a label, so that every row gets the default; the columns are %s", l.Name, quote(l.On), strings.Join(names, ", "))
	}
}

// warnOfColumns says what a person may not expect of the columns.
func (r *Report) warnOfColumns() {
	for _, c := range r.Mapping.Columns {
		if c.warning != "" {
			r.warn("column %s: %s", quote(c.Name), c.warning)
		}
	}
}

// rowsAre says how many rows there are, up to the verb.
func rowsAre(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return strconv.Itoa(n) + " rows are"
}

// lines names the first of n lines.
func lines(of []int, n int) string {
	of = of[:min(len(of), maxSkippedLines)]
	text := strings.ReplaceAll(strings.Trim(fmt.Sprint(of), "[]"), " ", ", ")
	if n > len(of) {
		text += fmt.Sprintf(" and %d more", n-len(of))
	}
	if len(of) > 1 {
		return "lines " + text
	}
	return "line " + text
}
