package plan

import (
	"math"
	"slices"
)

// covariance returns the covariance of two days' values before either is known.
func (r *rhythm) covariance(a, b moment) float64 {
	first := r.days[0].at
	c := levelSpread*levelSpread + trendSpread*trendSpread*a.at*b.at +
		driftSpread*driftSpread*(min(a.at, b.at)-first)
	if a.weekend() && b.weekend() {
		c += weekendSpread * weekendSpread
	}
	if a.weekday == b.weekday {
		c += weekdaySpread * weekdaySpread
	}
	for _, change := range r.changes {
		if !change.covers(a.at) || !change.covers(b.at) {
			continue
		}
		c += changeSpread * changeSpread
		if change.days == 0 && a.weekend() && b.weekend() {
			c += reshapeSpread * reshapeSpread
		}
	}
	return c
}

// own returns the variance that a day shares with no other.
func (r *rhythm) own(m moment) float64 {
	if m.fresh {
		return r.noise*r.noise + freshSpread*freshSpread
	}
	return r.noise * r.noise
}

// solve sets the factor and the weights for the changes of r.
func (r *rhythm) solve() {
	n := len(r.days)
	r.factor = make([][]float64, n)
	values := make([]float64, n)
	for i := range n {
		r.factor[i] = make([]float64, i+1)
		for j := range i + 1 {
			c := r.covariance(r.days[i], r.days[j])
			if i == j {
				c += r.own(r.days[i])
			}
			c -= dot(r.factor[i][:j], r.factor[j][:j])
			if i == j {
				r.factor[i][i] = math.Sqrt(max(c, 1e-12))
			} else {
				r.factor[i][j] = c / r.factor[j][j]
			}
		}
		values[i] = r.days[i].value - r.mean
	}
	r.weights = r.forward(values)
	for i := n - 1; i >= 0; i-- {
		for j := i + 1; j < n; j++ {
			r.weights[i] -= r.factor[j][i] * r.weights[j]
		}
		r.weights[i] /= r.factor[i][i]
	}
}

// forward solves factor·x = v for x.
func (r *rhythm) forward(v []float64) []float64 {
	x := make([]float64, len(v))
	first := max(0, slices.IndexFunc(v, func(f float64) bool { return f != 0 }))
	for i := first; i < len(v); i++ {
		x[i] = (v[i] - dot(r.factor[i][first:i], x[first:i])) / r.factor[i][i]
	}
	return x
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
