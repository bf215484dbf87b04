package plan

import (
	"math/big"
	"slices"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
)

// Sums are the units that projects have used this month: by project, then by meter,
// as Plan.ReportMeters names it. A project without a report of the running month has
// nil, and one of another shard is missing.
type Sums map[string]map[string]report.MeterSum

// TermFamilies returns what is served of a plan whatever is used of it.
func (p Plan) TermFamilies() []exposition.Family {
	fee := samples{{[]string{p.Currency, p.Name}, Float(p.BaseFee)}}
	var included samples
	for _, m := range p.Meters {
		included = append(included, sample{[]string{m.Name, p.Name}, Float(m.Included)})
	}
	return []exposition.Family{
		fee.family("statsig_plan_base_fee", "What the plan costs a month at least.", "currency", "plan"),
		included.family("statsig_plan_included", "Units a month that the plan includes, over all of its projects.", "meter", "plan"),
	}
}

// UseFamilies returns what is served of the use of a plan: over all of its projects,
// and by project. While a project lacks a report or a metric there is nothing, and
// while some are of other shards there is nothing over all.
func (p Plan) UseFamilies(sums Sums) (all []exposition.Family, own map[string][]exposition.Family) {
	used := make([]*big.Rat, len(p.Meters))
	for i := range used {
		used[i] = new(big.Rat)
	}
	whole := true
	own = map[string][]exposition.Family{}
	for _, project := range p.Projects {
		month, here := sums[project]
		if !here {
			whole = false
			continue
		}
		var units samples
		for i, m := range p.Meters {
			sum, found := month[p.meterName(m)]
			exact, finite := Units(sum.Total)
			if !found || !finite {
				return nil, nil
			}
			used[i].Add(used[i], exact)
			units = append(units, sample{[]string{m.Name, p.Name, project}, Float(exact)})
		}
		own[project] = []exposition.Family{units.family("statsig_plan_project_used", "Units that a project has used this month.", "meter", "plan", "project")}
	}
	if whole {
		all = p.totalFamilies(used)
	}
	return all, own
}

// totalFamilies returns the use of each meter, and what it costs.
func (p Plan) totalFamilies(used []*big.Rat) []exposition.Family {
	var units, ratios samples
	for i, m := range p.Meters {
		units = append(units, sample{[]string{m.Name, p.Name}, Float(used[i])})
		if ratio, ok := m.Ratio(used[i]); ok {
			ratios = append(ratios, sample{[]string{m.Name, p.Name}, Float(ratio)})
		}
	}
	cost := samples{{[]string{p.Currency, p.Name}, Float(p.Cost(used))}}
	return []exposition.Family{
		units.family("statsig_plan_used", "Units used this month, over all projects of the plan.", "meter", "plan"),
		ratios.family("statsig_plan_used_ratio", "Units used this month, as a share of those that the plan includes.", "meter", "plan"),
		cost.family("statsig_plan_cost", "Cost of the month to date: the base fee, and the units past those that the plan includes.", "currency", "plan"),
	}
}

// samples are the samples of one family.
type samples []sample

type sample struct {
	labels []string
	value  float64
}

// family returns a family of the samples, whose labels have these names.
func (s samples) family(name, help string, names ...string) exposition.Family {
	slices.SortFunc(s, func(a, b sample) int { return slices.Compare(a.labels, b.labels) })
	return exposition.Family{Name: name, Help: help, LabelNames: names, Samples: func(yield func([]string, float64) bool) {
		for _, one := range s {
			if !yield(one.labels, one.value) {
				return
			}
		}
	}}
}
