package plan

import (
	"math/big"
	"slices"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
)

// TermFamilies returns what is served of a plan whatever is used of it.
func (p Plan) TermFamilies() []exposition.Family {
	fee := p.perCurrency(p.BaseFee)
	return []exposition.Family{
		fee.family("statsig_plan_base_fee", "What the plan costs a month at least."),
		p.perMeter(func(i int) *big.Rat { return p.Meters[i].Included }).family("statsig_plan_included", "Units a month that the plan includes, over all of its projects."),
		p.perBudget(func(b Budget) *big.Rat { return b.Amount }).family("statsig_plan_budget", "Amount a month that a budget allows the groups with its labels."),
	}
}

// UseFamilies returns what is served of the use of a plan in the running month: over
// all of its projects, and by project. While a project lacks a report or a metric there
// is nothing, and while some are of other shards there is nothing over all. h, and the
// month before as far as it is known, are for the forecast.
func (p Plan) UseFamilies(m, before Month, h *History, now time.Time) (all []exposition.Family, own map[string][]exposition.Family) {
	uses, whole, ok := p.uses(m.Sums)
	if !ok {
		return nil, nil
	}
	own = map[string][]exposition.Family{}
	for project, use := range uses {
		own[project] = []exposition.Family{p.projectFamily(map[string]Use{project: use})}
	}
	if !whole {
		return nil, own
	}
	use := p.total(uses)
	h.note(p, m, before, use.Units, now)
	all = p.useFamilies(use)
	if forecast, ok := h.forecast(p, m, use.Units, now); ok {
		all = append(all, p.forecastFamilies(forecast)...)
		if len(p.Showback.Labels) > 0 {
			all = append(all, p.sharedForecastFamilies(m.Sums, use, forecast)...)
		}
	}
	return all, own
}

// MonthFamilies returns the use, the cost and its shares of a month, without a forecast:
// nothing while a project lacks a report or a metric.
func (p Plan) MonthFamilies(sums Sums) []exposition.Family {
	uses, whole, _ := p.uses(sums)
	if !whole {
		return nil
	}
	return p.useFamilies(p.total(uses))
}

// PastFamilies returns what was served of a plan when its projects had used this much of
// a month, forecasts aside.
func (p Plan) PastFamilies(uses map[string]Use) []exposition.Family {
	families := append(p.TermFamilies(), p.projectFamily(uses))
	return append(families, p.useFamilies(p.total(uses))...)
}

func (p Plan) projectFamily(uses map[string]Use) exposition.Family {
	units := samples{names: []string{"meter", "plan", "project"}}
	for project, use := range uses {
		for i, m := range p.Meters {
			units.add(use.Units[i], m.Name, p.Name, project)
		}
	}
	return units.family("statsig_plan_project_used", "Units that a project has used this month.")
}

// useFamilies returns what is used by all projects, what it costs, and how both are
// shared.
func (p Plan) useFamilies(use Use) []exposition.Family {
	ratios := samples{names: []string{"meter", "plan"}}
	for i, m := range p.Meters {
		if ratio, ok := m.Ratio(use.Units[i]); ok {
			ratios.add(ratio, m.Name, p.Name)
		}
	}
	families := []exposition.Family{
		p.perMeter(func(i int) *big.Rat { return use.Units[i] }).family("statsig_plan_used", "Units used this month, over all projects of the plan."),
		ratios.family("statsig_plan_used_ratio", "Units used this month, as a share of those that the plan includes."),
		p.perCurrency(p.Cost(use.Units)).family("statsig_plan_cost", "Cost of the month to date: the base fee, and the units past those that the plan includes."),
	}
	if len(p.Showback.Labels) == 0 {
		return families
	}
	shares := p.Showback.Shares(p, p.Showback.Groups(p, use.Groups))
	return append(families,
		p.perGroupAndMeter(shares).family("statsig_plan_allocated_used", "Units that a group has used this month."),
		p.perGroup(shares).family("statsig_plan_allocated_cost", "A group's share in the cost of the month to date."),
		p.budgetCosts(shares).family("statsig_plan_budget_cost", "Cost of the month to date of the groups with a budget's labels."))
}

// LastFamilies returns what is served of the month that has ended: nothing unless every
// project has a report of it.
func (p Plan) LastFamilies(m Month) []exposition.Family {
	uses, whole, _ := p.uses(m.Sums)
	if !whole {
		return nil
	}
	use := p.total(uses)
	start := samples{names: []string{"plan"}}
	start.list = append(start.list, sample{[]string{p.Name}, float64(m.Start.Unix())})
	families := []exposition.Family{
		start.family("statsig_plan_last_month_start_timestamp_seconds", "Start of the month that has ended, whose figures are served."),
		p.perMeter(func(i int) *big.Rat { return use.Units[i] }).family("statsig_plan_last_used", "Units used in the month that has ended, over all projects of the plan."),
		p.perCurrency(p.Cost(use.Units)).family("statsig_plan_last_cost", "Cost of the month that has ended."),
	}
	if len(p.Showback.Labels) > 0 {
		shares := p.Showback.Shares(p, p.Showback.Groups(p, use.Groups))
		families = append(families, p.perGroup(shares).family("statsig_plan_last_allocated_cost", "A group's share in the cost of the month that has ended."))
	}
	return families
}

