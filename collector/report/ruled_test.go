package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/collector/report/relabel"
)

// ruledReport has two events with a row for each of two days.
const ruledReport = "Date,Event Name,Sources,Events\n" +
	"2026-03-01,Pay,web,1\n2026-03-02,Pay,web,2\n2026-03-01,pay,ios,4\n2026-03-02,view,ios,8\n"

// rules returns the rules of a lookup file on Event Name and of relabel_configs.
func rules(t *testing.T, owners, configs string) *relabel.Rules {
	t.Helper()
	made := &relabel.Rules{Fixed: map[string]string{"project": "shop", "window": "month", "team": "core"}}
	if owners != "" {
		table, err := relabel.ReadTable(strings.NewReader(owners), relabel.TableOptions{Name: normalise, Default: "unowned"})
		if err != nil {
			t.Fatal(err)
		}
		made.Lookups = []relabel.Lookup{{Name: "owners.csv", On: "Event Name", Table: table}}
	}
	if err := yaml.Unmarshal([]byte(configs), &made.Configs); err != nil {
		t.Fatal(err)
	}
	for _, c := range made.Configs {
		if err := relabel.Check(c); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// series writes the samples of the first metric.
func series(r *Report) string {
	var b strings.Builder
	for values, v := range r.Samples(0) {
		for i, value := range values {
			if value != "" {
				fmt.Fprintf(&b, "%s=%s ", r.LabelNames[i], value)
			}
		}
		fmt.Fprintf(&b, "%v; ", v)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestRulesApplyBeforeRowsAreAggregated(t *testing.T) {
	for _, c := range []struct {
		name, owners, configs, want string
		dropped                     int
	}{
		{"no rule", "", "[]", "event_name=Pay sources=web 3; event_name=pay sources=ios 4; event_name=view sources=ios 8", 0},
		{"rows become one series", "", "[{source_labels: [event_name], target_label: event_name, action: lowercase}, {regex: sources, action: labeldrop}]", "event_name=pay 7; event_name=view 8", 0},
		{"a lookup", "Event,Owner\nPay,payments\n", "[]", "event_name=Pay owner=payments sources=web 3; event_name=pay owner=unowned sources=ios 4; event_name=view owner=unowned sources=ios 8", 0},
		{"the owner alone", "Event,Owner\nPay,payments\n", "[{regex: project|window|team|owner, action: labelkeep}]", "owner=payments 3; owner=unowned 12", 0},
		{"dropped rows", "", "[{source_labels: [sources], regex: ios, action: drop}]", "event_name=Pay sources=web 3", 2},
		{"all rows", "", "[{source_labels: [sources], regex: none, action: keep}]", "", 4},
		{"the project's label of some series", "", "[{source_labels: [event_name], regex: view, target_label: team, replacement: growth}]", "event_name=Pay sources=web team=core 3; event_name=pay sources=ios team=core 4; event_name=view sources=ios team=growth 8", 0},
		{"the project's label of none", "", "[{regex: team, action: labeldrop}]", "event_name=Pay sources=web 3; event_name=pay sources=ios 4; event_name=view sources=ios 8", 0},
		{"labels that some series lack", "", "[{source_labels: [event_name], regex: P(.*), target_label: a_new, replacement: $1}]", "event_name=pay sources=ios 4; event_name=view sources=ios 8; a_new=ay event_name=Pay sources=web 3", 0},
	} {
		opts := DefaultOptions()
		opts.Rules = rules(t, c.owners, c.configs)
		r := mustRead(t, ruledReport, opts)
		if got := series(r); got != c.want || r.Skipped.Relabelled != c.dropped {
			t.Errorf("%s: %d dropped, %s\n%d and %s are right", c.name, r.Skipped.Relabelled, got, c.dropped, c.want)
		}
		var sum float64
		for _, v := range r.Samples(0) {
			sum += v
		}
		opts.SeriesLimit = 1
		if folded := mustRead(t, ruledReport, opts); c.dropped < 4 && folded.Series != 1 || folded.Metrics[0].Total != sum {
			t.Errorf("%s: under a limit %d series of %v are left", c.name, folded.Series, folded.Metrics[0].Total)
		}
		if r.Metrics[0].Total != sum {
			t.Errorf("%s: the total is %v, and the series have %v", c.name, r.Metrics[0].Total, sum)
		}
	}
}

func TestALabelOfTheProjectIsTheReportsOnceARuleChangesIt(t *testing.T) {
	for configs, want := range map[string]bool{"[]": false, "[{regex: team, action: labeldrop}]": true} {
		opts := DefaultOptions()
		opts.Rules = rules(t, "", configs)
		if names := mustRead(t, ruledReport, opts).LabelNames; slices.Contains(names, "team") != want || slices.Contains(names, "project") {
			t.Errorf("%s: %q", configs, names)
		}
	}
}

func TestAReportNamesTheKeysThatALookupLacks(t *testing.T) {
	for configs, share := range map[string]string{
		"[]": "0.8", // 12 of 15
		"[{source_labels: [event_name], regex: view, action: drop}]": "0.5714285714285714", // 4 of 7
		"[{source_labels: [sources], regex: none, action: keep}]":    "0",
	} {
		opts := DefaultOptions()
		opts.Rules = rules(t, "Event,Owner\nPay,payments\n", configs)
		r := mustRead(t, ruledReport, opts)
		if got := fmt.Sprint(r.Unmatched); got != "[{owners.csv 2 "+share+" [{view 8 view,} {pay 4 pay,}]}]" {
			t.Errorf("%s: %s", configs, got)
		}
	}
}
