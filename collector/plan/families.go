package plan

import (
	"math/big"
	"slices"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
)

// TermFamilies returns the figures of a plan that do not depend on its use.
func (p Plan) TermFamilies() []exposition.Family {
	included := make([]*big.Rat, len(p.Meters))
	for i, m := range p.Meters {
		included[i] = m.Included
	}
	return []exposition.Family{
		p.money(nil, rowOf(p.BaseFee)).family("statsig_plan_base_fee", "What the plan costs a month at least."),
		p.units(nil, rowOf(included...)).family("statsig_plan_included", "Units a month that the plan includes, over all of its projects."),
		p.perBudget(func(b Budget) *big.Rat { return b.Amount }).family("statsig_plan_budget", "Amount a month that a budget allows the groups with its labels."),
	}
}

// UseFamilies returns the use of a plan in the running month, over all of its projects and
// by project. Both are nil while a project lacks a report or a metric, and all is nil if
// some projects are of other shards. The forecast takes h, and the month before as far as
// it is known.
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
	if f, ok := h.forecast(p, m, use.Units, now); ok {
		all = append(all, p.forecastFamilies(m.Sums, use, f)...)
	}
	return all, own
}

// MonthFamilies returns the use, the cost and its shares of a month, without a forecast:
// nothing while a project lacks a report or a metric.
func (p Plan) MonthFamilies(sums Sums) []exposition.Family {
	use, ok := p.whole(sums)
	if !ok {
		return nil
	}
	return p.useFamilies(use)
}

// PastFamilies returns all figures but forecasts, as they were when the plan's projects had
// used this much of a month.
func (p Plan) PastFamilies(uses map[string]Use) []exposition.Family {
	families := append(p.TermFamilies(), p.projectFamily(uses))
	return append(families, p.useFamilies(p.total(uses))...)
}

func (p Plan) projectFamily(uses map[string]Use) exposition.Family {
	var rows []row
	for project, use := range uses {
		rows = append(rows, row{[]string{project}, use.Units})
	}
	return p.units([]string{"project"}, rows...).family("statsig_plan_project_used", "Units that a project has used this month.")
}

// useFamilies returns the use of all projects, its cost, and the shares of both.
func (p Plan) useFamilies(use Use) []exposition.Family {
	ratios := make([]*big.Rat, len(p.Meters))
	for i, m := range p.Meters {
		ratios[i] = m.ratio(use.Units[i])
	}
	families := []exposition.Family{
		p.units(nil, rowOf(use.Units...)).family("statsig_plan_used", "Units used this month, over all projects of the plan."),
		p.units(nil, rowOf(ratios...)).family("statsig_plan_used_ratio", "Units used this month, as a share of those that the plan includes."),
		p.money(nil, rowOf(p.Cost(use.Units))).family("statsig_plan_cost", "Cost of the month to date: the base fee, and the units past those that the plan includes."),
	}
	if len(p.Showback.Labels) == 0 {
		return families
	}
	groups, costs := p.share(use.groups)
	return append(families,
		p.units(p.Showback.Labels, groups...).family("statsig_plan_allocated_used", "Units that a group has used this month."),
		p.money(p.Showback.Labels, costs...).family("statsig_plan_allocated_cost", "A group's share in the cost of the month to date."),
		p.budgetCosts(costs).family("statsig_plan_budget_cost", "Cost of the month to date of the groups with a budget's labels."))
}

// LastFamilies returns the figures of the month that has ended: nothing unless every
// project has a report of it.
func (p Plan) LastFamilies(m Month) []exposition.Family {
	use, ok := p.whole(m.Sums)
	if !ok {
		return nil
	}
	start := table{[]string{"plan"}, []row{{[]string{p.Name}, []*big.Rat{new(big.Rat).SetInt64(m.Start.Unix())}}}}
	families := []exposition.Family{
		start.family("statsig_plan_last_month_start_timestamp_seconds", "Start of the month that has ended, whose figures are served."),
		p.units(nil, rowOf(use.Units...)).family("statsig_plan_last_used", "Units used in the month that has ended, over all projects of the plan."),
		p.money(nil, rowOf(p.Cost(use.Units))).family("statsig_plan_last_cost", "Cost of the month that has ended."),
	}
	if len(p.Showback.Labels) > 0 {
		_, costs := p.share(use.groups)
		families = append(families, p.money(p.Showback.Labels, costs...).family("statsig_plan_last_allocated_cost", "A group's share in the cost of the month that has ended."))
	}
	return families
}

