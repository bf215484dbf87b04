package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/statsig"
)

// projectDraft is a project while it is read.
type projectDraft struct {
	Project
	report entry
}

func projectKeys() []key[projectDraft] {
	return []key[projectDraft]{
		{"name", func(d *decoder, e entry, p *projectDraft) { d.name(e, &p.Name) }},
		{"api_key_file", func(d *decoder, e entry, p *projectDraft) { d.path(e, &p.Key.File) }},
		{"api_key_env", func(d *decoder, e entry, p *projectDraft) { d.envName(e, &p.Key.Env) }},
		{"api_key", func(d *decoder, e entry, p *projectDraft) { d.inlineKey(e, &p.Key.Inline) }},
		{"labels", func(d *decoder, e entry, p *projectDraft) { p.Labels = d.labels(e) }},
		{"report", func(_ *decoder, e entry, p *projectDraft) { p.report = e }},
	}
}

// projects reads the list of projects; common is the global section report.
func (d *decoder) projects(e entry, common reportSection) []Project {
	items := d.items(e)
	if !e.present() || isEmptyList(e) {
		d.problem(max(e.line, 1), "projects must list at least one project, with its name and its api_key_file, api_key_env or api_key")
	}
	result := make([]Project, 0, len(items))
	lines := map[string]int{}
	for _, item := range items {
		draft := projectDraft{Project: Project{Labels: map[string]string{}}}
		seen := section(d, "projects", entry{"an item of projects", item.line, item.node}, projectKeys(), &draft)
		if isMapping(item) {
			d.unique("project", item, seen["name"], draft.Name, lines)
			d.oneKey(item, seen)
		}
		draft.Report = d.report(draft.report, common).finish(draft.LabelNames())
		result = append(result, draft.Project)
	}
	return result
}

func isEmptyList(e entry) bool {
	return isNull(e.node) || (e.node.Kind == yaml.SequenceNode && len(e.node.Content) == 0)
}

// name reads the value of the label project or window.
func (d *decoder) name(e entry, into *string) {
	const want = "a text that is not empty"
	s, ok := d.text(e, want)
	if !ok {
		return
	}
	if s == "" || !utf8.ValidString(s) {
		d.problem(e.line, "%s must be %s", e.key, want)
		return
	}
	*into = s
}

// unique notes a missing name, and one that an earlier item has.
func (d *decoder) unique(what string, item, e entry, name string, lines map[string]int) {
	switch {
	case !e.present():
		d.problem(item.line, "a %s needs a name; add name: …", what)
	case name == "":
	case lines[name] > 0:
		d.problem(e.line, "the %s name %s is taken on line %d; names must be unique", what, quote(name), lines[name])
	default:
		lines[name] = e.line
	}
}

// oneKey notes a project without exactly one source of its key.
func (d *decoder) oneKey(item entry, seen map[string]entry) {
	var given []string
	line := item.line
	for _, name := range []string{"api_key_file", "api_key_env", "api_key"} {
		if seen[name].present() {
			given = append(given, name)
			line = max(line, seen[name].line)
		}
	}
	switch {
	case len(given) == 0:
		d.problem(item.line, "a project needs its key; add one of api_key_file, api_key_env and api_key")
	case len(given) > 1:
		d.problem(line, "%s cannot be given together; keep one of them", strings.Join(given, " and "))
	}
}

// envName reads the name of an environment variable. It quotes nothing, because
// the likeliest mistake is to put the key itself there.
func (d *decoder) envName(e entry, into *string) {
	const want = "the name of an environment variable, such as STATSIG_API_KEY"
	s, ok := d.text(e, want)
	if !ok {
		return
	}
	if !identifier.MatchString(s) {
		d.problem(e.line, "api_key_env must be %s, not the key itself", want)
		return
	}
	*into = s
}

func (d *decoder) inlineKey(e entry, into *statsig.Secret) {
	s, ok := d.text(e, "a Console API key")
	if !ok {
		return
	}
	s = strings.TrimSpace(s)
	if err := checkKey(s); err != nil {
		d.problem(e.line, "api_key %s", err)
		return
	}
	*into = statsig.NewSecret(s)
}

// labels reads the labels of a project.
func (d *decoder) labels(e entry) map[string]string {
	result := map[string]string{}
	for _, child := range d.entries("labels", e) {
		value, ok := d.text(entry{"the label " + quote(child.key), child.line, child.node}, "a text")
		switch {
		case !validLabelName(child.key):
			d.problem(child.line, "the label name %s must be made of letters, digits and _, and not begin with a digit", quote(child.key))
		case isReservedLabel(child.key):
			d.problem(child.line, "the label name %s is reserved; it must not be %s, nor begin with __", quote(child.key), orList(reservedLabels()))
		case ok:
			result[child.key] = value
		}
	}
	return result
}

func validLabelName(s string) bool { return identifier.MatchString(s) }

// identifier matches label names, and the names of environment variables.
var identifier = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// reservedLabels are the labels of the exporter's own metrics that a project's
// labels could meet in one series or in a join.
func reservedLabels() []string {
	return []string{"project", "window", "metric", "meter", "plan", "currency"}
}

func isReservedLabel(s string) bool {
	return strings.HasPrefix(s, "__") || slices.Contains(reservedLabels(), s)
}
