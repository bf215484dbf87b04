package app

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// rule is an alert or a recording rule of deploy/prometheus.
type rule struct {
	Alert, Record, Expr string
	Labels, Annotations map[string]string
}

// ruleCases is what a file of cases for promtool says.
type ruleCases struct {
	Tests []struct {
		Name   string
		Series []struct{ Series string } `yaml:"input_series"`
		Exprs  []struct{ Expr string }   `yaml:"promql_expr_test"`
		Alerts []struct {
			Name   string `yaml:"alertname"`
			Firing []any  `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	}
}

var (
	// ruleMetric matches names of metrics and of recording rules.
	ruleMetric = regexp.MustCompile(`\b(?:\w+:)?statsig_[a-z0-9_]*[a-z0-9](?::\w+)?`)
	// quoted matches what stands in quotes in an expression, which is no name of a metric.
	quoted = regexp.MustCompile(`"[^"]*"`)
)

// decodeFile reads a YAML file into v.
func decodeFile(t *testing.T, file string, v any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readText(t, file)), v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// rulesIn returns the rules of a file in its order.
func rulesIn(t *testing.T, file string) (all []rule) {
	t.Helper()
	var groups struct{ Groups []struct{ Rules []rule } }
	decodeFile(t, file, &groups)
	for _, group := range groups.Groups {
		all = append(all, group.Rules...)
	}
	if len(all) < 20 {
		t.Fatalf("%s has only %d rules", file, len(all))
	}
	return all
}

func alertRules(t *testing.T) []rule {
	t.Helper()
	return rulesIn(t, "deploy/prometheus/alerts.yml")
}

func recordingRules(t *testing.T) []rule {
	t.Helper()
	return rulesIn(t, "deploy/prometheus/rules.yml")
}

// metricsIn returns the names in an expression, without the label that stands for a name.
func metricsIn(expr string) (names []string) {
	for _, name := range ruleMetric.FindAllString(quoted.ReplaceAllString(expr, `""`), -1) {
		if name != "statsig_metric" {
			names = append(names, name)
		}
	}
	if strings.Contains(expr, `__name__=~"statsig_usage_.+"`) {
		names = append(names, "statsig_usage_<column>")
	}
	return names
}

// servedMetrics are those in docs/metrics.md, which another test holds to the code.
func servedMetrics(t *testing.T) map[string]bool {
	t.Helper()
	served := map[string]bool{}
	for _, table := range tables(t, "docs/metrics.md") {
		if table.header[0] != "Metric" {
			continue
		}
		for _, row := range table.rows {
			for _, name := range code(row[0]) {
				served[name] = true
			}
		}
	}
	return served
}

func TestRulesUseNothingThatIsNotServedOrRecorded(t *testing.T) {
	known := servedMetrics(t)
	recorded := map[string]bool{}
	for _, r := range recordingRules(t) {
		recorded[r.Record], known[r.Record] = true, true
	}
	used := map[string]bool{}
	for _, r := range append(recordingRules(t), alertRules(t)...) {
		for _, name := range metricsIn(r.Expr) {
			used[name] = true
			if !known[name] {
				t.Errorf("%s%s uses %s, which is neither served nor recorded", r.Alert, r.Record, name)
			}
		}
	}
	runbook := readText(t, "docs/alerts.md")
	for name := range recorded {
		if !used[name] && !strings.Contains(runbook, "`"+name+"`") {
			t.Errorf("%s is recorded, not used, and not in docs/alerts.md", name)
		}
	}
	for _, span := range regexp.MustCompile("`[^`\n]+`").FindAllString(runbook, -1) {
		for _, name := range metricsIn(span) {
			if !known[name] && name != "statsig_exporter" {
				t.Errorf("docs/alerts.md names %s, which is neither served nor recorded", name)
			}
		}
	}
}

func TestEveryAlertSaysWhoWhatAndWhereToReadOn(t *testing.T) {
	subject := regexp.MustCompile(`\$labels\.(project|plan|instance)\b`)
	anchors := headings(t, "docs/alerts.md")
	alerts := map[string]bool{}
	for _, r := range alertRules(t) {
		alerts[strings.ToLower(r.Alert)] = true
		summary := r.Annotations["summary"]
		switch severity := r.Labels["severity"]; {
		case severity != "critical" && severity != "warning" && severity != "info":
			t.Errorf("%s has the severity %q", r.Alert, severity)
		case strings.HasPrefix(r.Expr, "absent("): // of nobody
		case !subject.MatchString(summary) || !strings.Contains(summary, "$value"):
			t.Errorf("%s names no project, plan or instance, or no number: %s", r.Alert, summary)
		}
		anchor := "#" + strings.ToLower(r.Alert)
		if r.Annotations["runbook_url"] != "docs/alerts.md"+anchor || !strings.Contains(anchors, anchor+"\n") || r.Annotations["description"] == "" {
			t.Errorf("%s has no description or no entry in the runbook: %q", r.Alert, r.Annotations)
		}
	}
	for anchor := range strings.FieldsSeq(anchors) {
		if name := strings.TrimPrefix(anchor, "#"); strings.HasPrefix(name, "statsig") && !alerts[name] {
			t.Errorf("docs/alerts.md has an entry %s without an alert", name)
		}
	}
}

// TestEveryRuleHasCases wants a case in which each alert fires, and one in which it is silent although its metrics are there;
// and each recording rule in the expression of a case, or in that of a rule that is.
func TestEveryRuleHasCases(t *testing.T) {
	reads, records := map[string][]string{}, map[string]bool{}
	for _, r := range recordingRules(t) {
		reads[r.Record], records[r.Record] = append(reads[r.Record], metricsIn(r.Expr)...), true
	}
	needs := map[string]map[string]bool{}
	for _, r := range alertRules(t) {
		needs[r.Alert] = map[string]bool{}
		follow(metricsIn(r.Expr), reads, needs[r.Alert])
	}
	cases, inCases := casesOfAlerts(t, needs)
	tested := map[string]bool{}
	follow(inCases, reads, tested)
	for alert, need := range needs {
		for _, kind := range []string{"firing", "silent"} {
			if cases[kind+" "+alert] == 0 {
				t.Errorf("%s has no %s case", alert, kind)
			}
		}
		follow(slices.Collect(maps.Keys(need)), reads, tested)
	}
	for name := range records {
		if !tested[name] {
			t.Errorf("%s has no case", name)
		}
	}
}

// follow adds names, and what they are recorded from, to reached.
func follow(names []string, reads map[string][]string, reached map[string]bool) {
	for _, name := range names {
		if !reached[name] {
			reached[name] = true
			follow(reads[name], reads, reached)
		}
	}
}

// casesOfAlerts counts the cases of each alert by "firing NAME" and "silent NAME", and returns the names in expressions too.
func casesOfAlerts(t *testing.T, needs map[string]map[string]bool) (count map[string]int, inExprs []string) {
	t.Helper()
	count = map[string]int{}
	files, err := filepath.Glob("deploy/prometheus/tests/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		var cases ruleCases
		decodeFile(t, file, &cases)
		for _, c := range cases.Tests {
			for _, e := range c.Exprs {
				inExprs = append(inExprs, metricsIn(e.Expr)...)
			}
			for _, a := range c.Alerts {
				if needs[a.Name] == nil {
					t.Errorf("%s: %s: there is no alert %s", file, c.Name, a.Name)
				}
				if len(a.Firing) > 0 {
					count["firing "+a.Name]++
					continue
				}
				for _, s := range c.Series {
					if name, _, _ := strings.Cut(s.Series, "{"); needs[a.Name][name] {
						count["silent "+a.Name]++
						break
					}
				}
			}
		}
	}
	return count, inExprs
}
