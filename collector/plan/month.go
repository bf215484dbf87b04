package plan

import (
	"maps"
	"math/big"
	"slices"
	"time"

	"statsig_exporter/collector/report"
)

// Sums are the units of a month: by project, then by meter, as Plan.ReportMeters names
// it. A project without a report of the month has nil, and one of another shard is
// missing.
type Sums map[string]map[string]report.MeterSum

// Month holds what is known of a month of a plan.
type Month struct {
	Start time.Time // in the zone whose calendar counts
	Sums  Sums
}

// Use is the use of a plan.
type Use struct {
	Units  []*big.Rat // one for each of Plan.Meters
	groups []row      // of their units, sorted by their values; none unless the cost is shared
}

// Unused returns the use of nothing.
func (p Plan) Unused() Use { return Use{Units: p.zeros()} }

// Plus returns the sum of uses.
func (u Use) Plus(more ...Use) Use {
	sum := Use{slices.Clone(u.Units), slices.Clone(u.groups)}
	for _, other := range more {
		for i, units := range other.Units {
			sum.Units[i] = new(big.Rat).Add(sum.Units[i], units)
		}
		sum.groups = append(sum.groups, other.groups...)
	}
	sum.groups = merge(sum.groups)
	return sum
}

// Use returns what a project has used by a report of it. It is not ok if the report
// lacks a metric.
func (p Plan) Use(sums map[string]report.MeterSum) (u Use, ok bool) {
	u = Use{p.zeros(), p.groups(sums, monthOf)}
	for i, m := range p.Meters {
		if sum, found := sums[p.meterName(m)]; !found || !exact(u.Units[i], sum) {
			return Use{}, false
		}
	}
	return u, true
}

// uses returns what each project has used in a month. It is whole if no project is of
// another shard, and not ok while a project lacks a report or a metric.
func (p Plan) uses(sums Sums) (uses map[string]Use, whole, ok bool) {
	uses = map[string]Use{}
	for _, project := range p.Projects {
		month, here := sums[project]
		if !here {
			continue
		}
		if uses[project], ok = p.Use(month); !ok {
			return nil, false, false
		}
	}
	return uses, len(uses) > 0 && len(uses) == len(p.Projects), true
}

// total adds up what projects have used, and folds the groups.
func (p Plan) total(uses map[string]Use) Use {
	use := p.Unused().Plus(slices.Collect(maps.Values(uses))...)
	use.groups = p.fold(use.groups)
	return use
}

// whole returns what all projects of the plan have used in a month. It is not ok while a
// project lacks a report or a metric, or is of another shard.
func (p Plan) whole(sums Sums) (use Use, ok bool) {
	uses, ok, _ := p.uses(sums)
	return p.total(uses), ok
}

// Used returns the units of a month over all projects of the plan, one number for each
// of Meters, or nil while a project lacks a report or a metric.
func (p Plan) Used(sums Sums) []*big.Rat {
	if use, ok := p.whole(sums); ok {
		return use.Units
	}
	return nil
}

func (p Plan) zeros() []*big.Rat {
	zeros := make([]*big.Rat, len(p.Meters))
	for i := range zeros {
		zeros[i] = new(big.Rat)
	}
	return zeros
}

// exact adds a sum to units. If it has groups, their sum counts, to the last digit. It
// reports false for a sum that is not finite.
func exact(units *big.Rat, sum report.MeterSum) bool {
	parts := []float64{sum.Total}
	if len(sum.Groups) > 0 {
		parts = nil
		for _, g := range sum.Groups {
			parts = append(parts, g.Total)
		}
	}
	for _, part := range parts {
		v, finite := Units(part)
		if !finite {
			return false
		}
		units.Add(units, v)
	}
	return true
}

// groups returns the groups of a project, with the units of its report or of the last
// week.
func (p Plan) groups(sums map[string]report.MeterSum, units func(report.GroupSum) float64) []row {
	var groups []row
	for i, m := range p.Meters {
		for _, sum := range sums[p.meterName(m)].Groups {
			g := row{sum.Values, p.zeros()}
			if v, finite := Units(units(sum)); finite {
				g.amounts[i] = v
			}
			groups = append(groups, g)
		}
	}
	return merge(groups)
}

// days returns the units of each day from the first of the month on, by meter, over all
// projects. Days that only some of the projects have reported yet are left out: they
// would look like a fall.
func (p Plan) days(m Month) [][]float64 {
	days := make([][]float64, len(p.Meters))
	for i, meter := range p.Meters {
		sums := map[report.Day]float64{}
		var newest []report.Day
		for _, month := range m.Sums {
			of := month[p.meterName(meter)].Days
			for _, d := range of {
				sums[d.Day] += d.Units
			}
			if len(of) > 0 {
				newest = append(newest, of[len(of)-1].Day)
			}
		}
		if len(newest) == 0 {
			continue
		}
		last := slices.Max(newest)
		for _, of := range newest {
			if of < last && last-of <= 2 { // it is late, and not idle
				last = of
			}
		}
		for day := report.DayOf(m.Start); day <= last; day++ {
			days[i] = append(days[i], sums[day])
		}
	}
	return days
}
