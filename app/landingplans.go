package app

import (
	"fmt"
	"math"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/plan"
)

// landingPlan is one plan: its terms, and its use once all of its projects have
// reports of the running month.
type landingPlan struct {
	Name, Currency, Fee, Cost string
	Expected                  string // cost of the whole month; empty: not known
	State                     landingState
	Meters                    []landingMeter
	Budgets                   []landingBudget
}

type landingMeter struct{ Name, Used, Included, Ratio string }

// landingBudget is a budget; what is not known is empty.
type landingBudget struct {
	Labels, Amount, Cost, Expected string
	State                          landingState
}

// figures holds the served use of a plan; nil for nothing.
type figures struct{ *exposition.Segment }

// of returns the sample of a family that has these label values. It is not ok if there
// is none.
func (f figures) of(family string, labels map[string]string) (value float64, ok bool) {
	if f.Segment == nil {
		return 0, false
	}
	found, ok := f.Family(family)
	if !ok {
		return 0, false
	}
	for values, v := range found.Samples {
		matches := true
		for i, name := range found.LabelNames {
			want, named := labels[name]
			matches = matches && (!named || want == values[i])
		}
		if matches {
			return v, true
		}
	}
	return 0, false
}

// newLandingPlan describes a plan by what is served of its use.
func newLandingPlan(p plan.Plan, served figures) landingPlan {
	money := func(family string, labels map[string]string) string {
		if v, ok := served.of(family, labels); ok {
			return cents(v) + " " + p.Currency
		}
		return ""
	}
	l := landingPlan{
		Name: p.Name, Currency: p.Currency, Fee: cents(plan.Float(p.BaseFee)) + " " + p.Currency, Cost: money("statsig_plan_cost", nil),
		Expected: money("statsig_plan_forecast_cost", nil), State: landingState{"waiting for reports of this month", "wait"},
	}
	if l.Cost != "" {
		l.State = landingState{"within what is included", "good"}
	}
	if l.Expected != "" {
		low, _ := served.of("statsig_plan_forecast_cost_bound", map[string]string{"bound": "low"})
		high, _ := served.of("statsig_plan_forecast_cost_bound", map[string]string{"bound": "high"})
		l.Expected += fmt.Sprintf(" (%s to %s)", cents(low), cents(high))
	}
	for _, m := range p.Meters {
		included, named := plan.Float(m.Included), map[string]string{"meter": m.Name}
		meter := landingMeter{Name: m.Name, Included: show.Value(included)}
		if used, ok := served.of("statsig_plan_used", named); ok {
			meter.Used = show.Value(used)
			if used > included {
				l.State = landingState{"past what is included", "warn"}
			}
		}
		if ratio, ok := served.of("statsig_plan_used_ratio", named); ok {
			meter.Ratio = fmt.Sprintf("%.1f %%", 100*ratio)
		}
		l.Meters = append(l.Meters, meter)
	}
	for _, b := range p.Budgets {
		l.Budgets = append(l.Budgets, newLandingBudget(p, b, served))
	}
	return l
}

func newLandingBudget(p plan.Plan, b plan.Budget, served figures) landingBudget {
	values, group, amount := b.Values(p.Showback.Labels), map[string]string{}, plan.Float(b.Amount)
	for i, label := range p.Showback.Labels {
		group[label] = values[i]
	}
	cost, known := served.of("statsig_plan_budget_cost", group)
	expected, forecast := served.of("statsig_plan_budget_forecast_cost", group)
	l := landingBudget{Labels: show.Labels(p.Showback.Labels, values), Amount: cents(amount), State: landingState{"not known yet", "wait"}}
	if known {
		l.Cost, l.State = cents(cost), landingState{"kept so far", "good"}
	}
	if forecast {
		l.Expected = cents(expected)
	}
	switch {
	case cost > amount:
		l.State = landingState{"exceeded", "bad"}
	case expected > amount:
		l.State = landingState{"will be exceeded", "warn"}
	}
	return l
}

// cents writes an amount of money for a person.
func cents(amount float64) string { return show.Value(math.Round(100*amount) / 100) }
