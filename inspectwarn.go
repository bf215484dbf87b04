package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"statsig_exporter/collector/report"
)

// manySeries is the number of series from which warnings about labels begin.
const manySeries = 50

// warnings says what a person should look at before this report is served.
func (in *inspection) warnings() []string {
	warnings := in.labelWarnings()
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
		warnings = append(warnings, fmt.Sprintf("column %q %s: %d values; without it there would be %d series instead of %d",
			stat.Column, kind, stat.Values, stat.Without, all))
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

// lint passes on what promtool would say of the names that come from columns,
// with another name where one helps.
func (in *inspection) lint() []string {
	var warnings []string
	for _, c := range in.report.Mapping.Columns {
		if c.Role != report.RoleValue {
			continue
		}
		problems := lintName(c.Metric)
		if len(problems) == 0 {
			continue
		}
		warning := fmt.Sprintf("column %q: %s: %s", c.Name, c.Metric, strings.Join(problems, "; "))
		if better := betterName(c.Metric); better != c.Metric {
			warning += "; use metric: " + better
		}
		warnings = append(warnings, warning)
	}
	return warnings
}

// lintName returns what the linter of Prometheus says of a gauge of this name.
func lintName(metric string) []string {
	help, kind, value := "help", dto.MetricType_GAUGE, 1.0
	family := &dto.MetricFamily{Name: &metric, Help: &help, Type: &kind, Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: &value}}}}
	found, err := promlint.NewWithMetricFamilies([]*dto.MetricFamily{family}).Lint()
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, p := range found {
		problems = append(problems, p.Text)
	}
	return problems
}

// discouraged are the endings that the linter keeps for other types.
var discouraged = regexp.MustCompile(`_(total|count|sum|bucket|info)$`)

// betterName returns the name without what the linter found, as far as leaving
// words out can mend it.
func betterName(metric string) string {
	for better := metric; ; {
		better = discouraged.ReplaceAllString(better, "")
		if len(lintName(better)) == 0 && better != "statsig_usage" {
			return better
		}
		if !discouraged.MatchString(better) {
			return metric
		}
	}
}
