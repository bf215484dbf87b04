package plan

import "time"

// Total is the sum of the month to date, as it was reported at an instant.
type Total struct {
	At    time.Time `json:"at"`
	Units float64   `json:"units"`
}

// arrives is how long after its end a day is taken to be reported if the totals do not
// show it.
const arrives = 6 * time.Hour

// atMidnight is how near to midnight a total counts as the one at midnight.
const atMidnight = 90 * time.Minute

// fromTotals returns the days of earlier months and days made of the totals. A total
// that leaps once a day leaps by the day before; one that grows all day grows by
// that day. Units between two totals that are days apart are spread over the days.
func (u usage) fromTotals() []daySum {
	var days []daySum
	for _, d := range u.days {
		if d.start.Before(u.start) {
			days = append(days, d)
		}
	}
	live := u.live()
	reached, units := u.start, 0.0
	for i, t := range u.totals {
		covered := u.covered(i, live)
		if !covered.After(reached) {
			continue
		}
		if i+1 < len(u.totals) && u.covered(i+1, live).Equal(covered) && !live {
			continue // the later total has more of the same days
		}
		days = append(days, spread(reached, covered, t.Units-units)...)
		reached, units = covered, t.Units
	}
	return days
}

// covered returns the end of the newest day that total i has.
func (u usage) covered(i int, live bool) time.Time {
	at := u.totals[i].At.In(u.start.Location())
	midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
	if live {
		if near := at.Add(atMidnight); near.Day() != at.Day() || at.Sub(midnight) <= atMidnight {
			return time.Date(near.Year(), near.Month(), near.Day(), 0, 0, 0, 0, at.Location())
		}
		return u.start
	}
	arrived := at.Sub(midnight) >= arrives
	if before := u.at(midnight); before >= 0 {
		typical := u.totals[before].Units / max(midnight.Sub(u.start).Hours()/24-1, 1)
		arrived = u.totals[i].Units-u.totals[before].Units > typical/4
	}
	if !arrived {
		midnight = midnight.AddDate(0, 0, -1)
	}
	return midnight
}

// at returns the index of the last total at t or in the 24 hours before, or -1.
func (u usage) at(t time.Time) int {
	found := -1
	for i, total := range u.totals {
		if !total.At.After(t) && t.Sub(total.At) <= 24*time.Hour {
			found = i
		}
	}
	return found
}

// live reports whether the totals grow all day: without leaps they still grow at half
// the average pace or more.
func (u usage) live() bool {
	last := u.totals[len(u.totals)-1]
	pace := last.Units / max(last.At.Sub(u.start).Hours(), 1)
	grown, hours := 0.0, 0.0
	for i := 1; i < len(u.totals); i++ {
		a, b := u.totals[i-1], u.totals[i]
		passed := b.At.Sub(a.At).Hours()
		if more := b.Units - a.Units; passed <= 3 && more < 12*pace {
			grown += more
			hours += passed
		}
	}
	return grown > pace*hours/2
}

// spread divides units among the days from start to end; weekends get less.
func spread(start, end time.Time, units float64) []daySum {
	var days []daySum
	weights := 0.0
	for at := start; at.Before(end); at = at.AddDate(0, 0, 1) {
		day := daySum{at, 1}
		if momentOf(at, at).weekend() {
			day.units = usualWeekend
		}
		weights += day.units
		days = append(days, day)
	}
	for i := range days {
		days[i].units *= units / weights
	}
	return days
}
