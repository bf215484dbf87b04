package inspect

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"statsig_exporter/collector/report"
)

// lint reports what promtool says of the names that come from columns, with a better
// name where there is one.
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

// lintName returns what Prometheus' linter says of a gauge of this name.
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

// betterName returns a name that the linter accepts: without the endings of other
// types, and with units written out in the singular, which the linter does not take
// for a unit. It converts no unit, because that would change what the values mean.
// If nothing helps, it returns metric.
func betterName(metric string) string {
	bare := metric
	for discouraged.MatchString(bare) {
		bare = discouraged.ReplaceAllString(bare, "")
	}
	words := strings.Split(bare, "_")
	for i, word := range words {
		words[i] = writtenOut(word)
	}
	better := strings.Join(words, "_")
	if better == "statsig_usage" {
		better = metric + "_value"
	}
	if len(lintName(better)) > 0 {
		return metric
	}
	return better
}

// abbreviations are units that the linter discourages, and words that it takes for
// the type of a metric.
const abbreviations = " s=second sec=second ms=millisecond us=microsecond ns=nanosecond h=hour d=day " +
	"b=byte kb=kilobyte mb=megabyte gb=gigabyte tb=terabyte pb=petabyte inches=inch gauge=gauged "

// writtenOut returns a word for one that the linter discourages, or the word itself.
func writtenOut(word string) string {
	if _, rest, found := strings.Cut(abbreviations, " "+word+"="); found {
		full, _, _ := strings.Cut(rest, " ")
		return full
	}
	if len(lintName("a_"+word)) > 0 {
		return strings.TrimSuffix(word, "s")
	}
	return word
}