// forecastFamilies returns the use and the cost expected of the whole month, and their
// shares.
func (p Plan) forecastFamilies(sums Sums, use Use, f forecast) []exposition.Family {
	bound, low, high := []string{"bound"}, []string{"low"}, []string{"high"}
	families := []exposition.Family{
		p.units(nil, rowOf(f.point...)).family("statsig_plan_forecast_units", "Units that the whole month is expected to have, over all projects of the plan."),
		p.units(bound, row{low, f.low}, row{high, f.high}).family("statsig_plan_forecast_units_bound", "Bounds that should hold the units of the whole month."),
		p.money(nil, rowOf(p.Cost(f.point))).family("statsig_plan_forecast_cost", "Cost that the whole month is expected to have."),
		p.money(bound, row{low, []*big.Rat{p.Cost(f.low)}}, row{high, []*big.Rat{p.Cost(f.high)}}).family("statsig_plan_forecast_cost_bound", "Bounds that should hold the cost of the whole month."),
	}
	if len(p.Showback.Labels) == 0 {
		return families
	}
	rest := p.zeros()
	for i := range rest {
		rest[i].Sub(f.point[i], use.Units[i])
	}
	var recent []row
	for _, month := range sums {
		recent = append(recent, p.groups(month, weekOf)...)
	}
	groups, costs := p.share(p.addRest(use.groups, recent, rest))
	return append(families,
		p.units(p.Showback.Labels, groups...).family("statsig_plan_allocated_forecast_units", "Units that a group is expected to have in the whole month."),
		p.money(p.Showback.Labels, costs...).family("statsig_plan_allocated_forecast_cost", "A group's share in the cost that the whole month is expected to have."),
		p.budgetCosts(costs).family("statsig_plan_budget_forecast_cost", "Cost that the whole month is expected to have of the groups with a budget's labels."))
}

// monthOf and weekOf are the units of a group in its report, and in the last week.
func monthOf(g report.GroupSum) float64 { return g.Total }
func weekOf(g report.GroupSum) float64  { return g.Recent }

func (p Plan) perBudget(amount func(Budget) *big.Rat) table {
	var rows []row
	for _, b := range p.Budgets {
		rows = append(rows, row{b.Values(p.Showback.Labels), []*big.Rat{amount(b)}})
	}
	return p.money(p.Showback.Labels, rows...)
}

func (p Plan) budgetCosts(costs []row) table {
	return p.perBudget(func(b Budget) *big.Rat { return b.cost(p.Showback.Labels, costs) })
}

// money tabulates rows of one amount in the plan's currency, which have values of labels.
func (p Plan) money(labels []string, rows ...row) table {
	return p.tabulate("currency", []string{p.Currency}, labels, rows)
}

// units tabulates rows of an amount for each meter, which have values of labels.
func (p Plan) units(labels []string, rows ...row) table {
	meters := make([]string, len(p.Meters))
	for i, m := range p.Meters {
		meters[i] = m.Name
	}
	return p.tabulate("meter", meters, labels, rows)
}

// tabulate returns a row for each amount but nil: the amount in place i has value i of
// label.
func (p Plan) tabulate(label string, values, labels []string, rows []row) table {
	t := table{labels: append([]string{label, "plan"}, labels...)}
	for _, r := range rows {
		for i, value := range values {
			if amount := r.amounts[i]; amount != nil {
				t.rows = append(t.rows, row{append([]string{value, p.Name}, r.values...), []*big.Rat{amount}})
			}
		}
	}
	return t
}

// table holds rows of one amount each.
type table struct {
	labels []string
	rows   []row // with a value for each of labels
}

// family returns the family of the amounts.
func (t table) family(name, help string) exposition.Family {
	labels := slices.Sorted(slices.Values(t.labels))
	rows := make([]row, len(t.rows))
	for i, r := range t.rows {
		rows[i].amounts = r.amounts
		for _, label := range labels {
			rows[i].values = append(rows[i].values, r.values[slices.Index(t.labels, label)])
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return slices.Compare(a.values, b.values) })
	return exposition.Family{Name: name, Help: help, LabelNames: labels, Samples: func(yield func([]string, float64) bool) {
		for _, r := range rows {
			if !yield(r.values, Float(r.amounts[0])) {
				return
			}
		}
	}}
}
