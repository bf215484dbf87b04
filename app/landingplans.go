package app

import (
	"math"
	"slices"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/plan"
)

// landingPlan is one plan, and what is served of its use once all of its projects have
// reports of the running month.
type landingPlan struct {
	plan.Plan
	State   landingState
	Budgets []landingBudget // the worst first
	served  *exposition.Segment
}

type landingBudget struct {
	Labels         string
	Amount         float64
	Cost, Expected *float64 // nil: not known
	State          landingState
}

// newLandingPlan describes a plan by what is served of its use; nil for nothing. Its
// state is the worst, of its own and its budgets'.
func newLandingPlan(p plan.Plan, served *exposition.Segment) landingPlan {
	l := landingPlan{Plan: p, served: served, State: landingState{"waiting for reports of this month", "wait"}}
	if l.Served("statsig_plan_cost") != nil {
		l.State = landingState{"within what is included", "good"}
	}
	for _, m := range p.Meters {
		if used := l.Served("statsig_plan_used", "meter", m.Name); used != nil && *used > plan.Float(m.Included) {
			l.State = landingState{"past what is included", "warn"}
		}
	}
	for _, b := range p.Budgets {
		budget := l.budget(b)
		l.Budgets = append(l.Budgets, budget)
		if budget.State.order() < l.State.order() {
			l.State = landingState{"budget " + budget.State.Text, budget.State.Class}
		}
	}
	slices.SortStableFunc(l.Budgets, func(a, b landingBudget) int { return a.State.order() - b.State.order() })
	return l
}

func (l landingPlan) budget(b plan.Budget) landingBudget {
	names, values := l.Showback.Labels, b.Values(l.Showback.Labels)
	var group []string
	for i, name := range names {
		group = append(group, name, values[i])
	}
	budget := landingBudget{
		Labels: show.Labels(names, values), Amount: plan.Float(b.Amount), State: landingState{"not known yet", "wait"},
		Cost: l.Served("statsig_plan_budget_cost", group...), Expected: l.Served("statsig_plan_budget_forecast_cost", group...),
	}
	switch cost, expected := budget.Cost, budget.Expected; {
	case cost == nil:
	case *cost > budget.Amount:
		budget.State = landingState{"exceeded", "bad"}
	case expected != nil && *expected > budget.Amount:
		budget.State = landingState{"will be exceeded", "warn"}
	default:
		budget.State = landingState{"kept so far", "good"}
	}
	return budget
}

// Served returns the sample of a family that has these label values, each after its
// label; nil if there is none.
func (l landingPlan) Served(family string, labels ...string) *float64 {
	if l.served == nil {
		return nil
	}
	found, ok := l.served.Family(family)
	if !ok {
		return nil
	}
	for values, v := range found.Samples {
		matches := true
		for pair := range slices.Chunk(labels, 2) {
			i := slices.Index(found.LabelNames, pair[0])
			matches = matches && i >= 0 && values[i] == pair[1]
		}
		if matches {
			return &v
		}
	}
	return nil
}

// cents writes an amount of money for a person.
func cents(amount float64) string { return show.Value(math.Round(100*amount) / 100) }
