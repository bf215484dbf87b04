package plan

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strings"

	"statsig_exporter/collector/report"
)

// other is the value of every label of the group that stands for the groups past
// report.MaxGroups, and for a base fee that no group has a share in.
const other = "other"

// Showback says how the cost of a plan is shared.
type Showback struct {
	Labels    []string // whose values make the groups
	BaseFeeBy int      // the meter, as an index of Plan.Meters, by whose units the base fee is shared
}

// Budget is an amount a month for the groups that have some label values.
type Budget struct {
	Labels map[string]string // of Showback.Labels; at least one
	Amount *big.Rat
}

// Values returns the budget's value for each of the labels, empty for a label that it
// does not name.
func (b Budget) Values(labels []string) []string {
	values := make([]string, len(labels))
	for i, label := range labels {
		values[i] = b.Labels[label]
	}
	return values
}

// cost returns what the groups with the budget's label values cost together. The costs
// have a value for each of labels.
func (b Budget) cost(labels []string, costs []row) *big.Rat {
	cost := new(big.Rat)
	for _, c := range costs {
		covered := true
		for i, label := range labels {
			wanted, named := b.Labels[label]
			covered = covered && (!named || wanted == c.values[i])
		}
		if covered {
			cost.Add(cost, c.amounts[0])
		}
	}
	return cost
}

// row holds amounts that share label values: the units of a group, one for each of
// Plan.Meters and negative for credits, or its cost alone.
type row struct {
	values  []string // of Showback.Labels, in their order; or as it is said
	amounts []*big.Rat
}

// rowOf returns amounts without label values.
func rowOf(amounts ...*big.Rat) row { return row{amounts: amounts} }

// fold merges groups of the same values and keeps the largest, by the rule by which a
// report keeps its own, so that there are report.MaxGroups at most with other, to which
// the rest is added. The groups are sorted by their values.
func (p Plan) fold(groups []row) []row {
	merged := merge(groups)
	named := slices.DeleteFunc(slices.Clone(merged), p.isOther)
	if len(named) < report.MaxGroups {
		return merged
	}
	sizes, order := make([]float64, len(named)), make([]int, len(named))
	for at := range order {
		order[at] = at
	}
	for i := range p.Meters {
		all := 0.0
		for _, g := range merged {
			all += math.Abs(Float(g.amounts[i]))
		}
		for at, g := range named {
			if all > 0 {
				sizes[at] += math.Abs(Float(g.amounts[i])) / all
			}
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(sizes[j], sizes[i]) })
	for _, at := range order[report.MaxGroups-1:] {
		named[at].values = p.other()
	}
	return merge(append(named, slices.DeleteFunc(merged, func(g row) bool { return !p.isOther(g) })...))
}

// rates returns what a unit of each meter costs if its overage, and the base fee in one
// meter, is divided evenly. The rate of a meter whose units are not positive is 0.
func (p Plan) rates(used []*big.Rat) []*big.Rat {
	rates := p.zeros()
	for i, units := range used {
		if units.Sign() <= 0 {
			continue
		}
		rates[i] = p.Meters[i].overage(units)
		if i == p.Showback.BaseFeeBy {
			rates[i].Add(rates[i], p.BaseFee)
		}
		rates[i].Quo(rates[i], units)
	}
	return rates
}

// share divides the plan's cost among groups with different values, and returns the
// groups with their costs, sorted by their values. The costs add up to Plan.Cost of the
// groups' units exactly. Each meter's overage is divided in proportion to its units, and
// the base fee in proportion to the units of BaseFeeBy; where their sum is not positive,
// the group other has the base fee.
func (p Plan) share(groups []row) (units, costs []row) {
	used := p.sum(groups)
	idle := used[p.Showback.BaseFeeBy].Sign() <= 0
	if idle && p.BaseFee.Sign() > 0 {
		groups = merge(append(slices.Clone(groups), row{p.other(), p.zeros()}))
	}
	rates := p.rates(used)
	for _, g := range groups {
		cost := new(big.Rat)
		for i, units := range g.amounts {
			cost.Add(cost, new(big.Rat).Mul(units, rates[i]))
		}
		if idle && p.isOther(g) {
			cost.Add(cost, p.BaseFee)
		}
		costs = append(costs, row{g.values, []*big.Rat{cost}})
	}
	return groups, costs
}

// addRest adds the units of the rest of the month, by meter, to groups. It divides them
// in proportion to the units of recent groups, which are best of whole weeks. Recent
// groups that are not among groups count as other. Where a meter has no recent units,
// the units of groups decide, and without any the group other has them all.
func (p Plan) addRest(groups, recent []row, rest []*big.Rat) []row {
	known := map[string]bool{}
	for _, g := range groups {
		known[g.key()] = true
	}
	recent = slices.Clone(recent)
	for i := range recent {
		if !known[recent[i].key()] {
			recent[i].values = p.other()
		}
	}
	recent = merge(recent)
	alone := row{p.other(), p.zeros()}
	for _, units := range alone.amounts {
		units.SetInt64(1)
	}
	all := slices.Clone(groups)
	for m := range p.Meters {
		for _, weights := range [][]row{recent, groups, {alone}} {
			sum := p.sum(weights)[m]
			if sum.Sign() <= 0 {
				continue
			}
			for _, w := range weights {
				part := row{w.values, p.zeros()}
				part.amounts[m].Mul(rest[m], w.amounts[m]).Quo(part.amounts[m], sum)
				all = append(all, part)
			}
			break
		}
	}
	return merge(all)
}

func (p Plan) other() []string { return slices.Repeat([]string{other}, len(p.Showback.Labels)) }

func (p Plan) isOther(g row) bool { return slices.Equal(g.values, p.other()) }

// sum adds up the units of groups, by meter.
func (p Plan) sum(groups []row) []*big.Rat {
	sums := p.zeros()
	for i, sum := range sums {
		for _, g := range groups {
			sum.Add(sum, g.amounts[i])
		}
	}
	return sums
}

// merge adds up groups of the same values and sorts them by these.
func merge(groups []row) []row {
	var merged []row
	places := map[string]int{}
	for _, g := range groups {
		at, found := places[g.key()]
		if !found {
			places[g.key()] = len(merged)
			merged = append(merged, g)
			continue
		}
		sums := make([]*big.Rat, len(g.amounts))
		for i, units := range g.amounts {
			sums[i] = new(big.Rat).Add(merged[at].amounts[i], units)
		}
		merged[at].amounts = sums
	}
	slices.SortFunc(merged, func(a, b row) int { return slices.Compare(a.values, b.values) })
	return merged
}

// key returns a string that no other values have: 0xff is in no UTF-8 text.
func (g row) key() string { return strings.Join(g.values, "\xff") }
