package report

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// sourcesLabel is the label whose values are lists.
const sourcesLabel = "sources"

// published says how a column is read that Statsig's published usage report had.
type published struct {
	header string // case and spaces aside
	role   Role
	name   string // of the label or the metric
}

func publishedColumns() []published {
	return []published{
		{"date", RoleTime, ""},
		{"eventtype", RoleLabel, "event_type"},
		{"name", RoleLabel, "name"},
		{"sources", RoleLabel, sourcesLabel},
		{"dailybillableevents", RoleValue, metricPrefix + "billable_events"}, // over a window they are not daily
		{"project", RoleLabel, "statsig_project"},
	}
}

// publishedAs returns how Statsig published a column of this name; zero if it did not.
func publishedAs(name string) published {
	for _, p := range publishedColumns() {
		if p.header == withoutSpaces(name) {
			return p
		}
	}
	return published{}
}

// UsualMetric returns the metric of a value column with this header that is not
// configured.
func UsualMetric(header string) string {
	if p := publishedAs(header); p.role == RoleValue {
		return p.name
	}
	return MetricName(header)
}

// KnownLabels returns the labels that a report is sure to have before it is read: from
// configured columns and, if on is a label that Statsig published, the others it published.
func (o Options) KnownLabels(on string) []string {
	others := slices.DeleteFunc(publishedColumns(), func(p published) bool { return p.role != RoleLabel })
	if o.Unlisted == UnlistedIgnore || !slices.ContainsFunc(others, func(p published) bool { return p.name == LabelName(on) }) {
		others = nil
	}
	var labels []string
	for header, c := range o.Columns {
		others = slices.DeleteFunc(others, func(p published) bool { return p.header == withoutSpaces(header) })
		if c.Role == RoleLabel {
			labels = append(labels, cmp.Or(c.Name, LabelName(header)))
		}
	}
	for _, p := range others {
		labels = append(labels, p.name)
	}
	return labels
}

// findPublished marks the columns that Statsig published, if the report has the one
// of billable events or three others: any report may have a date or a project.
func findPublished(columns []Column) {
	found, enough := make([]published, len(columns)), 0
	for i, c := range columns {
		switch found[i] = publishedAs(c.Name); found[i].role {
		case RoleValue:
			enough += 3
		case RoleLabel, RoleTime:
			enough++
		case RoleIgnore:
		}
	}
	for i := range columns {
		columns[i].published = published{}
		if enough >= 3 {
			columns[i].published = found[i]
		}
	}
}

func withoutSpaces(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// pinned reports whether the column is read as Statsig published it: neither its
// cells nor the configuration say something else.
func (c *Column) pinned() bool {
	return c.published.role != "" && c.published.role == c.Role && !c.Configured
}

// sorted returns a list in one cell with its parts in order, so that the same
// sources are the same label.
func sorted(cell []byte) []byte {
	parts := strings.Split(string(cell), ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	slices.Sort(parts)
	return []byte(strings.Join(parts, ","))
}
