package plan

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strings"
)

// Other is the value of every label of the group that stands for the groups past
// MostGroups, and for a base fee that no group has a share in.
const Other = "other"

// MostGroups is how many groups a showback has at most, Other included.
const MostGroups = 1000

// Showback says how the cost of a plan is shared.
type Showback struct {
	Labels    []string // whose values make the groups
	BaseFeeBy int      // the meter, as an index of Plan.Meters, by whose units the base fee is shared
}

// Group is the use of a plan by the series with the same label values.
type Group struct {
	Values []string   // of Showback.Labels, in their order
	Units  []*big.Rat // one for each of Plan.Meters; negative for credits
}

// Share is a group with its part of a plan's cost.
type Share struct {
	Group
	Cost *big.Rat
}

// Groups merges groups of the same values and keeps the largest by cost, so that there
// are MostGroups at most with Other, to which the rest is added. The groups are sorted
// by their values.
func (s Showback) Groups(p Plan, groups []Group) []Group {
	merged := merge(groups)
	isOther := func(g Group) bool { return slices.Equal(g.Values, s.other()) }
	named := slices.DeleteFunc(slices.Clone(merged), isOther)
	if len(named) < MostGroups {
		return merged
	}
	prices, sizes := s.prices(p, merged), map[string]float64{}
	for _, g := range named {
		sum := 0.0
		for i, price := range prices {
			sum += price * Float(g.Units[i])
		}
		sizes[g.key()] = math.Abs(sum)
	}
	slices.SortStableFunc(named, func(a, b Group) int { return cmp.Compare(sizes[b.key()], sizes[a.key()]) })
	for i := MostGroups - 1; i < len(named); i++ {
		named[i].Values = s.other()
	}
	return merge(append(named, slices.DeleteFunc(merged, func(g Group) bool { return !isOther(g) })...))
}

// prices returns about how much the plan's cost has for each unit of a meter.
func (s Showback) prices(p Plan, groups []Group) []float64 {
	prices := make([]float64, len(p.Meters))
	for i, used := range totals(p, groups) {
		cost := p.Meters[i].overage(used)
		if i == s.BaseFeeBy {
			cost.Add(cost, p.BaseFee)
		}
		if used.Sign() > 0 {
			prices[i] = Float(cost.Quo(cost, used))
		}
	}
	return prices
}

// Shares divides the plan's cost among groups with different values. The costs add up
// to Plan.Cost of the groups' units exactly. Each meter's overage is divided in
// proportion to its units, and the base fee to the units of BaseFeeBy; where these are
// not positive in sum, the group Other has the base fee. The shares are sorted by
// their values.
func (s Showback) Shares(p Plan, groups []Group) []Share {
	used := totals(p, groups)
	if used[s.BaseFeeBy].Sign() <= 0 && p.BaseFee.Sign() > 0 {
		groups = merge(append(slices.Clone(groups), s.none(p)))
	}
	rates := make([]*big.Rat, len(used)) // the cost of a unit
	for i := range used {
		rates[i] = p.Meters[i].overage(used[i])
		if i == s.BaseFeeBy {
			rates[i].Add(rates[i], p.BaseFee)
		}
		if used[i].Sign() > 0 {
			rates[i].Quo(rates[i], used[i])
		} else {
			rates[i].SetInt64(0)
		}
	}
	shares := make([]Share, len(groups))
	for i, g := range groups {
		shares[i] = Share{g, new(big.Rat)}
		for m, units := range g.Units {
			shares[i].Cost.Add(shares[i].Cost, new(big.Rat).Mul(units, rates[m]))
		}
		if used[s.BaseFeeBy].Sign() <= 0 && slices.Equal(g.Values, s.other()) {
			shares[i].Cost.Add(shares[i].Cost, p.BaseFee)
		}
	}
	return shares
}

// Forecast adds the units of the rest of the month, by meter, to groups. It divides
// them in proportion to the units of recent groups, which are best of whole weeks.
// Recent groups that are not among groups count as Other. Where a meter has no
// recent units, the units of groups decide, and without any the group Other has them all.
func (s Showback) Forecast(p Plan, groups, recent []Group, rest []*big.Rat) []Group {
	known := map[string]bool{}
	for _, g := range groups {
		known[g.key()] = true
	}
	weights := slices.Clone(recent)
	for i := range weights {
		if !known[weights[i].key()] {
			weights[i].Values = s.other()
		}
	}
	weights = merge(weights)
	all := slices.Clone(groups)
	for m := range p.Meters {
		all = append(all, s.divide(p, m, rest[m], [][]Group{weights, groups})...)
	}
	return merge(all)
}

// divide divides units of a meter in proportion to the first groups that have any.
func (s Showback) divide(p Plan, meter int, units *big.Rat, by [][]Group) []Group {
	for _, weights := range by {
		sum := totals(p, weights)[meter]
		if sum.Sign() <= 0 {
			continue
		}
		var parts []Group
		for _, w := range weights {
			part := s.none(p)
			part.Values = w.Values
			part.Units[meter].Mul(units, w.Units[meter]).Quo(part.Units[meter], sum)
			parts = append(parts, part)
		}
		return parts
	}
	part := s.none(p)
	part.Units[meter].Set(units)
	return []Group{part}
}

// none returns the group Other without units.
func (s Showback) none(p Plan) Group {
	g := Group{Values: s.other()}
	for range p.Meters {
		g.Units = append(g.Units, new(big.Rat))
	}
	return g
}

func (s Showback) other() []string { return slices.Repeat([]string{Other}, len(s.Labels)) }

// totals adds up the units of groups, by meter.
func totals(p Plan, groups []Group) []*big.Rat {
	sums := make([]*big.Rat, len(p.Meters))
	for i := range sums {
		sums[i] = new(big.Rat)
		for _, g := range groups {
			sums[i].Add(sums[i], g.Units[i])
		}
	}
	return sums
}

// merge adds up groups of the same values and sorts them by these.
func merge(groups []Group) []Group {
	var merged []Group
	places := map[string]int{}
	for _, g := range groups {
		at, found := places[g.key()]
		if !found {
			places[g.key()] = len(merged)
			merged = append(merged, g)
			continue
		}
		sums := make([]*big.Rat, len(g.Units))
		for i, units := range g.Units {
			sums[i] = new(big.Rat).Add(merged[at].Units[i], units)
		}
		merged[at].Units = sums
	}
	slices.SortFunc(merged, func(a, b Group) int { return slices.Compare(a.Values, b.Values) })
	return merged
}

// key returns a string that no other values have: 0xff is in no UTF-8 text.
func (g Group) key() string { return strings.Join(g.Values, "\xff") }
