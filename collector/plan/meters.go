package plan

import (
	"fmt"
	"maps"

	"statsig_exporter/collector/report"
)

// ReportMeters returns the sums that the plan needs of the reports of one of its
// projects, which has these labels of its own.
func (p Plan) ReportMeters(project string, labels map[string]string) []report.Meter {
	fixed := map[string]string{}
	maps.Copy(fixed, labels)
	fixed["project"] = project
	var meters []report.Meter
	for _, m := range p.Meters {
		meters = append(meters, report.Meter{Name: p.meterName(m), Metric: m.Metric, Match: m.Match, By: p.Showback.Labels, Fixed: fixed})
	}
	return meters
}

// meterName names a meter among the meters of all plans.
func (p Plan) meterName(m Meter) string { return fmt.Sprintf("%q of %q", m.Name, p.Name) }

// Identity identifies what the plan counts: plans with the same one have the same use.
func (p Plan) Identity() string {
	parts := []any{p.Name, p.Projects}
	for _, m := range p.Meters {
		parts = append(parts, m.Name, m.Metric, m.Match)
	}
	return fmt.Sprintf("%q", parts)
}
