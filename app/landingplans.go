package app

import (
	"fmt"
	"math"
	"math/big"

	"statsig_exporter/app/show"
	"statsig_exporter/collector"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/plan"
)

// landingPlan is one plan: its terms, and its use once all of its projects have
// reports of the running month.
type landingPlan struct {
	Name, Fee, Cost string
	Expected        string // cost of the whole month; empty: not known
	State           landingState
	Meters          []landingMeter
}

type landingMeter struct{ Name, Used, Included, Ratio string }

func newLandingPlans(plans []plan.Plan, statuses []collector.Status, forecasts map[string]collector.Forecast) []landingPlan {
	months := plan.Sums{}
	for _, s := range statuses {
		if s.Window.Current && s.Window.Period.Calendar == config.Month && s.Snapshot != nil {
			months[s.Project] = s.Snapshot.Report.Meters
		}
	}
	var all []landingPlan
	for _, p := range plans {
		l := newLandingPlan(p, p.Used(months))
		if f, ok := forecasts[p.Name]; ok {
			l.Expected = fmt.Sprintf("%s %s (%s to %s)", cents(f.Cost), p.Currency, cents(f.Low), cents(f.High))
		}
		all = append(all, l)
	}
	return all
}

// newLandingPlan describes a plan. Without a use of each meter, some are not known.
func newLandingPlan(p plan.Plan, used []*big.Rat) landingPlan {
	money := func(amount *big.Rat) string {
		return cents(plan.Float(amount)) + " " + p.Currency
	}
	l := landingPlan{Name: p.Name, Fee: money(p.BaseFee), State: landingState{"waiting for reports of this month", "wait"}}
	if used != nil {
		l.Cost, l.State = money(p.Cost(used)), landingState{"within what is included", "good"}
	}
	for i, m := range p.Meters {
		meter := landingMeter{Name: m.Name, Included: show.Value(plan.Float(m.Included))}
		if used != nil {
			meter.Used = show.Value(plan.Float(used[i]))
			if ratio, ok := m.Ratio(used[i]); ok {
				meter.Ratio = fmt.Sprintf("%.1f %%", 100*plan.Float(ratio))
			}
			if used[i].Cmp(m.Included) > 0 {
				l.State = landingState{"past what is included", "warn"}
			}
		}
		l.Meters = append(l.Meters, meter)
	}
	return l
}

// cents writes an amount of money for a person.
func cents(amount float64) string { return show.Value(math.Round(100*amount) / 100) }
