package plan

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
)

// served returns the samples of families as "name{label=value,…}".
func served(families []exposition.Family) map[string]float64 {
	page := map[string]float64{}
	for _, f := range families {
		for values, v := range f.Samples {
			var labels []string
			for i, name := range f.LabelNames {
				labels = append(labels, name+"="+values[i])
			}
			page[f.Name+"{"+strings.Join(labels, ",")+"}"] = v
		}
	}
	return page
}

// sumOf adds up the samples that begin so.
func sumOf(page map[string]float64, prefix string) float64 {
	sum := 0.0
	for name, v := range page {
		if strings.HasPrefix(name, prefix) {
			sum += v
		}
	}
	return sum
}

// shared is a plan of the projects a and b, shared among teams.
func shared() Plan {
	p := priced("100", "50", "", "2")
	p.Name, p.Currency, p.Projects = "pro", "USD", []string{"a", "b"}
	p.Showback = Showback{Labels: []string{"team", "env"}}
	p.Budgets = []Budget{{Labels: map[string]string{"team": "pay"}, Amount: rat("400")}}
	return p
}

// metered is a sum of days from the first of March 2026 on; two thirds belong to
// the team pay, and the last week's to the team web alone.
func metered(days ...float64) report.MeterSum {
	var sum report.MeterSum
	first := report.DayOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	for i, units := range days {
		sum.Total += units
		sum.Days = append(sum.Days, report.DaySum{Day: first + report.Day(i), Units: units})
	}
	sum.Groups = []report.GroupSum{{Values: []string{"pay", "x"}, Total: sum.Total * 2 / 3}, {Values: []string{"web", "x"}, Total: sum.Total / 3, Recent: 7}}
	return sum
}

// march is the month of sums of the meter of shared.
func march(sums map[string]report.MeterSum) Month {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	m := Month{Start: start, Sums: Sums{}}
	for project, sum := range sums {
		m.Sums[project] = map[string]report.MeterSum{shared().meterName(shared().Meters[0]): sum}
	}
	return m
}

func TestWhatIsServedOfAPlanAddsUp(t *testing.T) {
	p := shared()
	now := time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)
	m := march(map[string]report.MeterSum{"a": metered(3, 3, 3, 3, 3, 3, 3, 3, 3, 3), "b": metered(6, 6, 6, 6, 6, 6, 6, 6, 6, 6)})
	all, _ := p.UseFamilies(m, Month{}, &History{}, now)
	page := served(all)
	for name, want := range map[string]float64{
		"statsig_plan_used{meter=events,plan=pro}":                                    90,
		"statsig_plan_cost{currency=USD,plan=pro}":                                    180,
		"statsig_plan_allocated_used{env=x,meter=events,plan=pro,team=pay}":           60,
		"statsig_plan_allocated_cost{currency=USD,env=x,plan=pro,team=pay}":           120,
		"statsig_plan_allocated_cost{currency=USD,env=x,plan=pro,team=web}":           60,
		"statsig_plan_budget_cost{currency=USD,env=,plan=pro,team=pay}":               120,
		"statsig_plan_allocated_forecast_units{env=x,meter=events,plan=pro,team=pay}": 60,
	} {
		if got, found := page[name]; !found || got != want {
			t.Errorf("%s is %v, and should be %v", name, got, want)
		}
	}
	units, cost := page["statsig_plan_forecast_units{meter=events,plan=pro}"], page["statsig_plan_forecast_cost{currency=USD,plan=pro}"]
	if math.Abs(units/279-1) > 0.1 || math.Abs(cost-100-2*(units-50)) > 1e-6 {
		t.Errorf("a forecast of %v units for %v", units, cost)
	}
	for _, c := range []struct {
		parts string
		whole float64
	}{
		{"statsig_plan_allocated_cost{", 180},
		{"statsig_plan_allocated_forecast_units{", units},
		{"statsig_plan_allocated_forecast_cost{", cost},
	} {
		if got := sumOf(page, c.parts); math.Abs(got-c.whole) > 1e-6 {
			t.Errorf("the sum of %s…} is %v, and should be %v", c.parts, got, c.whole)
		}
	}
	for _, of := range []string{"units_bound{bound=%s,meter=events,plan=pro}", "cost_bound{bound=%s,currency=USD,plan=pro}"} {
		low, high := page["statsig_plan_forecast_"+fmt.Sprintf(of, "low")], page["statsig_plan_forecast_"+fmt.Sprintf(of, "high")]
		if low <= 0 || low >= high {
			t.Errorf("%s: from %v to %v", of, low, high)
		}
	}
	if budget := served(p.TermFamilies())["statsig_plan_budget{currency=USD,env=,plan=pro,team=pay}"]; budget != 400 {
		t.Errorf("a budget of %v", budget)
	}
}

