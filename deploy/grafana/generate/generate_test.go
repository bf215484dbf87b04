package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheDashboardsOnDiskAreThoseThatAreGenerated(t *testing.T) {
	files, err := filepath.Glob("../*.json")
	if err != nil {
		t.Fatal(err)
	}
	generated := t.TempDir()
	for _, made := range dashboards() {
		if err := write(generated, made); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("..", made.UID+".json")
		if !slices.Contains(files, file) || !bytes.Equal(readFile(t, file), readFile(t, filepath.Join(generated, made.UID+".json"))) {
			t.Errorf("%s is not what is generated: run go run ./deploy/grafana/generate", file)
		}
	}
	if len(files) != len(dashboards()) {
		t.Errorf("there are %q for %d dashboards; Grafana reads every one of them", files, len(dashboards()))
	}
}

func TestPanelsHaveIDsOfTheirOwnAndDoNotOverlap(t *testing.T) {
	for _, made := range dashboards() {
		ids, taken := map[int]string{}, map[[2]int]string{}
		for _, element := range made.Panels {
			id, title, at := placed(t, element)
			if other, ok := ids[id]; ok {
				t.Errorf("%s: id %d is of %q and of %q", made.UID, id, other, title)
			}
			ids[id] = title
			if at.W < 1 || at.H < 1 || at.X < 0 || at.X+at.W > gridWidth {
				t.Errorf("%s: %q does not fit into the grid: %+v", made.UID, title, at)
			}
			for x := at.X; x < at.X+at.W; x++ {
				for y := at.Y; y < at.Y+at.H; y++ {
					if other, ok := taken[[2]int{x, y}]; ok {
						t.Fatalf("%s: %q overlaps %q", made.UID, title, other)
					}
					taken[[2]int{x, y}] = title
				}
			}
		}
	}
}

func placed(t *testing.T, element any) (id int, title string, at place) {
	t.Helper()
	switch p := element.(type) {
	case *panel:
		return p.ID, p.Title, p.GridPos
	case row:
		return p.ID, p.Title, p.GridPos
	}
	t.Fatalf("a panel is a %T", element)
	return 0, "", place{}
}

func TestEveryPanelSaysWhatItShowsAndInWhichUnit(t *testing.T) {
	for _, made := range dashboards() {
		for _, p := range panels(made) {
			if p.Title == "" || !strings.HasSuffix(p.Description, ".") || len(p.Targets) == 0 {
				t.Errorf("%s: panel %d has no title, no description of whole sentences, or no query", made.UID, p.ID)
			}
			if p.FieldConfig.Defaults["unit"] == nil || p.FieldConfig.Defaults["thresholds"] == nil {
				t.Errorf("%s: %q has no unit or no thresholds", made.UID, p.Title)
			}
			for _, q := range p.Targets {
				if (q.LegendFormat == "") != (p.Type == "table") {
					t.Errorf("%s: %q: query %s is called %q; a table has headings, everything else a legend", made.UID, p.Title, q.RefID, q.LegendFormat)
				}
			}
		}
	}
}

var used = regexp.MustCompile(`\$(?:\{([a-z]\w*)|([a-z]\w*))`)

func TestVariablesAreDefinedBeforeTheyAreUsedAndUsed(t *testing.T) {
	for _, made := range dashboards() {
		var defined []string
		unused := map[string]bool{}
		for _, v := range made.Templating.List {
			requireDefined(t, made.UID, v.Query, defined)
			requireDefined(t, made.UID, v.Datasource, defined)
			defined = append(defined, v.Name)
			unused[v.Name] = true
			if v.Description == "" || v.Label == "" {
				t.Errorf("%s: variable %s has no label or no description", made.UID, v.Name)
			}
		}
		for _, text := range []any{made.Panels, made.Links, made.Templating} {
			for _, name := range requireDefined(t, made.UID, text, defined) {
				delete(unused, name)
			}
		}
		if len(unused) > 0 {
			t.Errorf("%s defines %v, and uses none of them", made.UID, sortedKeys(unused))
		}
	}
}

