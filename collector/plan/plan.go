// Package plan holds the contracts: which sums they need of the reports, what usage costs
// under them, and what is served of that (families.go). Amounts are rational numbers, and
// nothing is rounded before Float.
package plan

import (
	"fmt"
	"maps"
	"math/big"
	"strconv"

	"statsig_exporter/collector/report"
)

// Plan is a contract: what it includes a month, and what it costs. It is
// immutable.
type Plan struct {
	Name     string
	Projects []string // whose usage counts, together; in the order of the configuration
	Currency string
	BaseFee  *big.Rat // a month
	Meters   []Meter  // at least one; names are unique
	Showback Showback // without labels, the cost is not shared
	Budgets  []Budget // of groups of Showback
}

// Meter is one thing that a plan counts.
type Meter struct {
	Name   string
	Metric string
	// Match holds, by label, the values that count; a series counts if each label has
	// one of its values. It is not to be changed.
	Match    map[string][]string
	Included *big.Rat // units a month, over all projects of the plan
	// Tiers say what a unit past the included ones costs, by its number in the month
	// from 0 on, the included ones counted too. They ascend; the last has no end.
	Tiers []Tier
}

// Tier is a range of units of one price.
type Tier struct {
	UpTo         *big.Rat // exclusive; nil for no end
	PricePerUnit *big.Rat
}

// Cost returns the cost of a month with these units, one number for each of Meters: the
// base fee, and each unit past the included ones.
func (p Plan) Cost(used []*big.Rat) *big.Rat {
	cost := new(big.Rat).Set(p.BaseFee)
	for i, units := range used {
		cost.Add(cost, p.Meters[i].overage(units))
	}
	return cost
}

// overage returns the cost of the units past the included ones.
func (m Meter) overage(used *big.Rat) *big.Rat {
	cost, from := new(big.Rat), m.Included
	for _, tier := range m.Tiers {
		to := used
		if tier.UpTo != nil && tier.UpTo.Cmp(used) < 0 {
			to = tier.UpTo
		}
		if to.Cmp(from) <= 0 {
			continue
		}
		units := new(big.Rat).Sub(to, from)
		cost.Add(cost, units.Mul(units, tier.PricePerUnit))
		from = to
	}
	return cost
}

// ratio returns used units as a share of the included ones, or nil if none are included.
func (m Meter) ratio(used *big.Rat) *big.Rat {
	if m.Included.Sign() == 0 {
		return nil
	}
	return new(big.Rat).Quo(used, m.Included)
}

// ReportMeters returns the sums that the plan needs of the reports of one of its
// projects, which has these labels of its own.
func (p Plan) ReportMeters(project string, labels map[string]string) []report.Meter {
	fixed := map[string]string{}
	maps.Copy(fixed, labels)
	fixed["project"] = project
	var meters []report.Meter
	for _, m := range p.Meters {
		meters = append(meters, report.Meter{Name: p.meterName(m), Metric: m.Metric, Match: m.Match, By: p.Showback.Labels, Set: p.Name, Fixed: fixed})
	}
	return meters
}

// meterName names a meter among the meters of all plans.
func (p Plan) meterName(m Meter) string { return fmt.Sprintf("%q of %q", m.Name, p.Name) }

// Identity identifies what the plan counts: plans with the same one have the same use.
func (p Plan) Identity() string {
	parts := []any{p.Name, p.Projects}
	for _, m := range p.Meters {
		parts = append(parts, m.Name, m.Metric, m.Match)
	}
	return fmt.Sprintf("%q", parts)
}

// Units returns v as its shortest decimal notation reads: 0.1 is a tenth, and not the
// binary fraction next to it. It is not ok if v is not finite.
func Units(v float64) (units *big.Rat, ok bool) {
	return new(big.Rat).SetString(strconv.FormatFloat(v, 'f', -1, 64))
}

// Float returns the float64 nearest to v.
func Float(v *big.Rat) float64 {
	f, _ := v.Float64()
	return f
}
