package inspect

import (
	"io"
	"path/filepath"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/report"
)

// writeConfig prints a report section under which the report is mapped as it is
// now, column by column.
func (in *inspection) writeConfig(w io.Writer) error {
	o, usual := in.project.Report, report.DefaultOptions()
	columns := block(0)
	for _, c := range in.report.Mapping.Columns {
		settings := settingsOf(c, o.Columns[c.Name].Help)
		settings.LineComment = c.Why
		columns.Content = append(columns.Content, encoded(c.Name), settings)
	}
	var lookups, rules []*yaml.Node
	for _, l := range in.project.Labelling.Lookups {
		lookups = append(lookups, lookupOf(l, in.configDir))
	}
	for _, rule := range in.project.Labelling.Configs {
		rules = append(rules, encoded(rule))
		rules[len(rules)-1].Style = yaml.FlowStyle
	}
	section := block(0, "columns", columns, "lookups", lookups, "relabel_configs", rules,
		"unlisted", unless(o.Unlisted, usual.Unlisted), "decimal", unless(o.Decimal, usual.Decimal), "overflow", unless(o.Overflow, usual.Overflow),
		"fold_by", o.FoldBy, "series_limit", unless(o.SeriesLimit, usual.SeriesLimit),
		"label_value_limit", unless(o.LabelValueLimit, usual.LabelValueLimit))
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(block(0, "report", section)); err != nil {
		return err
	}
	return encoder.Close()
}

// unless returns v, or nothing if it is the usual value.
func unless[T comparable](v, usual T) T {
	if v == usual {
		var nothing T
		return nothing
	}
	return v
}

// settingsOf returns what a configuration says of a column.
func settingsOf(c report.Column, help string) *yaml.Node {
	switch c.Role {
	case report.RoleLabel:
		return block(yaml.FlowStyle, "role", c.Role, "name", c.Label)
	case report.RoleValue:
		return block(yaml.FlowStyle, "role", c.Role, "metric", c.Metric, "help", help, "aggregate", c.Aggregate)
	case report.RoleTime:
		return block(yaml.FlowStyle, "role", c.Role, "primary", c.Primary)
	}
	return block(yaml.FlowStyle, "role", c.Role)
}

// lookupOf returns what a configuration in a directory says of a lookup.
func lookupOf(l config.Lookup, dir string) *yaml.Node {
	file := l.File
	if near, err := filepath.Rel(dir, file); err == nil {
		file = near
	}
	return block(yaml.FlowStyle, "file", file, "on", l.On, "match", l.Match, "default", l.Default, "labels", l.Labels)
}

// block returns a mapping of those keys, each before its value, whose value is not
// empty.
func block(style yaml.Style, pairs ...any) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Style: style}
	for pair := range slices.Chunk(pairs, 2) {
		v := reflect.ValueOf(pair[1])
		if v.IsZero() || v.Kind() == reflect.Map && v.Len() == 0 {
			continue
		}
		node.Content = append(node.Content, encoded(pair[0]), encoded(pair[1]))
	}
	return node
}

// encoded returns a value in which each text stands on one line, and in the quotes
// that it needs.
func encoded(v any) *yaml.Node {
	if node, ok := v.(*yaml.Node); ok {
		return node
	}
	node := &yaml.Node{}
	if text, ok := v.(string); ok {
		node.SetString(text)
	} else if err := node.Encode(v); err != nil {
		panic(err) // of a type that YAML does not have
	}
	quoteHidden(node)
	return node
}

// quoteHidden puts texts into the quotes that escapes need, if they need escapes.
func quoteHidden(node *yaml.Node) {
	if show.Text(node.Value) != node.Value {
		node.Style = yaml.DoubleQuotedStyle
	}
	for _, part := range node.Content {
		quoteHidden(part)
	}
}
