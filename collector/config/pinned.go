package config

import (
	"cmp"
	"maps"
	"slices"

	"statsig_exporter/collector/plan"
	"statsig_exporter/collector/report"
)

// countable notes a meter that would count nothing: its metric, or a label that it
// matches, is in no report of any project, as far as the configuration says so.
func (d *decoder) countable(seen map[string]entry, m *plan.Meter, projects []Project) {
	const because = ", which no report of the plan's projects has: with unlisted: ignore, only the listed columns count"
	var metrics []string
	labels := []string{"project"}
	if len(projects) == 0 {
		return
	}
	for _, p := range projects {
		ofProject, ok := p.pinnedLabels()
		if !ok {
			d.renamed(seen["metric"].line, m.Metric, projects)
			return
		}
		metrics, labels = append(metrics, p.pinnedMetrics()...), append(labels, ofProject...)
	}
	if m.Metric != "" && !slices.Contains(metrics, m.Metric) {
		d.problem(seen["metric"].line, "the meter counts %s"+because, m.Metric)
	}
	for _, label := range slices.Sorted(maps.Keys(m.Match)) {
		if !slices.Contains(labels, label) {
			d.problem(seen["match"].line, "the meter matches the label %s"+because, quote(label))
		}
	}
}

// renamed warns of a meter whose metric would come from a column that is configured
// under another name.
func (d *decoder) renamed(line int, metric string, projects []Project) {
	if slices.ContainsFunc(projects, func(p Project) bool { return slices.Contains(p.pinnedMetrics(), metric) }) {
		return
	}
	for _, p := range projects {
		for _, header := range slices.Sorted(maps.Keys(p.Report.Columns)) {
			c := p.Report.Columns[header]
			if c.Role == report.RoleValue && c.Metric != "" && report.UsualMetric(header) == metric {
				d.warn(line, "the meter counts %s, but the column %s has the name %s under report.columns; make them the same", metric, quote(header), c.Metric)
				return
			}
		}
	}
}

// pinnedMetrics returns the usage metrics of a project all of whose columns are
// configured.
func (p Project) pinnedMetrics() []string {
	var metrics []string
	for header, c := range p.Report.Columns {
		if c.Role == report.RoleValue {
			metrics = append(metrics, cmp.Or(c.Metric, report.MetricName(header)))
		}
	}
	if metrics == nil {
		return []string{"statsig_usage_rows"}
	}
	return metrics
}

// pinnedLabels returns the labels that the usage of a project can have. It reports
// false if that depends on more than the configuration.
func (p Project) pinnedLabels() ([]string, bool) {
	labels := p.LabelNames()
	for _, l := range p.Labelling.Lookups {
		labels = slices.AppendSeq(labels, maps.Keys(l.Labels))
		if len(l.Labels) == 0 {
			return nil, false
		}
	}
	for header, c := range p.Report.Columns {
		if c.Role == report.RoleLabel {
			name := cmp.Or(c.Name, report.LabelName(header))
			labels = append(labels, name, "report_"+name)
		}
	}
	return labels, p.Report.Unlisted == report.UnlistedIgnore && len(p.Labelling.Configs) == 0
}
