package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// made is the part of a dashboard that the tests read.
type made struct {
	UID    string
	Panels []struct {
		ID                       int
		Type, Title, Description string
		Targets                  []struct{ Expr, LegendFormat string }
		FieldConfig              struct{ Defaults struct{ Unit string } }
	}
	Templating struct {
		List []struct {
			Name, Label, Description string
			Multi                    bool
			Query                    any
		}
	}
}

// dashboards returns the generated files by name, after comparing them with those in deploy/grafana.
func dashboards(t *testing.T) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, where := range []string{dir, "../../deploy/grafana"} {
		names, err := filepath.Glob(filepath.Join(where, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, base := read(t, name), filepath.Base(name)
			if where == dir {
				files[base] = text
			} else if !bytes.Equal(files[base], text) {
				t.Errorf("%s differs from the generated dashboard: run go -C tools/dashboards run .", name)
			}
		}
	}
	return files
}

func parse(t *testing.T, text []byte) made {
	t.Helper()
	var d made
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// expressions returns the queries of all panels and variables.
func expressions(d made) []string {
	var all []string
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			all = append(all, q.Expr)
		}
	}
	for _, v := range d.Templating.List {
		if q, ok := v.Query.(object); ok {
			all = append(all, q["query"].(string))
		}
	}
	return all
}

func TestEveryPanelHasAnIDADescriptionAUnitAndLegends(t *testing.T) {
	for name, text := range dashboards(t) {
		ids := map[int]bool{}
		for _, p := range parse(t, text).Panels {
			if p.ID == 0 || ids[p.ID] {
				t.Errorf("%s: %q has no id of its own: %d", name, p.Title, p.ID)
			}
			ids[p.ID] = true
			if p.Type == "row" {
				continue
			}
			if !strings.HasSuffix(p.Description, ".") || len(p.Targets) == 0 || p.FieldConfig.Defaults.Unit == "" {
				t.Errorf("%s: %q needs a description, a query and a unit", name, p.Title)
			}
			for _, q := range p.Targets {
				if (q.LegendFormat == "") != (p.Type == "table") {
					t.Errorf("%s: %q has the legend %q; only tables have none", name, p.Title, q.LegendFormat)
				}
			}
		}
	}
}

func TestVariablesAreUsedAndSeveralValuesAreMatchedAsAPattern(t *testing.T) {
	used := regexp.MustCompile(`\$(?:\{([a-z]\w*)|([a-z]\w*))`)
	for name, text := range dashboards(t) {
		d, unknown := parse(t, text), map[string]bool{}
		for _, match := range used.FindAllSubmatch(text, -1) {
			unknown[string(match[1])+string(match[2])] = true
		}
		asked := strings.Join(expressions(d), "\n")
		for _, v := range d.Templating.List {
			if !unknown[v.Name] || v.Label == "" || v.Description == "" {
				t.Errorf("%s: $%s needs a label, a description and a use", name, v.Name)
			}
			if v.Multi && strings.Count(asked, "$"+v.Name) != strings.Count(asked, v.Name+`=~"$`+v.Name+`"`) {
				t.Errorf("%s: $%s can have several values; match it with =~", name, v.Name)
			}
			delete(unknown, v.Name)
		}
		if len(unknown) > 0 {
			t.Errorf("%s uses unknown variables: %v", name, sortedKeys(unknown))
		}
		if other := regexp.MustCompile(`"uid": "[^$-][^"]*"`).FindAllString(string(text), -1); len(other) != 1 {
			t.Errorf("%s names a data source instead of the chosen one: %q", name, other)
		}
	}
}

func TestMetricsAreDocumentedAndRulesExistAndHaveAnAlternative(t *testing.T) {
	metric, rule := regexp.MustCompile(`\bstatsig_[a-z0-9_]*[a-z0-9]`), regexp.MustCompile(`\b\w+:\w+:\w+\b`)
	document, rules := string(read(t, "../../docs/metrics.md")), string(read(t, "../../deploy/prometheus/rules.yml"))
	for name, text := range dashboards(t) {
		for _, asked := range expressions(parse(t, text)) {
			for _, m := range metric.FindAllString(rule.ReplaceAllString(asked, ""), -1) {
				if !strings.Contains(document, "| `"+strings.TrimSuffix(m, "_bucket")+"` |") {
					t.Errorf("%s: docs/metrics.md does not list %s", name, m)
				}
			}
			for _, r := range rule.FindAllString(asked, -1) {
				if !strings.Contains(rules, "- record: "+r+"\n") || !regexp.MustCompile(r+`(\{[^}]*\})? or `).MatchString(asked) {
					t.Errorf("%s: %s is no rule, or is the only source of %s", name, r, asked)
				}
			}
		}
	}
}

func TestTheDocumentListsSectionsVariablesAndCurrencies(t *testing.T) {
	document := strings.Join(strings.Fields(string(read(t, "../../docs/dashboards.md"))), " ")
	for name, text := range dashboards(t) {
		d := parse(t, text)
		var sections []string
		for _, p := range d.Panels {
			if p.Type == "row" {
				sections = append(sections, "`"+p.Title+"`")
			}
		}
		if !strings.Contains(document, "| `"+name+"` |") || !strings.Contains(document, "| "+strings.Join(sections, ", ")+" |") {
			t.Errorf("docs/dashboards.md needs a line for %s with the sections %s", name, strings.Join(sections, ", "))
		}
		for _, v := range d.Templating.List {
			if !strings.Contains(document, "| `"+v.Name+"`") && v.Name != "instance" {
				t.Errorf("docs/dashboards.md needs a line for $%s", v.Name)
			}
		}
	}
	codes := sortedKeys(currencies())
	if list := strings.Join(codes[:len(codes)-1], ", ") + " or " + codes[len(codes)-1]; !strings.Contains(document, list) {
		t.Errorf("docs/dashboards.md does not list the currencies %s", list)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
