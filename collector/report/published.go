package report

import (
	"slices"
	"strings"
	"unicode"
)

// published is how a column of the usage report is read that Statsig once published.
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
		{"sources", RoleLabel, "sources"},
		{"dailybillableevents", RoleValue, metricPrefix + "billable_events"}, // over a window they are not daily
		{"project", RoleLabel, "statsig_project"},
	}
}

// UsualMetric returns the metric of a value column with this header that is not
// configured.
func UsualMetric(header string) string {
	for _, p := range publishedColumns() {
		if p.role == RoleValue && p.header == withoutSpaces(header) {
			return p.name
		}
	}
	return MetricName(header)
}

// findPublished marks the columns that Statsig published, if the report has the one
// of billable events or three others: any report may have a date or a project.
func findPublished(columns []Column) {
	var found []int
	enough := false
	for i := range columns {
		j := slices.IndexFunc(publishedColumns(), func(p published) bool { return p.header == withoutSpaces(columns[i].Name) })
		if j >= 0 {
			columns[i].published = publishedColumns()[j]
			found = append(found, i)
			enough = enough || columns[i].published.role == RoleValue
		}
	}
	if enough || len(found) >= 3 {
		return
	}
	for _, i := range found {
		columns[i].published = published{}
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