// requireDefined returns the variables that a part of a dashboard uses.
func requireDefined(t *testing.T, uid string, part any, defined []string) []string {
	t.Helper()
	text, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, match := range used.FindAllStringSubmatch(string(text), -1) {
		name := match[1] + match[2]
		names = append(names, name)
		if !slices.Contains(defined, name) {
			t.Errorf("%s uses $%s, which is not defined, or later", uid, name)
		}
	}
	return names
}

// sourceUID matches the uids that a dashboard speaks of.
var sourceUID = regexp.MustCompile(`"uid": "([^"]*)"`)

func TestNoDataSourceIsBuiltIn(t *testing.T) {
	for _, made := range dashboards() {
		text, err := encode(made)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range sourceUID.FindAllSubmatch(text, -1) {
			switch uid := string(match[1]); uid {
			case "${datasource}", "-- Grafana --", made.UID:
			default:
				t.Errorf("%s names the data source %s", made.UID, uid)
			}
		}
	}
}

// Names of the exporter's own metrics, and of those of its process.
var (
	metrics    = regexp.MustCompile(`\bstatsig_[a-z0-9_]*[a-z0-9]`)
	documented = regexp.MustCompile("(?m)^\\| `(statsig_[a-z0-9_]+)` \\|")
)

func TestEveryMetricIsDocumented(t *testing.T) {
	known := map[string]bool{}
	for _, match := range documented.FindAllSubmatch(readFile(t, "../../../docs/metrics.md"), -1) {
		known[string(match[1])] = true
	}
	for _, made := range dashboards() {
		for _, asked := range expressions(made) {
			for _, name := range metrics.FindAllString(recorded.ReplaceAllString(asked, ""), -1) {
				if !known[strings.TrimSuffix(name, "_bucket")] {
					t.Errorf("%s asks for %s, which docs/metrics.md does not list: %s", made.UID, name, asked)
				}
			}
		}
	}
}

// recorded matches names of recording rules.
var recorded = regexp.MustCompile(`\b\w+:\w+:\w+\b`)

func TestARecordingRuleIsNeverTheOnlySource(t *testing.T) {
	for _, made := range dashboards() {
		for _, asked := range expressions(made) {
			for _, rule := range recorded.FindAllString(asked, -1) {
				if !regexp.MustCompile(rule + `(\{[^}]*\})? or `).MatchString(asked) {
					t.Errorf("%s: %s stands alone in %s", made.UID, rule, asked)
				}
			}
		}
	}
}

func panels(made dashboard) []*panel {
	var all []*panel
	for _, element := range made.Panels {
		if p, ok := element.(*panel); ok {
			all = append(all, p)
		}
	}
	return all
}

// expressions are those of the panels, and what variables ask for.
func expressions(made dashboard) []string {
	var all []string
	for _, p := range panels(made) {
		for _, q := range p.Targets {
			all = append(all, q.Expr)
		}
	}
	for _, v := range made.Templating.List {
		if q, ok := v.Query.(object); ok {
			all = append(all, q["query"].(string))
		}
	}
	return all
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestChoicesOfSeveralAreMatchedAsPatterns(t *testing.T) {
	for _, made := range dashboards() {
		asked := strings.Join(expressions(made), "\n")
		for _, v := range made.Templating.List {
			if all := strings.Count(asked, "$"+v.Name); v.Multi && all != strings.Count(asked, v.Name+`=~"$`+v.Name+`"`) {
				t.Errorf("%s: $%s may be several values, and is not matched by =~ each of the %d times", made.UID, v.Name, all)
			}
		}
	}
}

func TestTheRecordingRulesThatAreAskedForExist(t *testing.T) {
	rules, err := os.ReadFile("../../prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, made := range dashboards() {
		for _, asked := range expressions(made) {
			for _, rule := range recorded.FindAllString(asked, -1) {
				if !strings.Contains(string(rules), "- record: "+rule+"\n") {
					t.Errorf("%s asks for %s, which no rule records", made.UID, rule)
				}
			}
		}
	}
}
