package config

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

const (
	// maxRolling is the greatest length of a rolling window.
	maxRolling = 5 * 365 * 24 * time.Hour
	// maxLookback is the greatest number of older periods to try: each is a
	// request, and more do not fit into a poll.
	maxLookback = 1000
)

// defaultWindow is the one window of a file that lists none, and what the keys
// of a listed window are when they are left out.
func defaultWindow(loc *time.Location) Window {
	return Window{Name: "day", Period: Period{Calendar: Day}, Lookback: 7, Location: loc}
}

func windowKeys() []key[Window] {
	return []key[Window]{
		{"name", func(d *decoder, e entry, w *Window) { d.name(e, &w.Name) }},
		{"period", func(d *decoder, e entry, w *Window) { d.period(e, &w.Period) }},
		{"current", func(d *decoder, e entry, w *Window) { d.boolean(e, &w.Current) }},
		{"lookback", func(d *decoder, e entry, w *Window) { d.integer(e, 0, maxLookback, &w.Lookback) }},
	}
}

// windows reads the list of windows.
func (d *decoder) windows(e entry, loc *time.Location) []Window {
	if !e.present() || isNull(e.node) {
		return []Window{defaultWindow(loc)}
	}
	items := d.items(e)
	if isEmptyList(e) {
		d.problem(e.line, "windows must list at least one window; remove the section for the default, the window day")
	}
	result := make([]Window, 0, len(items))
	lines := map[string]int{}
	for _, item := range items {
		w := defaultWindow(loc)
		w.Name = ""
		seen := section(d, "windows", entry{"an item of windows", item.line, item.node}, windowKeys(), &w)
		if isMapping(item) {
			d.unique("window", item, seen["name"], w.Name, lines)
		}
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
		result = append(result, w)
	}
	return result
}

func (d *decoder) period(e entry, into *Period) {
	want := orList(calendars()) + ", or a duration from 1s to 5y such as 36h or 7d"
	s, ok := d.text(e, want)
	if !ok {
		return
	}
	if slices.Contains(calendars(), Calendar(s)) {
		*into = Period{Calendar: Calendar(s)}
		return
	}
	v, err := model.ParseDuration(s)
	if length := time.Duration(v); err != nil || length < time.Second || length > maxRolling {
		d.problem(e.line, "period must be %s, not %s", want, quote(s))
		return
	}
	*into = Period{Rolling: time.Duration(v)}
}
