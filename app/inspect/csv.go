package inspect

import (
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/plan"
)

// byteOrderMark begins a table that is not all ASCII. Excel would take UTF-8 without
// it for an older encoding.
const byteOrderMark = "\ufeff"

// writeCSV prints the usage, and what it costs as a month of each plan, as a table for
// a spreadsheet: a row for each series, with its metric, a column for each label, and
// its value.
func (in *inspection) writeCSV(w io.Writer) error {
	families := in.families()
	for _, p := range in.plans {
		families = slices.Concat(families, p.TermFamilies(), p.MonthFamilies(in.sums()))
	}
	var names []string
	for _, f := range families {
		for _, name := range f.LabelNames {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	var b strings.Builder
	b.WriteString(strings.Join(slices.Concat([]string{"metric"}, names, []string{"value"}), ",") + "\n")
	for _, f := range families {
		for values, v := range f.Samples {
			b.WriteString(cell(f.Name))
			for _, name := range names {
				b.WriteByte(',')
				if i := slices.Index(f.LabelNames, name); i >= 0 && values[i] != "" {
					b.WriteString(cell(values[i]))
				}
			}
			b.WriteString("," + number(v) + "\n")
		}
	}
	table := b.String()
	if strings.ContainsFunc(table, func(r rune) bool { return r > '~' }) {
		table = byteOrderMark + table
	}
	_, err := io.WriteString(w, table)
	return err
}

// sums returns the units of the report, as if it were a month of the plans.
func (in *inspection) sums() plan.Sums { return plan.Sums{in.project.Name: in.report.Meters} }

// formula matches what a spreadsheet may run; some read the wide signs as the others.
var formula = regexp.MustCompile(`^\s*[=+\-@＝＋－＠]`)

// cell returns a text in quotes. An apostrophe keeps spreadsheets from running a text
// that looks like a formula.
func cell(s string) string {
	s = show.Text(s)
	if formula.MatchString(s) {
		s = "'" + s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// number returns a value as spreadsheets read it, empty where it is not finite.
func number(v float64) string {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
