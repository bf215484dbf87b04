package plan

import (
	"fmt"
	"maps"
	"slices"

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

// Counts reports whether q counts what p counts.
func (p Plan) Counts(q Plan) bool {
	return p.Name == q.Name && slices.Equal(p.Projects, q.Projects) &&
		slices.EqualFunc(p.Meters, q.Meters, func(a, b Meter) bool {
			return a.Name == b.Name && a.Metric == b.Metric && maps.EqualFunc(a.Match, b.Match, slices.Equal)
		})
}
