package inspect

import (
	"io"
	"maps"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/report"
)

// section is a report section, without what has its default.
type section struct {
	Columns         *yaml.Node      `yaml:"columns,omitempty"`
	Lookups         []*yaml.Node    `yaml:"lookups,omitempty"`
	RelabelConfigs  []*yaml.Node    `yaml:"relabel_configs,omitempty"`
	Unlisted        report.Unlisted `yaml:"unlisted,omitempty"`
	Decimal         report.Decimal  `yaml:"decimal,omitempty"`
	Overflow        report.Overflow `yaml:"overflow,omitempty"`
	FoldBy          string          `yaml:"fold_by,omitempty"`
	SeriesLimit     int             `yaml:"series_limit,omitempty"`
	LabelValueLimit int             `yaml:"label_value_limit,omitempty"`
}

// writeConfig prints a report section under which the report is mapped as it is
// now, column by column.
func (in *inspection) writeConfig(w io.Writer) error {
	o, usual := in.project.Report, report.DefaultOptions()
	s := section{
		Unlisted: unless(o.Unlisted, usual.Unlisted), Decimal: unless(o.Decimal, usual.Decimal), Overflow: unless(o.Overflow, usual.Overflow),
		FoldBy: o.FoldBy, SeriesLimit: unless(o.SeriesLimit, usual.SeriesLimit), LabelValueLimit: unless(o.LabelValueLimit, usual.LabelValueLimit),
	}
	for _, c := range in.report.Mapping.Columns {
		if s.Columns == nil {
			s.Columns = &yaml.Node{Kind: yaml.MappingNode}
		}
		column := settingsOf(c, o.Columns[c.Name].Help)
		column.LineComment = c.Why
		s.Columns.Content = append(s.Columns.Content, text(c.Name), column)
	}
	for _, l := range in.project.Labelling.Lookups {
		s.Lookups = append(s.Lookups, lookupOf(l, in.configDir))
	}
	for _, rule := range in.project.Labelling.Configs {
		node := &yaml.Node{}
		if err := node.Encode(rule); err != nil {
			return err
		}
		node.Style = yaml.FlowStyle
		for _, part := range node.Content {
			quoteHidden(part)
		}
		s.RelabelConfigs = append(s.RelabelConfigs, node)
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(map[string]section{"report": s}); err != nil {
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

// settingsOf returns what a configuration says of a column, on one line.
func settingsOf(c report.Column, help string) *yaml.Node {
	node := line("role", string(c.Role))
	switch c.Role {
	case report.RoleLabel:
		node.Content = append(node.Content, line("name", c.Label).Content...)
	case report.RoleValue:
		node.Content = append(node.Content, line("metric", c.Metric, "help", help, "aggregate", string(c.Aggregate)).Content...)
	case report.RoleTime:
		if c.Primary {
			node.Content = append(node.Content, text("primary"), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
		}
	}
	return node
}

// lookupOf returns what a configuration in a directory says of a lookup, on one line.
func lookupOf(l config.Lookup, dir string) *yaml.Node {
	file := l.File
	if near, err := filepath.Rel(dir, file); err == nil {
		file = near
	}
	node := line("file", file, "on", l.On, "match", string(l.Match), "default", l.Default)
	if len(l.Labels) > 0 {
		labels := line()
		for _, name := range slices.Sorted(maps.Keys(l.Labels)) {
			labels.Content = append(labels.Content, text(name), text(l.Labels[name]))
		}
		node.Content = append(node.Content, text("labels"), labels)
	}
	return node
}

// line returns a mapping on one line of those keys, each before its value, whose value
// is not empty.
func line(pairs ...string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			node.Content = append(node.Content, text(pair[0]), text(pair[1]))
		}
	}
	return node
}

// text returns a string that is quoted where it must be, and stands on one line.
func text(s string) *yaml.Node {
	node := &yaml.Node{}
	node.SetString(s)
	quoteHidden(node)
	return node
}

// quoteHidden puts a text into the quotes that escapes need, if it needs escapes.
func quoteHidden(node *yaml.Node) {
	if show.Text(node.Value) != node.Value {
		node.Style = yaml.DoubleQuotedStyle
	}
}
