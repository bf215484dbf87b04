package inspect

import (
	"io"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/report"
)

// writeConfig prints a report section under which the report is mapped as it is
// now, column by column.
func (in *inspection) writeConfig(w io.Writer) error {
	columns := &yaml.Node{Kind: yaml.MappingNode}
	for _, c := range in.report.Mapping.Columns {
		column := settingsOf(c, in.project.Report.Columns[c.Name].Help)
		column.LineComment = c.Why
		columns.Content = append(columns.Content, text(c.Name), column)
	}
	section := &yaml.Node{Kind: yaml.MappingNode}
	if len(columns.Content) > 0 {
		section.Content = append(section.Content, text("columns"), columns)
	}
	defaults, o := report.DefaultOptions(), in.project.Report
	add := func(key, value string, changed bool) {
		if changed {
			section.Content = append(section.Content, text(key), text(value))
		}
	}
	add("unlisted", string(o.Unlisted), o.Unlisted != defaults.Unlisted)
	add("decimal", string(o.Decimal), o.Decimal != defaults.Decimal)
	add("overflow", string(o.Overflow), o.Overflow != defaults.Overflow)
	add("fold_by", o.FoldBy, o.FoldBy != "")
	addInt := func(key string, value, def int) {
		if value != def {
			node := &yaml.Node{}
			_ = node.Encode(value) // an integer can always be encoded
			section.Content = append(section.Content, text(key), node)
		}
	}
	addInt("series_limit", o.SeriesLimit, defaults.SeriesLimit)
	addInt("label_value_limit", o.LabelValueLimit, defaults.LabelValueLimit)
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(map[string]*yaml.Node{"report": section}); err != nil {
		return err
	}
	return encoder.Close()
}

// settingsOf returns what a configuration says of a column, on one line.
func settingsOf(c report.Column, help string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	set := func(key, value string) { node.Content = append(node.Content, text(key), text(value)) }
	set("role", string(c.Role))
	switch c.Role {
	case report.RoleLabel:
		set("name", c.Label)
	case report.RoleValue:
		set("metric", c.Metric)
		if help != "" {
			set("help", help)
		}
		set("aggregate", string(c.Aggregate))
	case report.RoleTime:
		if c.Primary {
			node.Content = append(node.Content, text("primary"), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
		}
	}
	return node
}

// text returns a string that is quoted where it must be, and stands on one line.
func text(s string) *yaml.Node {
	node := &yaml.Node{}
	node.SetString(s)
	if show.Text(s) != s { // escapes need double quotes
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}
