package plan

import (
	"math"
	"math/big"
	"slices"
	"time"
)

// Day holds the units of one calendar day.
type Day struct {
	Start time.Time // midnight, in the zone of the month
	Units float64
}

// Usage holds the known units of one meter, for a forecast.
type Usage struct {
	// Start and End bound the running month, End exclusive. Their zone has the
	// calendar of the days.
	Start, End time.Time
	Now        time.Time
	// Used is the reported sum of the month to date.
	Used *big.Rat
	// Days are the reported days of the running month and the known days of earlier
	// months, ascending. The newest may be incomplete.
	Days []Day
	// Totals replace the days of the running month if the report has no days. They
	// ascend by time.
	Totals []Total
}

// Range is a forecast: the expected amount, and bounds that should hold the actual
// amount. Low <= Point <= High.
type Range struct{ Low, Point, High *big.Rat }

// forecast holds the Range of each meter's units.
type forecast struct{ low, point, high []*big.Rat }

const (
	// settled is how long after its end a day may still grow.
	settled = 48 * time.Hour
	// unforeseen is the share by which the days ahead may differ from expectation
	// though no past day hints at it: a launch, or a week of holidays.
	unforeseen = 0.3
	// deviations is how many standard deviations a bound is from the point.
	deviations = 2.6
)

// Forecast returns the units that the meter will have when the month ends. It is not ok
// before a whole day with units is known.
func (u Usage) Forecast() (units Range, ok bool) {
	days := u.complete()
	rhythm, ok := learn(days, u.Now)
	if !ok {
		return Range{}, false
	}
	growing := u.growing(days)
	if len(growing) > 0 {
		rhythm, ok = learn(slices.DeleteFunc(slices.Clone(days), func(d Day) bool { return slices.Contains(growing, d) }), u.Now)
	}
	return u.ahead(rhythm, days, growing), ok
}

// growing returns the newest days that have less than the older ones let expect. A
// week of these must be known.
func (u Usage) growing(days []Day) []Day {
	older := slices.IndexFunc(days, func(d Day) bool { return d.end().Add(settled).After(u.Now) })
	if older < 7 {
		return nil
	}
	rhythm, ok := learn(days[:older], u.Now)
	if !ok {
		return nil
	}
	return rhythm.behind(days[older:])
}

// ahead forecasts the month: the reported sum, the expected units of the days that are
// not complete, and the lack of the growing ones.
func (u Usage) ahead(rhythm rhythm, days, growing []Day) Range {
	next := u.Start
	if n := len(days); n > 0 && days[n-1].end().After(next) {
		next = days[n-1].end()
	}
	var open []time.Time
	for ; next.Before(u.End); next = next.AddDate(0, 0, 1) {
		open = append(open, next)
	}
	rest := rhythm.expect(open)
	for _, d := range growing {
		if lack := rhythm.expect([]time.Time{d.Start}).point - d.Units; lack > 0 && !d.Start.Before(u.Start) {
			rest.point += lack
			rest.high += lack
		}
	}
	seen := u.outside(days)
	return Range{Low: u.plus(rest.low - seen), Point: u.plus(rest.point - seen), High: u.plus(rest.high - seen)}
}

// plus adds expected units to the reported sum, rounded to thousandths. Usage that is
// reported does not go away.
func (u Usage) plus(expected float64) *big.Rat {
	units, ok := Units(math.Round(max(expected, 0)*1000) / 1000)
	if !ok {
		units = new(big.Rat)
	}
	return units.Add(units, u.Used)
}

// outside returns the reported units that belong to no complete day of the month.
func (u Usage) outside(days []Day) float64 {
	units := Float(u.Used)
	for _, d := range days {
		if !d.Start.Before(u.Start) {
			units -= d.Units
		}
	}
	return max(units, 0)
}

// complete returns the last days that have ended, from the first with units on.
func (u Usage) complete() []Day {
	days := u.Days
	if len(u.Totals) > 0 {
		days = u.fromTotals()
	}
	first := slices.IndexFunc(days, func(d Day) bool { return d.Units > 0 })
	if first < 0 {
		return nil
	}
	days = days[first:]
	if open := slices.IndexFunc(days, func(d Day) bool { return d.end().After(u.Now) }); open >= 0 {
		days = days[:open]
	}
	return days[max(0, len(days)-mostDays):]
}

func (d Day) end() time.Time { return d.Start.AddDate(0, 0, 1) }
