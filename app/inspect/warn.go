package inspect

import (
	"fmt"
	"strings"
)

// manySeries is the number of series from which warnings about labels begin.
const manySeries = 50

// warnings returns what a person should look at before this report is served.
func (in *inspection) warnings() []string {
	var warnings []string
	if in.unknownProject {
		warnings = append(warnings, fmt.Sprintf("project %q is not configured; the global report section applies", in.project.Name))
	}
	warnings = append(warnings, in.labelWarnings()...)
	warnings = append(warnings, in.missing()...)
	return append(warnings, in.lint()...)
}

// labelWarnings names the label columns that multiply series.
func (in *inspection) labelWarnings() []string {
	all := in.report.Combinations()
	if all < manySeries {
		return nil
	}
	var warnings, columns []string
	for _, stat := range in.report.LabelStats() {
		kind := ""
		switch {
		case stat.Values*10 >= in.report.Rows*9:
			kind = "identifies single rows"
		case stat.JSON:
			kind = "holds JSON"
		case stat.Text:
			kind = "holds free text"
		case stat.Values*5 >= all, stat.Without*2 <= all:
			kind = "has many values"
		default:
			continue
		}
		columns = append(columns, stat.Column)
		warning := fmt.Sprintf("column %q %s: %d values", stat.Column, kind, stat.Values)
		if stat.Without < all {
			warning += fmt.Sprintf("; without it there would be %d series instead of %d", stat.Without, all)
		}
		warnings = append(warnings, warning)
	}
	if len(columns) > 1 {
		warnings = append(warnings, fmt.Sprintf("with the role ignore for all of these columns there would be %d series instead of %d: %s",
			in.report.SeriesWithout(columns), all, strings.Join(columns, ", ")))
	}
	return warnings
}

// missing names the configured columns that the report does not have.
func (in *inspection) missing() []string {
	var warnings []string
	for _, column := range in.report.Mapping.Missing(in.project.Report) {
		warnings = append(warnings, fmt.Sprintf("column %q is configured, and the report has no such column", column))
	}
	return warnings
}
