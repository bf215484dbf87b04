//go:build e2e

package e2e_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/statsig/statsigtest"
	"statsig_exporter/test/harness"
)

// everything has several of all that a dashboard lets one choose. What the plans include is little, so that all of them have a
// cost past it on any day of the month.
const everything = `
global: {poll_interval: 5s}
api: {base_url: "%s"}
projects:
  - {name: demo, api_key: console-demo, labels: {team: growth}}
  - {name: mobile, api_key: console-mobile, labels: {team: apps}}
  - {name: internal, api_key: console-internal, labels: {team: tools}}
windows:
  - {name: day, period: day}
  - {name: four_weeks, period: 28d}
  - {name: month, period: month, current: true}
  - {name: last_month, period: month}
report: {lookups: [{file: %q, on: Name, default: unowned}]}
plans:
  - name: enterprise
    projects: [demo, mobile]
    currency: USD
    base_fee: 150
    meters: [{metric: statsig_usage_billable_events, included: 1, price_per_unit: 0.00005}]
    showback: [team]
    budgets: [{labels: {team: growth}, amount: 100}]
  - name: tools
    projects: [internal]
    currency: EUR
    base_fee: 20
    meters: [{name: events, metric: statsig_usage_billable_events, included: 1, price_per_unit: 0.0001}]
    showback: [event_type, team]
    budgets: [{labels: {team: tools}, amount: 10}]
`

// TestEveryPanelHasDataWhateverIsChosen asks a server, without any recording rule, what Grafana would ask it: every query of every
// panel and variable, with what is chosen to begin with, and with every other choice of each variable.
func TestEveryPanelHasDataWhateverIsChosen(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "1GiB") // the limit is a panel's line, and absent where there is none
	api := httptest.NewServer(statsigtest.New(statsigtest.Options{Seed: 1, Arrival: statsigtest.Arrival{Live: true}}))
	t.Cleanup(api.Close)
	exporter := start(t, "statsig_exporter", "--web.listen-address=127.0.0.1:0",
		"--config.file="+harness.WriteFile(t, "statsig.yml", fmt.Sprintf(everything, api.URL, harness.WriteFile(t, "owners.csv", "Name,Owner\npage_view,web\n"))))
	server := startPrometheusOn(t, aWeekAgo(t, exporter), exporter)
	server.becomes(t, `count(statsig_up == 1)`, vector{labels{}.String(): 3 * 4 * 3}) // projects, windows and jobs
	for _, file := range dashboardFiles(t) {
		made := readDashboard(t, file)
		chosen := made.choose(t, server)
		questions := made.questions(t, chosen)
		for _, v := range made.Templating.List {
			for _, option := range v.options(t, server, chosen) {
				questions = append(questions, made.questions(t, chosen.but(v.Name, option))...)
			}
		}
		open := different(questions)
		t.Logf("%s: %d questions", filepath.Base(file), len(open))
		harness.Eventually(t, time.Minute, func() error {
			var missing []error
			var still []question
			for _, q := range open {
				if err := q.ask(t, server); err != nil {
					missing = append(missing, err)
					still = append(still, q)
				}
			}
			open = still
			return errors.Join(missing...)
		})
	}
}

// different leaves out questions that were asked before: most do not depend on most choices.
func different(questions []question) []question {
	asked := map[string]bool{}
	return slices.DeleteFunc(questions, func(q question) bool {
		again := asked[q.about+q.expr]
		asked[q.about+q.expr] = true
		return again
	})
}

func dashboardFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../deploy/grafana/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	return files
}

// usageSample matches a line of usage: its name, its labels and its value.
var usageSample = regexp.MustCompile(`(?m)^(statsig_usage_\w+|statsig_report_value)\{(.*)\} (\S+)$`)

// aWeekAgo returns a directory with blocks in which the exporter's usage of now was four fifths of it a week ago, as the
// jobs of the server would have scraped it for ten minutes.
func aWeekAgo(t *testing.T, exporter string) string {
	t.Helper()
	var past strings.Builder
	var page string
	harness.Eventually(t, time.Minute, func() error {
		page = string(get(t, "http://"+exporter+"/metrics", ""))
		if up := regexp.MustCompile(`(?m)^statsig_up\{.*\} 1$`).FindAllString(page, -1); len(up) != 3*4 {
			return fmt.Errorf("polls that succeeded: %q", up)
		}
		return nil
	})
	then := time.Now().AddDate(0, 0, -7).Unix()
	for _, line := range usageSample.FindAllStringSubmatch(page, -1) {
		value, err := strconv.ParseFloat(line[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, job := range []string{"text", "openmetrics", "protobuf"} {
			for at := then - 300; at <= then+300; at += 60 {
				fmt.Fprintf(&past, "%s{job=%q,instance=%q,%s} %v %d\n", line[1], job, exporter, line[2], 0.8*value, at)
			}
		}
	}
	if past.Len() == 0 {
		t.Fatal("the exporter serves no usage")
	}
	data := t.TempDir()
	file := harness.WriteFile(t, "past.om", past.String()+"# EOF\n")
	if out, err := exec.CommandContext(t.Context(), "promtool", "tsdb", "create-blocks-from", "openmetrics", file, data).CombinedOutput(); err != nil {
		t.Fatalf("promtool makes no blocks: %v\n%s", err, out)
	}
	return data
}