// forecastFamilies returns what is expected of the whole month.
func (p Plan) forecastFamilies(units []Range) []exposition.Family {
	unitBounds := samples{names: []string{"bound", "meter", "plan"}}
	for i, m := range p.Meters {
		unitBounds.add(units[i].Low, "low", m.Name, p.Name)
		unitBounds.add(units[i].High, "high", m.Name, p.Name)
	}
	cost, costBounds := p.ForecastCost(units), samples{names: []string{"bound", "currency", "plan"}}
	costBounds.add(cost.Low, "low", p.Currency, p.Name)
	costBounds.add(cost.High, "high", p.Currency, p.Name)
	return []exposition.Family{
		p.perMeter(func(i int) *big.Rat { return units[i].Point }).family("statsig_plan_forecast_units", "Units that the whole month is expected to have, over all projects of the plan."),
		unitBounds.family("statsig_plan_forecast_units_bound", "Bounds that should hold the units of the whole month."),
		p.perCurrency(cost.Point).family("statsig_plan_forecast_cost", "Cost that the whole month is expected to have."),
		costBounds.family("statsig_plan_forecast_cost_bound", "Bounds that should hold the cost of the whole month."),
	}
}

// monthOf and weekOf are the units of a group in its report, and in the last week.
func monthOf(g report.GroupSum) float64 { return g.Total }
func weekOf(g report.GroupSum) float64  { return g.Recent }

// sharedForecastFamilies returns how the forecast is shared.
func (p Plan) sharedForecastFamilies(sums Sums, use Use, forecast []Range) []exposition.Family {
	rest := p.zeros()
	for i := range rest {
		rest[i].Sub(forecast[i].Point, use.Units[i])
	}
	var recent []Group
	for _, month := range sums {
		recent = append(recent, p.groups(month, weekOf)...)
	}
	shares := p.Showback.Shares(p, p.Showback.Forecast(p, p.Showback.Groups(p, use.Groups), recent, rest))
	return []exposition.Family{
		p.perGroupAndMeter(shares).family("statsig_plan_allocated_forecast_units", "Units that a group is expected to have in the whole month."),
		p.perGroup(shares).family("statsig_plan_allocated_forecast_cost", "A group's share in the cost that the whole month is expected to have."),
		p.budgetCosts(shares).family("statsig_plan_budget_forecast_cost", "Cost that the whole month is expected to have of the groups with a budget's labels."),
	}
}

func (p Plan) perCurrency(v *big.Rat) samples {
	s := samples{names: []string{"currency", "plan"}}
	s.add(v, p.Currency, p.Name)
	return s
}

func (p Plan) perMeter(v func(meter int) *big.Rat) samples {
	s := samples{names: []string{"meter", "plan"}}
	for i, m := range p.Meters {
		s.add(v(i), m.Name, p.Name)
	}
	return s
}

func (p Plan) perBudget(v func(Budget) *big.Rat) samples {
	s := samples{names: append([]string{"currency", "plan"}, p.Showback.Labels...)}
	for _, b := range p.Budgets {
		s.add(v(b), append([]string{p.Currency, p.Name}, b.Values(p.Showback.Labels)...)...)
	}
	return s
}

func (p Plan) budgetCosts(shares []Share) samples {
	return p.perBudget(func(b Budget) *big.Rat { return b.Cost(p.Showback.Labels, shares) })
}

func (p Plan) perGroup(shares []Share) samples {
	s := samples{names: append([]string{"currency", "plan"}, p.Showback.Labels...)}
	for _, share := range shares {
		s.add(share.Cost, append([]string{p.Currency, p.Name}, share.Values...)...)
	}
	return s
}

func (p Plan) perGroupAndMeter(shares []Share) samples {
	s := samples{names: append([]string{"meter", "plan"}, p.Showback.Labels...)}
	for _, share := range shares {
		for i, m := range p.Meters {
			s.add(share.Units[i], append([]string{m.Name, p.Name}, share.Values...)...)
		}
	}
	return s
}

// samples are the samples of one family.
type samples struct {
	names []string // of the labels
	list  []sample
}

type sample struct {
	labels []string // one for each of names
	value  float64
}

func (s *samples) add(v *big.Rat, labels ...string) {
	s.list = append(s.list, sample{labels, Float(v)})
}

// family returns the family of the samples.
func (s samples) family(name, help string) exposition.Family {
	names := slices.Sorted(slices.Values(s.names))
	list := make([]sample, len(s.list))
	for i, one := range s.list {
		list[i].value = one.value
		for _, label := range names {
			list[i].labels = append(list[i].labels, one.labels[slices.Index(s.names, label)])
		}
	}
	slices.SortFunc(list, func(a, b sample) int { return slices.Compare(a.labels, b.labels) })
	return exposition.Family{Name: name, Help: help, LabelNames: names, Samples: func(yield func([]string, float64) bool) {
		for _, one := range list {
			if !yield(one.labels, one.value) {
				return
			}
		}
	}}
}
