package inspect

import (
	"fmt"
	"slices"
	"strings"

	"statsig_exporter/collector/report"
)

// manySeries is the number of series from which warnings about labels begin.
const manySeries = 100

// warnings returns what a person should look at before this report is served, the
// most important first.
func (in *inspection) warnings() []string {
	warnings := append(slices.Clone(in.report.Warnings), in.skipped()...)
	if in.unknownProject {
		warnings = append(warnings, fmt.Sprintf("project %q is not configured; the global report section applies", in.project.Name))
	}
	warnings = append(warnings, in.labelWarnings()...)
	warnings = append(warnings, in.missing()...)
	warnings = append(warnings, in.targetLabels()...)
	return append(warnings, in.lint()...)
}

// skipped counts the rows that rules drop, and the cells that are not used.
func (in *inspection) skipped() []string {
	var warnings []string
	if n := in.report.Skipped.Relabelled; n > 0 {
		warnings = append(warnings, fmt.Sprintf("relabel_configs drop %d of %d rows", n, in.report.Rows))
	}
	for i, c := range in.report.Mapping.Columns {
		if account := in.report.Accounts[i]; account.Skipped > 0 {
			warnings = append(warnings, fmt.Sprintf("column %q: cells that cannot be read are skipped: %s", c.Name, skippedCells(account)))
		}
	}
	return warnings
}

// labelWarnings names the label columns without which there would be less than half
// of many series.
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
		case stat.Values*5 >= all, stat.Without*2 < all:
			kind = "has many values"
		default:
			continue
		}
		columns = append(columns, stat.Column)
		warning := fmt.Sprintf("column %q %s: %d values", stat.Column, kind, stat.Values)
		if stat.Without*2 < all {
			warning += fmt.Sprintf("; without it there would be %d series instead of %d", stat.Without, all)
		}
		warnings = append(warnings, warning)
	}
	without := in.report.SeriesWithout(columns)
	switch {
	case without*2 >= all:
		return nil
	case len(columns) > 1:
		warnings = append(warnings, fmt.Sprintf("with the role ignore for all of these columns there would be %d series instead of %d: %s",
			without, all, strings.Join(columns, ", ")))
	}
	return warnings
}

// targetLabels names the label columns that collide with the labels that Prometheus
// gives to every target.
func (in *inspection) targetLabels() []string {
	var warnings []string
	for _, c := range in.report.Mapping.Columns {
		if c.Role == report.RoleLabel && (c.Label == "job" || c.Label == "instance") {
			warnings = append(warnings, fmt.Sprintf("column %q: Prometheus has a label %s of its own; it renames this one to exported_%s, or with honor_labels loses its own: "+
				"set another name", c.Name, c.Label, c.Label))
		}
	}
	return warnings
}

// missing names the configured columns, and the metrics of plans, that the report does
// not have.
func (in *inspection) missing() []string {
	var warnings []string
	for _, column := range in.report.Mapping.Missing(in.project.Report) {
		warnings = append(warnings, fmt.Sprintf("column %q is configured, and the report has no such column", column))
	}
	for _, p := range in.plans {
		for _, m := range p.ReportMeters(in.project.Name, in.project.Labels) {
			if _, found := in.report.Meters[m.Name]; !found {
				warnings = append(warnings, fmt.Sprintf("plan %s has no cost: the report has no %s", p.Name, m.Metric))
			}
		}
	}
	return warnings
}