func TestTheMonthThatHasEndedIsServed(t *testing.T) {
	p := shared()
	page := served(p.LastFamilies(march(map[string]report.MeterSum{"a": metered(30), "b": metered(60)})))
	for name, want := range map[string]float64{
		"statsig_plan_last_month_start_timestamp_seconds{plan=pro}":              1772323200,
		"statsig_plan_last_used{meter=events,plan=pro}":                          90,
		"statsig_plan_last_cost{currency=USD,plan=pro}":                          180,
		"statsig_plan_last_allocated_cost{currency=USD,env=x,plan=pro,team=pay}": 120,
	} {
		if page[name] != want {
			t.Errorf("%s is %v, and should be %v", name, page[name], want)
		}
	}
	if page := p.LastFamilies(march(map[string]report.MeterSum{"a": metered(30)})); page != nil {
		t.Errorf("without a project: %v", served(page))
	}
}

func TestAProjectWithoutAReportLeavesAPlanWithoutFigures(t *testing.T) {
	p := shared()
	m := march(map[string]report.MeterSum{"a": metered(30), "b": metered(60)})
	m.Sums["b"] = nil
	if all, own := p.UseFamilies(m, Month{}, &History{}, m.Start.AddDate(0, 0, 2)); all != nil || own != nil {
		t.Errorf("%v, %v", served(all), own)
	}
	delete(m.Sums, "b") // it is of another shard
	if all, own := p.UseFamilies(m, Month{}, &History{}, m.Start.AddDate(0, 0, 2)); all != nil || served(own["a"])["statsig_plan_project_used{meter=events,plan=pro,project=a}"] != 30 {
		t.Errorf("%v, %v", served(all), own)
	}
}

func TestADayThatOneProjectLacksIsNoFall(t *testing.T) {
	p := shared()
	now := time.Date(2026, 3, 13, 6, 0, 0, 0, time.UTC)
	even := []float64{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5}
	m := march(map[string]report.MeterSum{"a": metered(even...), "b": metered(even[:11]...)})
	all, _ := p.UseFamilies(m, Month{}, &History{}, now)
	if units := served(all)["statsig_plan_forecast_units{meter=events,plan=pro}"]; math.Abs(units/310-1) > 0.05 {
		t.Errorf("%v units are forecast", units)
	}
}

// forecastOf returns the forecast of the units of a month of one meter, when its history
// has seen the month every six hours.
func forecastOf(t *testing.T, m *month, now time.Time, sum func(at time.Time) report.MeterSum) (units, low, high float64) {
	t.Helper()
	p := shared()
	p.Projects, p.Showback, p.Budgets = []string{"a"}, Showback{}, nil
	var h History
	for at := m.start.AddDate(0, -1, 0).Add(6 * time.Hour); ; at = at.Add(6 * time.Hour) {
		start := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, at.Location())
		seen := Month{Start: start, Sums: Sums{"a": {p.meterName(p.Meters[0]): sum(at)}}}
		if used := p.Used(seen.Sums); used[0].Sign() > 0 {
			h.note(p, seen, Month{}, used, at)
		}
		if at.Add(6 * time.Hour).After(now) {
			all, _ := p.UseFamilies(seen, Month{}, &h, at)
			page := served(all)
			bound := "statsig_plan_forecast_units_bound{bound=%s,meter=events,plan=pro}"
			return page["statsig_plan_forecast_units{meter=events,plan=pro}"], page[fmt.Sprintf(bound, "low")], page[fmt.Sprintf(bound, "high")]
		}
	}
}

// TestForecastsFromReportsAsTheyCome forecasts reports whose days are days, the first of the
// month, or missing, from the 10th on.
func TestForecastsFromReportsAsTheyCome(t *testing.T) {
	for _, days := range []string{"by day", "by month", "none"} {
		for seed := range uint64(12) {
			m := newMonth(seed)
			now := m.start.AddDate(0, 0, 9+int(seed)).Add(7 * time.Hour)
			units, low, high := forecastOf(t, m, now, func(at time.Time) report.MeterSum {
				var sum report.MeterSum
				for _, d := range m.days {
					if seen := m.arrived(d, at); seen > 0 && d.start.Month() == at.Month() {
						sum.Total += seen
						sum.Days = append(sum.Days, report.DaySum{Day: report.DayOf(d.start), Units: seen})
					}
				}
				switch {
				case days == "none":
					sum.Days = nil
				case days == "by month" && sum.Total > 0:
					first := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, at.Location())
					sum.Days = []report.DaySum{{Day: report.DayOf(first), Units: sum.Total}}
				}
				return sum
			})
			if truth := m.truth(); math.Abs(units/truth-1) > 0.05 || low > truth || truth > high {
				t.Errorf("%s, %d, %s: %.1f %% off, from %v to %v", days, seed, now.Format("02 15:04"), 100*(units/truth-1), low, high)
			}
		}
	}
}
