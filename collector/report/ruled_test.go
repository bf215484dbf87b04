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

func TestALookupIsOnAnyColumnOrLabel(t *testing.T) {
	for _, c := range []struct {
		on, owners string
		column     ColumnOptions // of Event Name
		want       string
	}{
		{"Event Name", "Event,Owner\nPay,payments\n", ColumnOptions{Role: RoleIgnore}, "owner=none sources=ios 12; owner=payments sources=web 3"},
		{"event_name", "Event,Owner\nPay,payments\n", ColumnOptions{Role: RoleIgnore}, "owner=none sources=ios 12; owner=payments sources=web 3"},
		{"Event Name", "Event,Owner\nview,payments\n", ColumnOptions{Role: RoleLabel, Name: "e"}, "e=Pa owner=no sources=we 3; e=pa owner=no sources=io 4; e=vi owner=pa sources=io 8"},
		{"e", "Event,Owner\nview,payments\n", ColumnOptions{Role: RoleLabel, Name: "e"}, "e=Pa owner=no sources=we 3; e=pa owner=no sources=io 4; e=vi owner=pa sources=io 8"},
		{"team", "Event,Owner\nqa,payments\n", ColumnOptions{Role: RoleIgnore}, "owner=payments sources=ios 12; owner=payments sources=web 3"},
		{"Date", "Date,Owner\n2026-03-02,late\n", ColumnOptions{Role: RoleIgnore}, "owner=late sources=ios 8; owner=late sources=web 2; owner=none sources=ios 4; owner=none sources=web 1"},
		{"Events", "Events,Owner\n8,large\n", ColumnOptions{Role: RoleIgnore}, "owner=large sources=ios 8; owner=none sources=ios 4; owner=none sources=web 3"},
		{"Title", "Event,Owner\nPay,payments\n", ColumnOptions{Role: RoleIgnore}, "owner=none sources=ios 12; owner=none sources=web 3" +
			`[lookup owners.csv is on "Title", which is neither a column nor a label, so that every row gets the default; the columns are "Date", "Event Name", "Sources", "Events"]`},
	} {
		table, err := relabel.ReadTable(strings.NewReader(c.owners), relabel.TableOptions{On: c.on, Name: normalise, Key: LookupKey(c.on), Default: "none"})
		if err != nil {
			t.Fatal(err)
		}
		opts := DefaultOptions()
		opts.Columns = map[string]ColumnOptions{"Event Name": c.column}
		opts.Rules = &relabel.Rules{Fixed: map[string]string{"team": "qa"}, Lookups: []relabel.Lookup{{Name: "owners.csv", On: c.on, Table: table}}}
		opts.LabelValueLimit = 8
		if c.column.Name != "" {
			opts.LabelValueLimit = 2
		}
		r := mustRead(t, ruledReport, opts)
		got := series(r)
		if len(r.Warnings) > 0 {
			got += fmt.Sprint(r.Warnings)
		}
		if got != c.want {
			t.Errorf("%s: %s\n%s is right", c.on, got, c.want)
		}
	}
}

func TestALookupComparesListsInAnyOrder(t *testing.T) {
	const text = "Date,Event Type,Name,Sources,Daily Billable Events\n2026-03-01,custom,a,\"js,ios\",1\n2026-03-01,custom,b,\"ios, js\",2\n2026-03-01,custom,c,web,4\n"
	for key, want := range map[string]string{`"js, ios"`: "3", `"ios,js"`: "3", "j*": "0", "*js": "3", " web ": "4"} {
		match := relabel.MatchExact
		if strings.Contains(key, "*") {
			match = relabel.MatchGlob
		}
		table, err := relabel.ReadTable(strings.NewReader("Sources,Owner\n"+key+",x\n"), relabel.TableOptions{On: "Sources", Name: normalise, Key: LookupKey("Sources"), Match: match})
		if err != nil {
			t.Fatal(err)
		}
		opts := DefaultOptions()
		opts.Rules = &relabel.Rules{Lookups: []relabel.Lookup{{On: "Sources", Table: table}}}
		for _, role := range []Role{RoleLabel, RoleIgnore} {
			opts.Columns = map[string]ColumnOptions{"Sources": {Role: role}}
			sum := 0.0
			r := mustRead(t, text, opts)
			for values, v := range r.Samples(0) {
				if at := slices.Index(r.LabelNames, "owner"); at >= 0 && values[at] == "x" {
					sum += v
				}
			}
			if fmt.Sprint(sum) != want {
				t.Errorf("%s, %s: %v, want %s", key, role, sum, want)
			}
		}
	}
}
