package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// meterOf writes what a meter counts: the total, then days, then groups.
func meterOf(t *testing.T, text string, opts Options) string {
	t.Helper()
	sum, ok := mustRead(t, text, opts).Meters["m"]
	if !ok {
		return "missing"
	}
	var b strings.Builder
	fmt.Fprint(&b, sum.Total)
	for _, d := range sum.Days {
		fmt.Fprintf(&b, " %s:%v", time.Unix(int64(d.Day)*86400, 0).UTC().Format("02"), d.Units)
	}
	for _, g := range sum.Groups {
		fmt.Fprintf(&b, " [%s] %v/%v", strings.Join(g.Values, ","), g.Total, g.Recent)
	}
	return b.String()
}

func TestAMeterSumsByDayAndGroup(t *testing.T) {
	const twoWeeks = "Date,Name,Events\n2026-03-01,a,1\n2026-03-02,b,2\n2026-03-03,b,4\n2026-03-09,a,8\n2026-03-09,b,16\n2026-03-10,b,32\n"
	core := map[string]string{"team": "core", "project": "shop"}
	for _, c := range []struct {
		name, text, configs, want string
		meter                     Meter
	}{
		{"all series", ruledReport, "", "15 01:5 02:10", Meter{}},
		{"some series", ruledReport, "", "11 01:1 02:10", Meter{Match: map[string][]string{"event_name": {"Pay", "view"}}}},
		{"a metric that the report lacks", ruledReport, "", "missing", Meter{Metric: "statsig_usage_other"}},
		{"groups", ruledReport, "", "15 01:5 02:10 [ios] 12/4 [web] 3/1", Meter{By: []string{"sources"}}},
		{"the week before the newest day", twoWeeks, "", "63 01:1 02:2 03:4 09:24 10:32 [a] 9/9 [b] 54/22", Meter{By: []string{"name"}}},
		{"one day", "Date,Name,Events\n2026-03-01,a,1\n2026-03-01,b,2\n", "", "3 01:3 [a] 1/1 [b] 2/2", Meter{By: []string{"name"}}},
		{"no days", "Name,Events\na,1\n", "", "1 [a] 1/0", Meter{By: []string{"name"}}},
		{"rows without a time", "Date,Name,Events\n2026-03-01,a,1\n,a,2\n", "", "3 01:1", Meter{}},
		{"labels of the project", ruledReport, "", "15 01:5 02:10 [core,] 15/5", Meter{By: []string{"team", "tier"}, Match: map[string][]string{"project": {"shop"}}, Fixed: core}},
		{"other labels of the project", ruledReport, "", "0", Meter{Match: map[string][]string{"team": {"growth"}}, Fixed: core}},
		{"labels of rules", ruledReport, "[{source_labels: [event_name], regex: view, target_label: team, replacement: growth}]", "8 02:8 [growth,shop] 8/8", Meter{By: []string{"team", "project"}, Match: map[string][]string{"team": {"growth"}}, Fixed: core}},
		{"a label that a rule has dropped", ruledReport, "[{regex: team, action: labeldrop}]", "15 01:5 02:10 [] 15/5", Meter{By: []string{"team"}, Fixed: core}},
		{"days of another zone", "Time,Events\n2026-03-01T22:30:00Z,1\n2026-03-01T23:30:00Z,2\n2026-03-02T22:30:00Z,4\n", "", "7 01:1 02:6", Meter{}},
		{"an extreme has no days", strings.Replace(ruledReport, "Events", "Latency", 1), "", "14 [ios] 12/0 [web] 2/0", Meter{Metric: "statsig_usage_latency", By: []string{"sources"}}},
		{"rows that a rule has dropped", ruledReport, "[{source_labels: [sources], regex: web, action: drop}]", "12 01:4 02:8", Meter{}},
	} {
		opts := DefaultOptions()
		if c.configs != "" {
			opts.Rules = rules(t, "", c.configs)
		}
		c.meter.Name = "m"
		if c.meter.Metric == "" {
			c.meter.Metric = "statsig_usage_events"
		}
		opts.Meters = []Meter{{Name: "other", Metric: "statsig_usage_events"}, c.meter}
		opts.SeriesLimit = 1
		opts.Location = zone(t, "Europe/Berlin")
		opts.Columns = map[string]ColumnOptions{"Latency": {Role: RoleValue, Aggregate: AggregateMax}}
		if got := meterOf(t, c.text, opts); got != c.want {
			t.Errorf("%s: %s, and should be %s", c.name, got, c.want)
		}
	}
}

func TestASetOfMetersKeepsItsLargestGroups(t *testing.T) {
	const rows = MaxGroups + 200
	var text strings.Builder
	text.WriteString("Name,Events,Seats\nother,0.5,0\nbig,0,-1\n")
	for i := range rows {
		fmt.Fprintf(&text, "n%04d,%d.1,0\n", i, 1+i/100) // ties of a hundred
	}
	opts := DefaultOptions()
	opts.SeriesLimit = 100
	for _, metric := range []string{"events", "seats"} {
		opts.Meters = append(opts.Meters, Meter{Name: metric, Metric: "statsig_usage_" + metric, By: []string{"name"}, Set: "plan"})
	}
	meters := mustRead(t, text.String(), opts).Meters
	groups := meters["events"].Groups
	units := map[string]float64{}
	sum := 0.0
	for _, g := range groups {
		units[g.Values[0]] = g.Total
		sum += g.Total
	}
	// Of the hundred names with 3.1 units, two make room for other and for the name with seats.
	_, tied := units["n0297"]
	_, last := units["n0298"]
	if len(groups) != MaxGroups || !tied || last || units["n1199"] != 12.1 || float32(units["other"]) != 326.7 {
		t.Errorf("%d groups, and other has %v of %v units; tied: %v, %v", len(groups), units["other"], sum, tied, last)
	}
	if total := meters["events"].Total; total != 7920.5 || sum < total-1e-6 || sum > total+1e-6 {
		t.Errorf("the groups have %v of %v units", sum, total)
	}
	if seats := meters["seats"].Groups; len(seats) != MaxGroups || seats[0].Values[0] != "big" || seats[0].Total != -1 {
		t.Errorf("%d groups with seats, the first %v", len(seats), seats[0])
	}
}
