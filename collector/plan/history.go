package plan

import (
	"math"
	"math/big"
	"slices"
	"time"

	"statsig_exporter/collector/report"
)

// History remembers what forecasts of a plan need besides the report of the month. It
// is for one goroutine at a time, but a copy stays as it is.
type History struct {
	Month  time.Time   `json:"month"`  // the start of the newest month
	Days   [][]float64 `json:"days"`   // the units of its days from the first on, by meter
	Past   [][]float64 `json:"past"`   // likewise, of the month before
	Totals [][]Total   `json:"totals"` // of the newest month, by meter
}

const (
	// keptTotals is for how long all totals of a month are kept. Of each day before, the
	// last total is.
	keptTotals = 48 * time.Hour
	// totalsApart is the least time between two totals that are kept.
	totalsApart = 30 * time.Minute
	// mostTotals is more than are ever kept of a month.
	mostTotals = 256
)

// note adds what is known of the running month now, and of the month before where
// there is a report of it.
func (h *History) note(p Plan, m, before Month, used []*big.Rat, now time.Time) {
	if !m.Start.Equal(h.Month) {
		if !h.Month.AddDate(0, 1, 0).Equal(m.Start) {
			h.Days = nil
		}
		h.Past, h.Totals, h.Month = h.Days, make([][]Total, len(p.Meters)), m.Start
	}
	h.Days, h.Totals = p.days(m), slices.Clone(h.Totals)
	if before.Start.AddDate(0, 1, 0).Equal(m.Start) && p.Used(before.Sums) != nil {
		h.Past = p.days(before)
	}
	for i := range h.Totals {
		totals := slices.Clone(h.Totals[i])
		if n := len(totals); n > 1 && sameDay(totals[0].At, totals[1].At, m.Start.Location()) && now.Sub(totals[0].At) > keptTotals {
			totals = totals[1:]
		}
		if n := len(totals); n > 1 && now.Sub(totals[n-2].At) < totalsApart {
			totals = totals[:n-1]
		}
		h.Totals[i] = append(totals, Total{now, Float(used[i])})
	}
}

// HasPast reports whether days of the month before start are known.
func (h *History) HasPast(start time.Time) bool {
	past := h.Past
	if h.Month.AddDate(0, 1, 0).Equal(start) {
		past = h.Days
	} else if !h.Month.Equal(start) {
		return false
	}
	return slices.ContainsFunc(past, func(days []float64) bool { return len(days) > 0 })
}

func sameDay(a, b time.Time, zone *time.Location) bool {
	return report.DayOf(a.In(zone)) == report.DayOf(b.In(zone))
}

// usage returns the known units of a meter. Days do not count if the whole report is
// dated on the first of the month.
func (h *History) usage(meter int, m Month, used *big.Rat, now time.Time) usage {
	u := usage{start: m.Start, now: now, used: Float(used)}
	var past []float64
	if meter < len(h.Past) {
		past = h.Past[meter]
	}
	if len(past) > 1 {
		u.days = daysFrom(m.Start.AddDate(0, -1, 0), past)
	}
	days := daysFrom(m.Start, h.Days[meter])
	monthly := len(days) == 1 && now.After(days[0].end().Add(settled)) || len(past) == 1
	if len(days) == 0 || monthly {
		u.totals = h.Totals[meter]
		return u
	}
	u.days = append(u.days, days...)
	return u
}

// forecast holds the units that each meter is expected to have in the whole month, and
// bounds that should hold the actual units: low <= point <= high.
type forecast struct{ low, point, high []*big.Rat }

// forecast is not ok while a meter has no forecast.
func (h *History) forecast(p Plan, m Month, used []*big.Rat, now time.Time) (f forecast, ok bool) {
	for i := range p.Meters {
		more, ok := h.usage(i, m, used[i], now).forecast()
		if !ok {
			return forecast{}, false
		}
		f.low, f.point, f.high = append(f.low, plus(used[i], more.low)), append(f.point, plus(used[i], more.point)), append(f.high, plus(used[i], more.high))
	}
	return f, true
}

// plus adds expected units to reported ones, rounded to thousandths.
func plus(used *big.Rat, expected float64) *big.Rat {
	units, ok := Units(math.Round(expected*1000) / 1000)
	if !ok {
		return used
	}
	return units.Add(units, used)
}

// Record returns a copy of h to be stored as JSON. It is not ok if h remembers nothing
// that can be restored.
func (h *History) Record(p Plan, now time.Time) (record History, ok bool) {
	return *h, h.isValid(p, now)
}

// Restore makes h remember a record, whose dates are in zone. It reports whether that
// can be a record of the plan.
func (h *History) Restore(record History, p Plan, zone *time.Location, now time.Time) bool {
	record.Month = record.Month.In(zone)
	if !record.isValid(p, now) {
		return false
	}
	*h = record
	return true
}

// isValid reports whether a History of the plan can be like this.
func (h *History) isValid(p Plan, now time.Time) bool {
	first := time.Date(h.Month.Year(), h.Month.Month(), 1, 0, 0, 0, 0, h.Month.Location())
	if h.Month.After(now) || !h.Month.Equal(first) || len(h.Totals) != len(p.Meters) {
		return false
	}
	for _, month := range [][][]float64{h.Days, h.Past} {
		if len(month) != 0 && len(month) != len(p.Meters) {
			return false
		}
		for _, days := range month {
			if len(days) > 31 || slices.ContainsFunc(days, isInfinite) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(h.Totals, func(totals []Total) bool {
		ascend := slices.IsSortedFunc(totals, func(a, b Total) int { return a.At.Compare(b.At) })
		return !ascend || len(totals) > mostTotals || slices.ContainsFunc(totals, func(t Total) bool {
			return t.At.Before(h.Month) || t.At.After(now) || isInfinite(t.Units)
		})
	})
}

func isInfinite(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) }

// daysFrom returns days that follow one another, by their units.
func daysFrom(start time.Time, units []float64) []daySum {
	days := make([]daySum, len(units))
	for i, v := range units {
		days[i] = daySum{start.AddDate(0, 0, i), v}
	}
	return days
}
