package ingest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
)

// Samples yields the label values, one for each of Report.LabelNames, and the value
// of each series of a metric. The slice is reused.
type Samples = func(yield func(labels []string, v float64) bool)

// Families returns the families of the usage in a report of a window, as they are
// served. samples returns the samples of one of r.Metrics, as r.Samples does.
func (p *Project) Families(r *report.Report, window string, samples func(metric int) Samples) []exposition.Family {
	constant := map[string]string{"project": p.config.Name, "window": window}
	for name, value := range p.config.Labels {
		if !slices.Contains(r.LabelNames, name) { // no rule has changed it
			constant[name] = value
		}
	}
	var families []exposition.Family
	for i, m := range r.Metrics {
		f := exposition.Family{Name: m.Name, Help: help(m.Name, p.options.Config.Helps), LabelNames: r.LabelNames, Samples: samples(i)}
		families = append(families, f.With(constant))
	}
	return families
}

// TooLarge returns why what Encode made of a report cannot be served; nil if it can.
func TooLarge(segment *exposition.Segment, r *report.Report) error {
	err := segment.Err()
	if !errors.Is(err, exposition.ErrTooLarge) {
		return nil
	}
	return fmt.Errorf("%w: %d series with %d label columns and %d value columns; give some of the columns the role ignore, or lower series_limit",
		err, r.Series, len(r.LabelNames), len(r.Metrics))
}

// help returns the help text of a usage family: the configured one, or one made from
// the words of the name. It depends on the name alone, because projects share
// families.
func help(metric string, configured map[string]string) string {
	if help := configured[metric]; help != "" {
		return help
	}
	if metric == "statsig_usage_rows" {
		return "Rows of the usage report."
	}
	words := strings.ReplaceAll(strings.TrimPrefix(metric, "statsig_usage_"), "_", " ")
	return "Column of the Statsig usage report: " + words + "."
}
