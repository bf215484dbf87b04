package plan

import (
	"math"
	"slices"
)

// mostChanges is how many changes the past may have.
const mostChanges = 6

// change is a change of the level, for some days or for good.
type change struct {
	from float64 // the first day, as moment.at
	days float64 // 0 for good
}

func (c change) covers(at float64) bool {
	return at >= c.from && (c.days == 0 || at < c.from+c.days)
}

// prior returns the logarithm of how likely a change of this length is to begin on a
// given day.
func (c change) prior() float64 {
	const lasting, oneDay, someDays = -5, -4, -5.5
	switch c.days {
	case 0:
		return lasting
	case 1:
		return oneDay
	}
	return someDays
}

// nextChange returns the change that makes the days most likely, and the logarithm of
// by how much. There is none if the gain is 0.
func (r *rhythm) nextChange() (best change, gain float64) {
	n := len(r.days)
	// At i: the sum of the weights from day i on, and factor's solution for a column
	// of ones from day i on. Those of a change are a difference of two.
	weights, halves := make([]float64, n+1), make([][]float64, n+1)
	halves[n] = make([]float64, n)
	for i, column := n-1, make([]float64, n); i > 0; i-- {
		column[i] = 1
		weights[i], halves[i] = weights[i+1]+r.weights[i], r.forward(column)
	}
	for from := 1; from < n; from++ {
		for end := from + 1; end <= n; end++ {
			along := weights[from] - weights[end]
			c, ok := r.between(from, end, along > 0)
			if !ok || slices.Contains(r.changes, c) {
				continue
			}
			norm := 0.0
			for i := from; i < n; i++ {
				half := halves[from][i] - halves[end][i]
				norm += half * half
			}
			scale := 1 + changeSpread*changeSpread*norm
			g := (along*along*changeSpread*changeSpread/scale-math.Log(scale))/2 + c.prior()
			if g > gain {
				best, gain = c, g
			}
		}
	}
	return best, gain
}

// between returns the change that covers the days from one index to another,
// exclusive, to more units or to less. A change that reaches the newest day lasts
// once it has two days of more or three of less: before that it may be a holiday.
// A change to more is over after two days of less: one may be incomplete.
func (r *rhythm) between(from, end int, more bool) (c change, ok bool) {
	c.from = r.days[from].at
	if end == len(r.days) {
		if lasts := c.from <= -2 || c.from <= -1 && more; !lasts {
			c.days = 1 - c.from
		}
		return c, true
	}
	after := r.days[end].at
	c.days = after - c.from
	return c, c.days == 1 || c.days <= recent && (!more || after <= -1)
}

// effect returns the expected change of a day's value.
func (r *rhythm) effect(c change) float64 {
	along := 0.0
	for i, day := range r.days {
		if c.covers(day.at) {
			along += r.weights[i]
		}
	}
	return along * changeSpread * changeSpread
}
