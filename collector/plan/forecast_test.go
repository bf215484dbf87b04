package plan

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// monthsOfAKind is how many months of each kind are forecast.
const monthsOfAKind = 16

// accuracy is how well the forecasts of one kind on one day of the month are.
type accuracy struct {
	n, outside int // forecasts, and those whose range does not hold the truth
	sum, worst float64
}

func (a *accuracy) add(point, truth float64, inside bool) {
	off := math.Abs(point/truth - 1)
	a.n++
	a.sum += off
	a.worst = max(a.worst, off)
	if !inside {
		a.outside++
	}
}

func (a *accuracy) row(date int, limit float64) string {
	mark := " "
	if a.worst > limit || a.outside > 0 {
		mark = "!"
	}
	return fmt.Sprintf("| %2d: %4.1f %5.1f %d/%2d%s", date, 100*a.sum/float64(max(a.n, 1)), 100*a.worst, a.outside, a.n, mark)
}

// limit is the greatest error that a kind's forecasts may have on a day of the month.
func (k kind) limit(date int) float64 {
	if date < 10 {
		return cmp.Or(k.third, 0.15)
	}
	return cmp.Or(k.tenth, 0.05)
}

// each makes the months of a kind and hands out what is known on the date, once a
// change of the month can be known: from the second day of it on that can be read.
func (k kind) each(date int, do func(m *month, u usage)) {
	for seed := range uint64(monthsOfAKind) {
		m := newMonth(seed*1000 + uint64(len(k.name)))
		k.shape(m)
		now := m.start.AddDate(0, 0, date-1).Add(time.Duration(m.IntN(24*60)) * time.Minute)
		if m.news == 0 || !now.Before(m.start.AddDate(0, 0, m.news+1).Add(m.settle)) {
			do(m, m.usage(now, k.totals))
		}
	}
}

func TestForecastsComeTrue(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	for _, k := range kinds() {
		fmt.Fprintf(&table, "%-15s", k.name)
		for _, date := range []int{3, 10, 15, 20, 27} {
			var found accuracy
			k.each(date, func(m *month, u usage) {
				more, ok := u.forecast()
				if !ok || more.low < 0 || more.low > more.point || more.point > more.high {
					t.Fatalf("%s: %v, %v", k.name, more, ok)
				}
				truth := m.truth()
				found.add(u.used+more.point, truth, u.used+more.low <= truth && truth <= u.used+more.high)
			})
			row := found.row(date, k.limit(date))
			if strings.HasSuffix(row, "!") {
				t.Fail()
			}
			table.WriteString(row)
		}
		table.WriteString("\n")
	}
	t.Logf("day: mean and worst error in per cent, forecasts whose range does not hold the truth\n%s", table.String())
}

func TestThereIsNoForecastBeforeADayIsKnown(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	u := usage{start: start, now: start.Add(20 * time.Hour), used: 7, days: []daySum{{start, 7}}}
	if f, ok := u.forecast(); ok {
		t.Errorf("%v", f)
	}
	u.now = start.Add(24 * time.Hour)
	if f, ok := u.forecast(); !ok || f.point < 93 || f.point > 293 {
		t.Errorf("%v", f)
	}
}

func TestAMonthThatIsWholeIsItsOwnForecast(t *testing.T) {
	m := newMonth(1)
	u := m.usage(m.end.AddDate(0, 0, 3), false)
	if more, ok := u.forecast(); !ok || more != (bounds{}) {
		t.Errorf("%v more than %v", more, u.used)
	}
}

func TestCreditsDoNotBreakAForecast(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	u := usage{start: start, now: start.AddDate(0, 0, 12), used: -50}
	for i := range 12 {
		u.days = append(u.days, daySum{start.AddDate(0, 0, i), float64(i%3)*10 - 14})
	}
	if f, ok := u.forecast(); !ok || f.low < 0 || f.low > f.point || f.point > f.high {
		t.Errorf("%v", f)
	}
}
