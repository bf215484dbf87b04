package config

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/statsig"
)

// projects reads the list of projects. claims are those of the global section report.
func (d *decoder) projects(e entry, claims map[string]located) []Project {
	if !e.present() || isEmptyList(e) {
		d.problem(max(e.line, 1), "projects must list at least one project, with its name and its api_key_file, api_key_env, api_key or report_file")
	}
	used := lines{}
	return list(d, e, d.config.Common, func(p *Project) (keys, check) {
		known := keys{
			{"name", d.name(&p.Name)},
			{"api_key_file", d.path(&p.Key.File)},
			{"api_key_env", d.envName(&p.Key.Env)},
			{"api_key", d.inlineKey(&p.Key.Inline)},
			{"report_file", d.path(&p.ReportFile)},
			{"labels", set(&p.Labels, d.labels)},
			{"report", nil},
		}
		return known, func(item entry, seen map[string]entry) {
			d.unique("project", item, seen["name"], used)
			d.oneSource(item, seen)
			p.Report.TakenLabels, p.Report.Columns = p.LabelNames(), maps.Clone(p.Report.Columns)
			d.report(seen["report"], p, maps.Clone(claims))
			if p.ReportFile != "" && len(d.config.Windows) > 1 && !strings.Contains(p.ReportFile, windowName) {
				d.problem(seen["report_file"].line, "there are several windows, so report_file needs {window}, which stands for the name of each; for example reports/{window}.csv")
			}
		}
	})
}

func isEmptyList(e entry) bool {
	return isNull(e.node) || (e.node.Kind == yaml.SequenceNode && len(e.node.Content) == 0)
}

// oneSource notes a project without exactly one source of its reports.
func (d *decoder) oneSource(item entry, seen map[string]entry) {
	var given []string
	line := item.line
	for _, name := range []string{"api_key_file", "api_key_env", "api_key", "report_file"} {
		if seen[name].present() {
			given = append(given, name)
			line = max(line, seen[name].line)
		}
	}
	switch {
	case len(given) == 0:
		d.problem(item.line, "a project needs its key; add one of api_key_file, api_key_env and api_key, or report_file for reports without the API")
	case len(given) > 1:
		d.problem(line, "%s cannot be given together; keep one of them", strings.Join(given, " and "))
	}
}

// envName reads the name of an environment variable. The likeliest mistake is to
// put the key itself there.
func (d *decoder) envName(into *string) func(entry) {
	fits := func(s string) bool { return identifier.MatchString(s) && !looksSecret(s) }
	return d.textThat(fits, "the name of an environment variable that holds the key, such as STATSIG_API_KEY", into)
}

func (d *decoder) inlineKey(into *statsig.Secret) func(entry) {
	read := scalar(d, "a Console API key on one line without spaces", into, func(s string) (statsig.Secret, bool) {
		s = strings.TrimSpace(s)
		return statsig.NewSecret(s), checkKey(s) == nil
	})
	return func(e entry) {
		read(e)
		if hint := keyHint(into.Reveal()); hint != "" {
			d.warn(e.line, "the api_key cannot be right: %s", hint)
		}
	}
}

// labels reads the labels that series get, and their values.
func (d *decoder) labels(e entry) map[string]string {
	for _, child := range d.entries(e) {
		switch {
		case !validLabelName(child.key):
			d.problem(child.line, "the label name %s must be made of letters, digits and _, and not begin with a digit", quote(child.key))
		case isReservedLabel(child.key):
			d.problem(child.line, "the label name %s is reserved; it must not be %s, nor begin with __", quote(child.key), orList(reservedLabels()))
		}
	}
	return d.labelValues(e)
}

// labelValues reads the values of labels.
func (d *decoder) labelValues(e entry) map[string]string {
	result := map[string]string{}
	for _, child := range d.entries(e) {
		var value string
		d.plain("a text", &value)(child.renamed("the label " + quote(child.key)))
		result[child.key] = value
	}
	return result
}

// reservedLabels are the labels of the exporter's own metrics that a project's
// labels could meet in one series or in a join.
func reservedLabels() []string {
	return []string{"project", "window", "metric", "meter", "plan", "currency"}
}

func isReservedLabel(s string) bool {
	return strings.HasPrefix(s, "__") || slices.Contains(reservedLabels(), s)
}
