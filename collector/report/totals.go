package report

import (
	"math"
	"slices"
	"strings"
)

// split separates totals from rows. sums holds the sums of the other rows by column, and
// others counts them.
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
		says = says || summaryOf(string(cell)) == aTotal
	}
	enough := others >= 10 || others >= 3 && len(numbers) >= 2
	if !some { // nothing is the sum of nothing, whatever the row is
		return says && len(numbers) > 0 && others > 0
	}
	return says || texts > 0 && !described || enough
}

// summaryOf returns the class of the word by which a cell says that its row sums up
// others: aTotal, anAverager, anExtreme, or 0.
func summaryOf(cell string) class {
	p := phraseOf(cell)
	switch {
	case p.has(aTotal):
		return aTotal
	case len(p) == 1 && is(p[0], anAverager):
		return anAverager
	case len(p) == 1 && is(p[0], anExtreme):
		return anExtreme
	}
	return 0
}

// warnOfSummaries warns of series whose labels only say total, average or the like: rows
// that sum up others are left out only at the ends of a report. It warns if, in some
// metric, one of these series has the value that it names of all other series, or all
// together have their sum.
func (r *Report) warnOfSummaries() {
	summaries, says, others := r.summaries()
	for i, m := range r.Metrics {
		if m.Aggregate != AggregateSum || len(summaries) == 0 {
			continue
		}
		var rest, all cell
		least, most := math.Inf(1), math.Inf(-1)
		for _, s := range others {
			if c := r.table.at(s)[i]; c.n > 0 {
				rest.add(c.total(), 1)
				least, most = min(least, c.total()), max(most, c.total())
			}
		}
		proven := false
		for j, s := range summaries {
			v := r.table.at(s)[i].total()
			all.merge(AggregateSum, r.table.at(s)[i])
			proven = proven || says[j]&aTotal != 0 && isNear(v, rest.total(), 1e-9) ||
				says[j]&anAverager != 0 && isNear(v, rest.total()/float64(rest.n), 0.005) || // as averages are rounded
				says[j]&anExtreme != 0 && rest.n > 1 && (v == least || v == most)
		}
		if proven || isNear(all.total(), rest.total(), 1e-9) {
			values := make([]string, len(r.LabelNames))
			splitKey(r.table.keys[summaries[0]], values)
			r.warn("%d of the series seem to sum up others, such as %s, and %s counts them too; leave them out with relabel_configs",
				len(summaries), quote(strings.TrimSpace(strings.Join(values, " "))), m.Name)
			return
		}
	}
}

// isNear reports whether a number that is not 0 differs from another by no more than a
// share of itself.
func isNear(v, other, share float64) bool {
	return v != 0 && math.Abs(v-other) <= share*math.Abs(v)
}

// summaries separates the series whose labels only say total, average or the like from
// the others. says has the words' classes for each.
func (r *Report) summaries() (summaries []int32, says []class, others []int32) {
	values := make([]string, len(r.LabelNames))
	for _, s := range r.series {
		splitKey(r.table.keys[s], values)
		said := class(0)
		other := slices.ContainsFunc(values, func(v string) bool {
			c := summaryOf(v)
			said |= c
			return v != "" && c == 0
		})
		if said == 0 || other {
			others = append(others, s)
		} else {
			summaries, says = append(summaries, s), append(says, said)
		}
	}
	return summaries, says, others
}
