//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"

	"statsig_exporter/test/harness"
)

// series of a test of promtool, and what a panel makes of them.
type (
	input struct {
		Series string `json:"series"`
		Values string `json:"values"`
	}
	sample struct {
		Labels string  `json:"labels"`
		Value  float64 `json:"value"`
	}
	expected struct {
		Expr     string   `json:"expr"`
		EvalTime string   `json:"eval_time"`
		Samples  []sample `json:"exp_samples"`
	}
)

// TestThePlanPanelsAreRight is of the tenth day of January 1970. Of web, nine days are known; of app, of which no newest time is
// known, all ten. Web is served by two exporters. The window last_month must not take part.
func TestThePlanPanelsAreRight(t *testing.T) {
	const day = 86400
	series := []input{
		{`statsig_plan_project_used{instance="1", plan="small", meter="events", project="web"}`, "900x300"},
		{`statsig_plan_project_used{instance="2", plan="small", meter="events", project="web"}`, "900x300"},
		{`statsig_plan_project_used{instance="1", plan="small", meter="events", project="app"}`, "1000x300"},
		{`statsig_plan_used{instance="1", plan="small", meter="events"}`, "1900x300"},
		{`statsig_plan_included{instance="1", plan="small", meter="events"}`, "1000x300"},
		{`statsig_plan_base_fee{instance="1", plan="small", currency="EUR"}`, "100x300"},
		{`statsig_plan_cost{instance="1", plan="small", currency="EUR"}`, "190x300"},
		// Spread over two shards, neither of which knows the whole.
		{`statsig_plan_project_used{instance="1", plan="large", meter="events", project="web"}`, "900x300"},
		{`statsig_plan_project_used{instance="2", plan="large", meter="events", project="app"}`, "1000x300"},
		{`statsig_plan_included{instance="1", plan="large", meter="events"}`, "5000x300"},
		{`statsig_plan_included{instance="2", plan="large", meter="events"}`, "5000x300"},
		{`statsig_usage_newest_timestamp_seconds{instance="1", project="web", window="month"}`, fmt.Sprint(8*day, "x300")},
	}
	for project, instance := range map[string]string{"web": "1", "app": "2"} {
		for window, covers := range map[string][2]int{"month": {0, 10 * day}, "last_month": {-31 * day, 0}, "day": {9 * day, 10 * day}} {
			at := fmt.Sprintf(`{instance=%q, project=%q, window=%q}`, instance, project, window)
			series = append(series,
				input{"statsig_usage_window_start_timestamp_seconds" + at, fmt.Sprint(covers[0], "x300")},
				input{"statsig_usage_window_end_timestamp_seconds" + at, fmt.Sprint(covers[1], "x300")})
		}
	}
	const small, large = `{plan="small", meter="events"}`, `{plan="large", meter="events"}`
	promtoolAgrees(t, series, "10d", map[string][]sample{
		"Cost so far":              {{`{plan="small", currency="EUR"}`, 190}},
		"Cost at month's end":      {{`{plan="small", currency="EUR"}`, 100 + 0.1*5200}},
		"Allowance used":           {{small, 1.9}, {large, 0.38}},
		"Allowance at month's end": {{small, 6.2}, {large, 1.24}},
		"Allowance lasts for":      {{small, 0}, {large, 15.5}},
		"Month known":              {{`{}`, 10. / 31}},
	})
}

func TestTheChangesSinceLastWeekAreRight(t *testing.T) {
	usage := func(event, instance string) string {
		return fmt.Sprintf(`statsig_usage_events{instance=%q, project="web", window="day", event=%q}`, instance, event)
	}
	total := `statsig_report_value{instance="1", project="web", window="day", metric="statsig_usage_events"}`
	week := "x167 " // the values of each hour of the first week but one
	promtoolAgrees(t, []input{
		{usage("grown", "1"), "100" + week + "150x24"},
		{usage("grown", "2"), "100" + week + "150x24"},
		{usage("gone", "1"), "50" + week + "stale"},
		{usage("new", "1"), "_" + week + "30x24"},
		{usage("same", "1"), "10x200"},
		{total, "160" + week + "190x24"},
	}, "7d1h", map[string][]sample{
		"What changed since last week A": {{`{event="grown"}`, 150}, {`{event="gone"}`, 0}, {`{event="new"}`, 30}},
		"What changed since last week B": {{`{event="grown"}`, 100}, {`{event="gone"}`, 50}, {`{event="new"}`, 0}},
		"What changed since last week C": {{`{event="grown"}`, 50}, {`{event="gone"}`, -50}, {`{event="new"}`, 30}},
		"What changed since last week D": {{`{event="grown"}`, 0.5}},
		"Since last week":                {{`{}`, 30. / 160}},
		"Difference to the report":       {{`{}`, 0}},
	})
}

func TestNothingChangedWhereAWeekAgoIsNotKnown(t *testing.T) {
	promtoolAgrees(t, []input{
		{`statsig_usage_events{instance="1", project="web", window="day", event="checkout"}`, "100x24"},
		{`statsig_report_value{instance="1", project="web", window="day", metric="statsig_usage_events"}`, "100x24"},
	}, "1d", map[string][]sample{
		"What changed since last week A": nil, "What changed since last week B": nil, "What changed since last week C": nil,
		"What changed since last week D": nil, "Since last week": nil,
	})
}

// promtoolAgrees has promtool work out panels from hourly series. A panel is called by its title, and by the letter of its query
// where there are several.
func promtoolAgrees(t *testing.T, series []input, when string, want map[string][]sample) {
	t.Helper()
	made := readDashboard(t, "../../deploy/grafana/statsig-usage.json")
	chosen := choices{
		"job": ".*", "instance": ".*",
		"project": ".+", "plan": ".+", "window": "day", "baseline": "four_weeks", "metric": "statsig_usage_events", "label": "event", "top": "10",
	}
	var checks []expected
	for title, samples := range want {
		for _, p := range made.Panels {
			for _, target := range p.Targets {
				if title == p.Title && len(p.Targets) == 1 || title == p.Title+" "+target.RefID {
					checks = append(checks, expected{fill(t, target.Expr, chosen), when, samples})
				}
			}
		}
	}
	if len(checks) != len(want) {
		t.Fatalf("there are %d panels for %v", len(checks), want)
	}
	file, err := json.Marshal(map[string]any{"tests": []any{map[string]any{
		"interval": "1h", "input_series": series, "promql_expr_test": checks,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "promtool", "test", "rules", harness.WriteFile(t, "panels.yml", string(file))).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}
