package plan

import (
	"math"
	"math/big"
	"slices"
	"time"

	"statsig_exporter/collector/report"
)

// History remembers what forecasts of a plan need besides the report of the month. It
// is for one goroutine at a time.
type History struct {
	month  time.Time // the start of the newest month
	days   [][]Day   // of it, by meter
	past   [][]Day   // of the month before
	totals [][]Total // of the newest month, by meter
}

const (
	// keptTotals is for how long all totals of a month are kept. Of the days before, the
	// last one is.
	keptTotals = 48 * time.Hour
	// totalsApart is the least time between two totals that are kept.
	totalsApart = 30 * time.Minute
	// mostTotals is more than are ever kept of a month.
	mostTotals = 256
)

// note adds what is known of the running month now, and of the month before where
// there is a report of it.
func (h *History) note(p Plan, m, before Month, used []*big.Rat, now time.Time) {
	if !m.Start.Equal(h.month) {
		if !h.month.AddDate(0, 1, 0).Equal(m.Start) {
			h.days = nil
		}
		h.past, h.totals, h.month = h.days, make([][]Total, len(p.Meters)), m.Start
	}
	h.days = p.days(m)
	if before.End.Equal(m.Start) && p.Used(before.Sums) != nil {
		h.past = p.days(before)
	}
	for i := range h.totals {
		totals := slices.Clone(h.totals[i])
		if n := len(totals); n > 1 && sameDay(totals[0].At, totals[1].At, m.Start.Location()) && now.Sub(totals[0].At) > keptTotals {
			totals = totals[1:]
		}
		if n := len(totals); n > 1 && now.Sub(totals[n-2].At) < totalsApart {
			totals = totals[:n-1]
		}
		h.totals[i] = append(totals, Total{now, Float(used[i])})
	}
}

// HasPast reports whether days of the month before start are known.
func (h *History) HasPast(start time.Time) bool {
	past := h.past
	if h.month.AddDate(0, 1, 0).Equal(start) {
		past = h.days
	} else if !h.month.Equal(start) {
		return false
	}
	return slices.ContainsFunc(past, func(days []Day) bool { return len(days) > 0 })
}

func sameDay(a, b time.Time, zone *time.Location) bool {
	return report.DayOf(a.In(zone)) == report.DayOf(b.In(zone))
}

// usage returns what a forecast of a meter starts from. Days of a report that has no
// days, but stands on the first of the month as a whole, do not count.
func (h *History) usage(meter int, m Month, used *big.Rat, now time.Time) Usage {
	u := Usage{Start: m.Start, End: m.End, Now: now, Used: used}
	days := h.days[meter]
	if meter < len(h.past) && len(h.past[meter]) > 1 {
		u.Days = slices.Clone(h.past[meter])
	}
	monthly := len(days) == 1 && now.After(days[0].end().Add(settled)) || len(h.past) > meter && len(h.past[meter]) == 1
	if len(days) == 0 || monthly {
		u.Totals = h.totals[meter]
		return u
	}
	u.Days = append(u.Days, days...)
	return u
}

// Forecast returns the units that each meter will have at the end of the month. It is
// not ok while one has no forecast.
func (h *History) forecast(p Plan, m Month, used []*big.Rat, now time.Time) ([]Range, bool) {
	forecasts := make([]Range, len(p.Meters))
	for i := range p.Meters {
		var ok bool
		if forecasts[i], ok = h.usage(i, m, used[i], now).Forecast(); !ok {
			return nil, false
		}
	}
	return forecasts, true
}

// Record is a History as it outlives the process. Its days follow one another from the
// first of their month on.
type Record struct {
	Month  time.Time   `json:"month"`
	Days   [][]float64 `json:"days"` // by meter
	Past   [][]float64 `json:"past"`
	Totals [][]Total   `json:"totals"`
}

// Record returns what h remembers. It is not ok if h remembers nothing that can be
// restored.
func (h *History) Record(p Plan, now time.Time) (r Record, ok bool) {
	r = Record{h.month, units(h.days), units(h.past), slices.Clone(h.totals)}
	return r, r.isValid(p, h.month.Location(), now)
}

// Restore makes h remember r, whose dates are in zone. It reports whether r can
// be a record of the plan.
func (h *History) Restore(r Record, p Plan, zone *time.Location, now time.Time) bool {
	if !r.isValid(p, zone, now) {
		return false
	}
	h.month, h.totals = r.Month.In(zone), r.Totals
	h.days, h.past = daysFrom(h.month, r.Days), daysFrom(h.month.AddDate(0, -1, 0), r.Past)
	return true
}

// isValid reports whether a History of the plan can have been like this.
func (r Record) isValid(p Plan, zone *time.Location, now time.Time) bool {
	start := r.Month.In(zone)
	if r.Month.After(now) || !start.Equal(time.Date(start.Year(), start.Month(), 1, 0, 0, 0, 0, zone)) || len(r.Totals) != len(p.Meters) {
		return false
	}
	for _, month := range [][][]float64{r.Days, r.Past} {
		if len(month) != 0 && len(month) != len(p.Meters) {
			return false
		}
		for _, days := range month {
			if len(days) > 31 || slices.ContainsFunc(days, isInfinite) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(r.Totals, func(totals []Total) bool {
		ascend := slices.IsSortedFunc(totals, func(a, b Total) int { return a.At.Compare(b.At) })
		return !ascend || len(totals) > mostTotals || slices.ContainsFunc(totals, func(t Total) bool {
			return t.At.Before(r.Month) || t.At.After(now) || isInfinite(t.Units)
		})
	})
}

func isInfinite(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) }

func units(days [][]Day) [][]float64 {
	units := make([][]float64, len(days))
	for i := range days {
		for _, d := range days[i] {
			units[i] = append(units[i], d.Units)
		}
	}
	return units
}

func daysFrom(start time.Time, units [][]float64) [][]Day {
	days := make([][]Day, len(units))
	for i := range units {
		for n, v := range units[i] {
			days[i] = append(days[i], Day{start.AddDate(0, 0, n), v})
		}
	}
	return days
}
