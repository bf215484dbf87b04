package report

import (
	"math"
	"slices"
	"strings"
)

// split separates totals from rows. sums holds the sums of the other rows by column, and
// others is how many these are.
func (h held) split(m *Mapping, sums []float64, others int) (totals, rows held) {
	for i, r := range h {
		all, n := slices.Clone(sums), others
		for j, other := range h {
			if i != j && (j > i || len(totals) == 0) {
				n++
				for k, v := range m.numbers(other) {
					all[k] += v
				}
			}
		}
		if m.isTotal(r, all, n) {
			totals = append(totals, r)
		} else {
			rows = append(rows, r)
		}
	}
	return totals, rows
}

// numbers returns what a row has in summed columns, by column.
func (m *Mapping) numbers(r row) map[int]float64 {
	numbers := map[int]float64{}
	for i, c := range m.Columns {
		if c.Role != RoleValue || c.Aggregate != AggregateSum {
			continue
		}
		if n := c.format().parse(trim(r.fields[i])); n.ok {
			numbers[i] = n.value
		}
	}
	return numbers
}

// isTotal reports whether a row is the total of so many others with these sums.
// A row that only says so is a row: an event may be called total.
func (m *Mapping) isTotal(r row, sums []float64, others int) bool {
	numbers, some := m.numbers(r), false
	for i, v := range numbers {
		if math.Abs(v-sums[i]) > 1e-9*math.Abs(v) {
			return false
		}
		some = some || v != 0
	}
	described, says := false, false
	texts := 0
	for i, c := range m.Columns {
		if c.Role != RoleLabel && c.Role != RoleTime {
			continue
		}
		texts++
		cell := trim(r.fields[i])
		described = described || !isEmpty(cell)
		says = says || saysTotal(string(cell))
	}
	enough := others >= 10 || others >= 3 && len(numbers) >= 2
	return some && (says || texts > 0 && !described || enough)
}

// saysTotal reports whether one of the words of a cell says total.
func saysTotal(cell string) bool { return phraseOf(cell).has(aTotal) }

// warnOfTotals warns of series whose labels only say total if in one metric one of
// them, or all together, have the sum of all other series: rows between others
// are totals too, and are not left out.
func (r *Report) warnOfTotals() {
	totals, others := r.totalSeries()
	if len(totals) == 0 {
		return
	}
	for i, m := range r.Metrics {
		sum := func(of []int32) float64 {
			var sum cell
			for _, s := range of {
				sum.merge(AggregateSum, r.table.at(s)[i])
			}
			return sum.total()
		}
		rest := sum(others)
		isRest := func(v float64) bool { return v != 0 && math.Abs(v-rest) <= 1e-9*math.Abs(v) }
		one := slices.ContainsFunc(totals, func(s int32) bool { return isRest(r.table.at(s)[i].total()) })
		if m.Aggregate == AggregateSum && (one || isRest(sum(totals))) {
			values := make([]string, len(r.LabelNames))
			splitKey(r.table.keys[totals[0]], values)
			r.warn("%d of the series seem to be totals of others, such as %s, and %s counts them too; leave them out with relabel_configs",
				len(totals), quote(strings.TrimSpace(strings.Join(values, " "))), m.Name)
			return
		}
	}
}

// totalSeries separates the series whose labels only say total, or average, from the
// others.
func (r *Report) totalSeries() (totals, others []int32) {
	values := make([]string, len(r.LabelNames))
	for _, s := range r.series {
		splitKey(r.table.keys[s], values)
		described := slices.ContainsFunc(values, func(v string) bool { return v != "" })
		other := slices.ContainsFunc(values, func(v string) bool {
			return v != "" && !saysTotal(v) && !is(strings.ToLower(v), anAverager)
		})
		if described && !other {
			totals = append(totals, s)
		} else {
			others = append(others, s)
		}
	}
	return totals, others
}
