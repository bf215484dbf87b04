package config

import (
	"slices"
	"time"
)

const (
	// maxRolling is the greatest length of a rolling window.
	maxRolling = 5 * 365 * 24 * time.Hour
	// maxLookback is the greatest number of older periods to try: each is a
	// request, and more do not fit into a poll.
	maxLookback = 1000
)

// defaultWindow is the one window of a file that lists none. It has the defaults of
// listed windows.
func defaultWindow(loc *time.Location) Window {
	return Window{Name: "day", Period: Period{Calendar: Day}, Lookback: 7, Location: loc}
}

// windows reads the list of windows.
func (d *decoder) windows(e entry, loc *time.Location) []Window {
	if !e.present() || isNull(e.node) {
		return []Window{defaultWindow(loc)}
	}
	if isEmptyList(e) {
		d.problem(e.line, "windows must list at least one window; remove the section for the default, the window day")
	}
	start, used := defaultWindow(loc), lines{}
	start.Name = ""
	return list(d, e, start, func(w *Window) (keys, check) {
		known := keys{
			{"name", d.name(&w.Name)},
			{"period", d.period(&w.Period)},
			{"current", d.boolean(&w.Current)},
			{"lookback", integer(d, 0, maxLookback, &w.Lookback)},
		}
		return known, func(item entry, seen map[string]entry) {
			d.unique("window", item, seen["name"], used)
			if !seen["period"].present() && w.Name != string(Day) && slices.Contains(calendars(), Calendar(w.Name)) {
				d.problem(item.line, "the window %s has no period, and would be of one day; add period: %s", quote(w.Name), w.Name)
			}
			if w.Current && w.Period.Calendar == "" {
				d.problem(seen["current"].line, "current: true needs a calendar period (%s); a rolling window always ends now", orList(calendars()))
			}
			if w.Current {
				// A running period has no older one to stand in for it.
				w.Lookback = 0
			}
		}
	})
}

func (d *decoder) period(into *Period) func(entry) {
	return scalar(d, orList(calendars())+", or a duration from 1s to 5y such as 36h or 7d", into, func(s string) (Period, bool) {
		if slices.Contains(calendars(), Calendar(s)) {
			return Period{Calendar: Calendar(s)}, true
		}
		length, ok := durationFrom(time.Second, maxRolling)(s)
		return Period{Rolling: length}, ok
	})
}
