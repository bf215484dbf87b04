package plan

import (
	"math"
	"slices"
	"time"
)

// The model adds up the logarithm of a day's units from these parts. Each is expected
// near its usual value, within a standard deviation.
const (
	levelSpread   = 4.0   // the level
	trendSpread   = 0.004 // the growth a day
	driftSpread   = 0.003 // how far the level wanders in a day
	weekendSpread = 0.6   // the weekend
	weekdaySpread = 0.045 // each day of the week, besides the weekend
	changeSpread  = 1.0   // a change of the level
	reshapeSpread = 0.2   // the weekend, once the level has changed for good
	freshSpread   = 0.06  // the lack of a day that may still grow

	usualTrend   = 0.001 // a day
	usualWeekend = 0.7   // as a share of a working day's units
)

const (
	// mostDays bounds the past that is looked at: older weeks say little.
	mostDays = 63
	// leastShare of the median day stands in for days of less: 0 has no logarithm.
	leastShare = 0.02
	// usualNoise is the noise, as a standard deviation, that needs no evidence.
	usualNoise = 0.04
	// behindBy is how many standard deviations a growing day lacks at least.
	behindBy = 1.5
	// recent is the number of days after which a change is taken to stay.
	recent = 7
)

// rhythm predicts the units of days from the days before them. It is a Gaussian
// process over logarithms: level, trend, day of the week, and the changes that the
// past shows.
type rhythm struct {
	last    time.Time // the newest known day
	days    []moment
	changes []change
	noise   float64     // of a single day, as a standard deviation
	mean    float64     // of the days' values
	factor  [][]float64 // the Cholesky factor of the days' covariance
	weights []float64   // the inverse of the covariance, times the values less their mean
	scale   float64     // from the exponential of an expected value to expected units
}

// moment places a day in time.
type moment struct {
	at      float64 // days since the newest known day
	weekday time.Weekday
	hours   float64
	value   float64 // the logarithm of the units in 24 hours, less the usual; if known
	fresh   bool    // the day may still grow
}

func (m moment) weekend() bool { return m.weekday == time.Saturday || m.weekday == time.Sunday }

// usual returns what is expected of a day's logarithm, besides the level, before any day
// is known.
func (m moment) usual() float64 {
	usual := usualTrend * m.at
	if m.weekend() {
		usual += math.Log(usualWeekend)
	}
	return usual
}

// learn finds the rhythm of days, which ascend. It is not ok if no day has units.
func learn(days []daySum, now time.Time) (rhythm, bool) {
	var positive []float64
	for _, d := range days {
		if d.units > 0 {
			positive = append(positive, d.units)
		}
	}
	if len(positive) == 0 {
		return rhythm{}, false
	}
	slices.Sort(positive)
	floor := leastShare * positive[len(positive)/2]
	last := days[len(days)-1].start
	var moments []moment
	for _, d := range days {
		m := momentOf(d.start, last)
		m.value = math.Log(max(d.units*24/m.hours, floor)) - m.usual()
		m.fresh = d.end().Add(settled).After(now)
		moments = append(moments, m)
	}
	best, evidence := rhythm{}, math.Inf(-1)
	for _, noise := range []float64{0.015, 0.04, 0.1, 0.3, 1} {
		r := rhythm{last: last, days: moments, noise: noise}
		if e := r.explain() - math.Abs(math.Log(noise/usualNoise)); e > evidence {
			best, evidence = r, e
		}
	}
	best.rescale(days)
	return best, true
}

// rescale makes the expected units of the known days add up to their units. Averages
// of logarithms alone would miss a few days that have most of the units.
func (r *rhythm) rescale(days []daySum) {
	units, fitted := 0.0, 0.0
	for i, m := range r.days {
		units += days[i].units
		fitted += math.Exp(m.value+m.usual()-r.own(m)*r.weights[i]) * m.hours / 24
	}
	r.scale = max(units/fitted, 0)
}

func momentOf(start, last time.Time) moment {
	return moment{
		at: math.Round(start.Sub(last).Hours() / 24), weekday: start.Weekday(),
		hours: start.AddDate(0, 0, 1).Sub(start).Hours(),
	}
}

// explain finds the changes among the days and returns the logarithm of how likely
// the days are, up to a constant. It takes frequent changes for noise.
func (r *rhythm) explain() float64 {
	for _, m := range r.days {
		r.mean += m.value / float64(len(r.days))
	}
	prior := 0.0
	r.solve()
	for change, gain := r.nextChange(); gain > 0; change, gain = r.nextChange() {
		r.changes = append(r.changes, change)
		prior += change.prior()
		if len(r.changes) > mostChanges {
			r.changes, prior = nil, 0
			r.solve()
			break
		}
		r.solve()
	}
	evidence := prior
	for i, m := range r.days {
		evidence -= math.Log(r.factor[i][i]) + (m.value-r.mean)*r.weights[i]/2
	}
	return evidence
}

// expect predicts the sum of some days. The bounds allow for noise, for the end of a
// recent change, for the newest day being the first of a lasting change, and for
// the unforeseen.
func (r *rhythm) expect(starts []time.Time) bounds {
	if len(starts) == 0 {
		return bounds{}
	}
	total, spread := r.sum(starts)
	e := bounds{total, total, total}
	for _, c := range r.changes {
		other := total
		switch {
		case c.days == 0 && c.from > -recent:
			other /= math.Exp(r.effect(c))
		case c.covers(0):
			other *= math.Exp(r.effect(c))
		}
		e.low, e.high = min(e.low, other), max(e.high, other)
	}
	wide := math.Exp(deviations * spread)
	e.low = min(e.low/wide, total*(1-unforeseen))
	e.high = max(e.high*wide, total*(1+unforeseen))
	return e
}

// sum returns the expected sum of some days, and the standard deviation of its
// logarithm.
func (r *rhythm) sum(starts []time.Time) (total, spread float64) {
	ahead := make([]moment, len(starts))
	halves := make([][]float64, len(starts))
	units := make([]float64, len(starts))
	for i, start := range starts {
		ahead[i] = momentOf(start, r.last)
		known := make([]float64, len(r.days))
		for j, day := range r.days {
			known[j] = r.covariance(ahead[i], day)
		}
		log := r.mean + ahead[i].usual() + dot(known, r.weights)
		units[i] = math.Exp(log) * ahead[i].hours / 24 * r.scale
		halves[i] = r.forward(known)
		total += units[i]
	}
	if total == 0 {
		return 0, 0
	}
	variance := 0.0
	for i := range ahead {
		for j := range ahead {
			c := r.covariance(ahead[i], ahead[j]) - dot(halves[i], halves[j])
			if i == j {
				c += r.noise * r.noise
			}
			variance += c * units[i] / total * units[j] / total
		}
	}
	return total, math.Sqrt(max(variance, 0))
}

// behind returns the days among newer ones that have clearly less than expected.
func (r *rhythm) behind(newer []daySum) []daySum {
	var behind []daySum
	for _, d := range newer {
		if total, spread := r.sum([]time.Time{d.start}); d.units < total*math.Exp(-behindBy*spread) {
			behind = append(behind, d)
		}
	}
	return behind
}
