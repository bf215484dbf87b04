package config

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"time"

	"statsig_exporter/collector/report"
)

// maxSeries is the greatest series_limit. Twenty times as many combinations of
// label values are counted while a report is read, and must be countable.
const maxSeries = 100_000_000

// maxLabelValue is the greatest label_value_limit: no row of a report is longer.
const maxLabelValue = 16 << 20

// reportSection is a section report, merged over what it inherits.
type reportSection struct {
	options   report.Options // without Columns and TakenLabels
	columns   map[string]column
	labelling Labelling
}

// column is a configured column and where it stands.
type column struct {
	report.ColumnOptions
	header string
	line   int
	// claim is a name that no other column of the section may have, and its line;
	// empty if the column claims none.
	claim located
}

func defaultReport(loc *time.Location) reportSection {
	options := report.DefaultOptions()
	options.Location = loc
	return reportSection{options: options}
}

// finish returns the options of a project with these labels.
func (s reportSection) finish(labels []string) report.Options {
	options := s.options
	options.TakenLabels = labels
	if len(s.columns) > 0 {
		options.Columns = make(map[string]report.ColumnOptions, len(s.columns))
		for header, c := range s.columns {
			options.Columns[header] = c.ColumnOptions
		}
	}
	return options
}

// report reads a section and returns it merged over base: a scalar that it has
// replaces the inherited one, and a column the inherited one of that header.
func (d *decoder) report(e entry, base reportSection) reportSection {
	merged := base
	merged.columns = map[string]column{}
	maps.Copy(merged.columns, base.columns)
	o, l := &merged.options, &merged.labelling
	ranking := func(s string) bool { return s == "" || isUsageMetric(s) }
	d.section("report", e, keys{
		{"columns", func(e entry) { d.columns(e, merged.columns) }},
		{"unlisted", enum(d, &o.Unlisted, report.UnlistedInfer, report.UnlistedIgnore)},
		{"decimal", enum(d, &o.Decimal, report.DecimalAuto, report.DecimalPoint, report.DecimalComma)},
		{"series_limit", integer(d, 1, maxSeries, &o.SeriesLimit)},
		{"overflow", enum(d, &o.Overflow, report.OverflowFold, report.OverflowDrop, report.OverflowFail)},
		{"fold_by", d.textThat(ranking, "the name of a usage metric, statsig_usage_…, or empty", &o.FoldBy)},
		{"label_value_limit", integer(d, 1, maxLabelValue, &o.LabelValueLimit)},
		{"lookups", set(&l.Lookups, d.lookups)},
		{"relabel_configs", set(&l.Configs, d.relabelConfigs)},
	})
	d.distinct(merged.columns)
	return merged
}

// isUsageMetric reports whether a value column may have s as its metric.
func isUsageMetric(s string) bool {
	return usageMetric.MatchString(s) && !slices.Contains(report.ReservedMetrics(), s)
}

var usageMetric = regexp.MustCompile(`^statsig_usage_[a-z0-9_]+$`)

// columns reads the columns of a section into columns, by header.
func (d *decoder) columns(e entry, columns map[string]column) {
	for _, child := range d.entries("report.columns", e) {
		c := column{header: child.key, line: child.line}
		where := "column " + quote(child.key)
		seen := d.section(where, entry{where, child.line, child.node}, keys{
			{"role", enum(d, &c.Role, report.Roles()...)},
			{"name", d.labelName(&c.Name)},
			{"metric", d.metric(&c.Metric)},
			{"help", d.plain("a text", &c.Help)},
			{"aggregate", enum(d, &c.Aggregate, report.Aggregates()...)},
			{"primary", d.boolean(&c.Primary)},
		})
		if !seen["role"].present() && isMapping(child) {
			d.problem(child.line, "%s needs a role; add role: %s", where, orList(report.Roles()))
		}
		d.onlyFor(report.RoleLabel, c.Role, seen, "name")
		d.onlyFor(report.RoleValue, c.Role, seen, "metric", "help", "aggregate")
		d.onlyFor(report.RoleTime, c.Role, seen, "primary")
		if c.Role == report.RoleValue && c.Help != "" {
			d.help(c, seen["help"].line)
		}
		c.claim = c.claimed(seen)
		columns[c.header] = c
	}
}

// onlyFor notes keys that mean nothing for the role that a column has.
func (d *decoder) onlyFor(role, actual report.Role, seen map[string]entry, keys ...string) {
	for _, k := range keys {
		if e := seen[k]; e.present() && actual != "" && actual != role {
			d.problem(e.line, "%s is only for columns with role: %s, and this one has role: %s; remove it", k, role, actual)
		}
	}
}

// labelName reads the name of a label.
func (d *decoder) labelName(into *string) func(entry) {
	return d.textThat(validLabelName, "a label name of letters, digits and _, not beginning with a digit", into)
}

// metric reads the name of a usage metric.
func (d *decoder) metric(into *string) func(entry) {
	return d.textThat(isUsageMetric, "statsig_usage_ followed by lower-case letters, digits and _, other than the exporter's own metrics", into)
}

// help notes the help text of a metric, and a second one that differs.
func (d *decoder) help(c column, line int) {
	metric := c.Metric
	if metric == "" {
		metric = report.MetricName(c.header)
		if !isUsageMetric(metric) {
			d.problem(line, "help needs a metric beside it, because the header %s gives no metric name; add metric: statsig_usage_…", quote(c.header))
			return
		}
	}
	if first, ok := d.helps[metric]; ok && first.text != c.Help {
		d.problem(line, "the help of %s differs from the one on line %d; a metric has one help text, so make them the same", metric, first.line)
		return
	}
	if _, ok := d.helps[metric]; !ok {
		d.helps[metric] = located{c.Help, line}
	}
}

// claimed returns the name that no other column of the section may have.
func (c column) claimed(seen map[string]entry) located {
	switch {
	case c.Role == report.RoleLabel && c.Name != "":
		return located{"the label name " + quote(c.Name), seen["name"].line}
	case c.Role == report.RoleValue && c.Metric != "":
		return located{"the metric " + c.Metric, seen["metric"].line}
	case c.Role == report.RoleTime && c.Primary:
		return located{"primary: true", seen["primary"].line}
	default:
		return located{}
	}
}

// distinct notes label names, metrics and primaries that two columns share.
func (d *decoder) distinct(columns map[string]column) {
	used := lines{}
	for _, c := range slices.SortedFunc(maps.Values(columns), func(a, b column) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.header, b.header))
	}) {
		if c.claim.text != "" {
			d.once(c.claim.text, c.claim.line, c.claim.text, used)
		}
	}
}
