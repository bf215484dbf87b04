package config

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"statsig_exporter/collector/report"
)

// maxSeries is the greatest series_limit. Twenty times as many combinations of
// label values are counted while a report is read, and must be countable.
const maxSeries = 100_000_000

// maxLabelValue is the greatest label_value_limit: no row of a report is longer.
const maxLabelValue = 16 << 20

func defaultReport(loc *time.Location) report.Options {
	options := report.DefaultOptions()
	options.Location, options.Columns = loc, map[string]report.ColumnOptions{}
	return options
}

// report reads a section into a project: a scalar that it has replaces the inherited one,
// and a column the inherited one of that header. claims holds, by header, the names that
// no other column may have.
func (d *decoder) report(e entry, p *Project, claims map[string]located) {
	o, l := &p.Report, &p.Labelling
	ranking := func(s string) bool { return s == "" || isUsageMetric(s) }
	d.section(e, keys{
		{"columns", func(e entry) { d.columns(e, o.Columns, claims) }},
		{"unlisted", enum(d, &o.Unlisted, report.UnlistedInfer, report.UnlistedIgnore)},
		{"decimal", enum(d, &o.Decimal, report.DecimalAuto, report.DecimalPoint, report.DecimalComma)},
		{"series_limit", integer(d, 1, maxSeries, &o.SeriesLimit)},
		{"overflow", enum(d, &o.Overflow, report.OverflowFold, report.OverflowDrop, report.OverflowFail)},
		{"fold_by", d.textThat(ranking, "the name of a usage metric, statsig_usage_…, or empty", &o.FoldBy)},
		{"label_value_limit", integer(d, 1, maxLabelValue, &o.LabelValueLimit)},
		{"lookups", set(&l.Lookups, d.lookups)},
		{"relabel_configs", set(&l.Configs, d.relabelConfigs)},
	})
	used := lines{}
	for _, c := range slices.SortedFunc(maps.Values(claims), func(a, b located) int { return cmp.Compare(a.line, b.line) }) {
		d.once(c.text, c.line, c.text, used)
	}
}

// columns reads the columns of a section, and what they claim, by header.
func (d *decoder) columns(e entry, columns map[string]report.ColumnOptions, claims map[string]located) {
	for _, child := range d.entries(e) {
		var c report.ColumnOptions
		where := "column " + quote(child.key)
		seen := d.section(child.renamed(where), keys{
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
			d.help(child.key, c, seen["help"].line)
		}
		columns[child.key] = c
		delete(claims, child.key)
		switch {
		case c.Role == report.RoleLabel && c.Name != "":
			claims[child.key] = located{"the label name " + quote(c.Name), seen["name"].line}
		case c.Role == report.RoleValue && c.Metric != "":
			claims[child.key] = located{"the metric " + c.Metric, seen["metric"].line}
		case c.Role == report.RoleTime && c.Primary:
			claims[child.key] = located{"primary: true", seen["primary"].line}
		}
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

// help notes the help text of a metric, and a second one that differs.
func (d *decoder) help(header string, c report.ColumnOptions, line int) {
	metric := cmp.Or(c.Metric, report.MetricName(header))
	switch first, known := d.config.Helps[metric]; {
	case !isUsageMetric(metric):
		d.problem(line, "help needs a metric beside it, because the header %s gives no metric name; add metric: statsig_usage_…", quote(header))
	case !known:
		d.config.Helps[metric], d.helpLines[metric] = c.Help, line
	case first != c.Help:
		d.problem(line, "the help of %s differs from the one on line %d; a metric has one help text, so make them the same", metric, d.helpLines[metric])
	}
}
