package backfill_test

import (
	"fmt"
	"math"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

// planned has a plan with tiers and two meters, and a month with a day of 25 hours.
const planned = `
global: {timezone: Europe/Berlin}
windows: [{name: day, period: day}, {name: last, period: month}, {name: mtd, period: month, current: true}]
plans:
  - name: pro
    base_fee: 30.25
    meters:
      - {name: custom, metric: statsig_usage_billable_events, match: {event_type: [custom]}, included: 1000, tiers: [{up_to: 50000, price_per_unit: 0.0007}, {price_per_unit: 0.0003}]}
      - {name: all, metric: statsig_usage_billable_events, price_per_unit: 0.00001}
    showback: [event_type, project]
    budgets: [{labels: {project: a}, amount: 400}]
`

// figures returns the figures of plans in an OpenMetrics text at a time, by series.
func figures(text string, at time.Time) map[string]float64 {
	found := map[string]float64{}
	for line := range strings.Lines(text) {
		series, rest, _ := strings.Cut(line, "} ")
		var v float64
		var seconds int64
		if n, _ := fmt.Sscan(rest, &v, &seconds); n == 2 && strings.HasPrefix(line, "statsig_plan_") && seconds == at.Unix() {
			found[series+"}"] = v
		}
	}
	return found
}

func TestAPlanHasFiguresAtTheEndOfEachBackfilledDay(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	for _, window := range []string{"day", "last"} {
		synctest.Test(t, func(t *testing.T) {
			p := newPast(t, planned, func(o *statsigtest.Options) { o.Location = berlin })
			p.options.Window = window
			from := date("1999-10-01", berlin)
			text := p.write(p.plan("1999-10-01", "1999-11-01"))
			for i := range 31 {
				end := from.AddDate(0, 0, i+1)
				got, want := figures(text, end), wanted(p.api, from, end)
				if len(got) != 25 {
					t.Errorf("window %s, at the end of day %d there are %d figures", window, i+1, len(got))
				}
				for series, v := range want {
					if got[series] != v {
						t.Errorf("window %s, at the end of day %d: %s is %v, and should be %v", window, i+1, series, got[series], v)
					}
				}
				shared := 0.0
				for series, v := range got {
					if strings.HasPrefix(series, "statsig_plan_allocated_cost{") {
						shared += v
					}
				}
				if cost := want[`statsig_plan_cost{currency="USD",plan="pro"}`]; math.Abs(shared-cost) > 1e-9 {
					t.Errorf("window %s, at the end of day %d: shares of %v in %v", window, i+1, shared, cost)
				}
			}
		})
	}
}

// wanted returns figures of planned, computed from the truth.
func wanted(api *statsigtest.Server, from, end time.Time) map[string]float64 {
	var custom, all, ofA int64
	for _, project := range []string{"a", "b"} {
		for _, row := range api.Truth(project, from, end) {
			all += row.Billable
			if row.Type == statsigtest.TypeCustom {
				custom += row.Billable
			}
			if project == "a" {
				ofA += row.Billable
			}
		}
	}
	cost := big.NewRat(3025, 100)
	cost.Add(cost, big.NewRat(7*max(min(custom, 50_000)-1000, 0)+3*max(custom-50_000, 0), 10_000))
	cost.Add(cost, big.NewRat(all, 100_000))
	rounded, _ := cost.Float64()
	return map[string]float64{
		`statsig_plan_used{meter="custom",plan="pro"}`:                  float64(custom),
		`statsig_plan_used_ratio{meter="custom",plan="pro"}`:            float64(custom) / 1000,
		`statsig_plan_used{meter="all",plan="pro"}`:                     float64(all),
		`statsig_plan_project_used{meter="all",plan="pro",project="a"}`: float64(ofA),
		`statsig_plan_included{meter="custom",plan="pro"}`:              1000,
		`statsig_plan_cost{currency="USD",plan="pro"}`:                  rounded,
	}
}

func TestAMonthHasNoFiguresFromUnknownUsageOn(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		projects       []string
		refused        string // a day whose requests fail
		since          string // when the projects were created
		gaps           string
		known          []string // the days at whose ends there are figures
	}{
		{"a whole month", "1999-11-01", "1999-11-04", nil, "", "", "", []string{"1102", "1103", "1104"}},
		{"from the middle", "1999-11-29", "1999-12-02", nil, "", "", "1999-11 from 1101: a b\n", []string{"1202"}},
		{"a day that was not read", "1999-11-01", "1999-12-02", nil, "1103", "", "1999-11 from 1103: a b\n", []string{"1102", "1103", "1202"}},
		{"a project that was not read", "1999-12-01", "1999-12-02", []string{"b"}, "", "", "1999-12 from 1201: a\n", nil},
		{"projects that began in the month", "1999-10-01", "1999-11-04", nil, "", "1999-11-02", "", []string{"1103", "1104"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPast(t, strings.Replace(planned, "Europe/Berlin", "UTC", 1), func(o *statsigtest.Options) {
					if c.since != "" {
						o.Since = date(c.since)
					}
				})
				p.options.Projects = c.projects
				p.meets = func(start time.Time) int {
					if start.Format("0102") == c.refused {
						return http.StatusInternalServerError
					}
					return 0
				}
				b := p.plan(c.from, c.to)
				text, gaps := p.write(b), ""
				for _, g := range b.Gaps() {
					gaps += fmt.Sprintf("%s from %s: %s\n", g.Month.Format("2006-01"), g.From.Format("0102"), strings.Join(g.Projects, " "))
				}
				var known []string
				for at := date(c.from); !at.After(date(c.to)); at = at.AddDate(0, 0, 1) {
					if len(figures(text, at)) > 0 {
						known = append(known, at.Format("0102"))
					}
				}
				if gaps != c.gaps || !slices.Equal(known, c.known) {
					t.Errorf("gaps %q, figures at %v", gaps, known)
				}
			})
		})
	}
}
