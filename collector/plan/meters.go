package plan

import (
	"fmt"
	"slices"

	"statsig_exporter/collector/report"
)

// ReportMeters returns the sums that the plan needs of the reports of one of its
// projects, which has these labels of its own.
func (p Plan) ReportMeters(project string, labels map[string]string) []report.Meter {
	var meters []report.Meter
	for _, m := range p.Meters {
		match := map[string][]string{}
		for label, values := range m.Match {
			own, constant := labels[label]
			if label == "project" {
				own, constant = project, true
			}
			switch {
			case !constant:
				match[label] = values
			case !slices.Contains(values, own):
				match[label] = nil // no series of the project counts
			}
		}
		meters = append(meters, report.Meter{Name: p.meterName(m), Metric: m.Metric, Match: match})
	}
	return meters
}

// meterName names a meter among the meters of all plans.
func (p Plan) meterName(m Meter) string { return fmt.Sprintf("%q of %q", m.Name, p.Name) }
