package plan

import (
	"slices"
	"time"
)

// daySum holds the units of one calendar day.
type daySum struct {
	start time.Time // midnight, in the zone of the month
	units float64
}

func (d daySum) end() time.Time { return d.start.AddDate(0, 0, 1) }

// usage holds the known units of one meter, for a forecast.
type usage struct {
	// start is the first midnight of the running month. Its zone has the calendar of the
	// days.
	start time.Time
	now   time.Time
	// used is the reported sum of the month to date.
	used float64
	// days are the reported days of the running month and the known days of earlier
	// months, ascending. The newest may be incomplete.
	days []daySum
	// totals replace the days of the running month if the report has no days. They
	// ascend by time.
	totals []Total
}

// bounds holds units that are expected, and the least and the most that should come.
type bounds struct{ low, point, high float64 }

const (
	// settled is how long after its end a day may still grow.
	settled = 48 * time.Hour
	// unforeseen is the share by which the days ahead may differ from expectation
	// though no past day hints at it: a launch, or a week of holidays.
	unforeseen = 0.3
	// deviations is how many standard deviations a bound is from the point.
	deviations = 2.6
)

// forecast returns the units that the meter will have more than used when the month ends.
// It is not ok before a whole day with units is known.
func (u usage) forecast() (more bounds, ok bool) {
	days := u.complete()
	rhythm, ok := learn(days, u.now)
	if !ok {
		return bounds{}, false
	}
	growing := u.growing(days)
	if len(growing) > 0 {
		rhythm, ok = learn(slices.DeleteFunc(slices.Clone(days), func(d daySum) bool { return slices.Contains(growing, d) }), u.now)
	}
	return u.ahead(rhythm, days, growing), ok
}

// growing returns the newest days that have fewer units than the older ones predict. A
// week of these must be known.
func (u usage) growing(days []daySum) []daySum {
	older := slices.IndexFunc(days, func(d daySum) bool { return d.end().Add(settled).After(u.now) })
	if older < 7 {
		return nil
	}
	rhythm, ok := learn(days[:older], u.now)
	if !ok {
		return nil
	}
	return rhythm.behind(days[older:])
}

// ahead forecasts the units of the days that are not complete, and the lack of the growing
// ones, less what is reported of them. Usage that is reported does not go away.
func (u usage) ahead(rhythm rhythm, days, growing []daySum) bounds {
	next := u.start
	if n := len(days); n > 0 && days[n-1].end().After(next) {
		next = days[n-1].end()
	}
	var open []time.Time
	for end := u.start.AddDate(0, 1, 0); next.Before(end); next = next.AddDate(0, 0, 1) {
		open = append(open, next)
	}
	rest := rhythm.expect(open)
	for _, d := range growing {
		if lack := rhythm.expect([]time.Time{d.start}).point - d.units; lack > 0 && !d.start.Before(u.start) {
			rest.point += lack
			rest.high += lack
		}
	}
	seen := u.outside(days)
	return bounds{max(rest.low-seen, 0), max(rest.point-seen, 0), max(rest.high-seen, 0)}
}

// outside returns the reported units that belong to no complete day of the month.
func (u usage) outside(days []daySum) float64 {
	units := u.used
	for _, d := range days {
		if !d.start.Before(u.start) {
			units -= d.units
		}
	}
	return max(units, 0)
}

// complete returns the last days that have ended, from the first with units on.
func (u usage) complete() []daySum {
	days := u.days
	if len(u.totals) > 0 {
		days = u.fromTotals()
	}
	first := slices.IndexFunc(days, func(d daySum) bool { return d.units > 0 })
	if first < 0 {
		return nil
	}
	days = days[first:]
	if open := slices.IndexFunc(days, func(d daySum) bool { return d.end().After(u.now) }); open >= 0 {
		days = days[:open]
	}
	return days[max(0, len(days)-mostDays):]
}
