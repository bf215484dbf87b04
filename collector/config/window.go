package config

import (
	"fmt"
	"sort"
	"time"

	"github.com/prometheus/common/model"

	"statsig_exporter/statsig"
)

// Calendar is the name of a calendar period, or empty.
type Calendar string

// The calendar periods. They begin at the first moment of the hour, day, Monday
// or month in the zone of the window.
const (
	Hour  Calendar = "hour"
	Day   Calendar = "day"
	Week  Calendar = "week"
	Month Calendar = "month"
)

func calendars() []Calendar { return []Calendar{Hour, Day, Week, Month} }

// Period says what a window covers: a calendar period, or, where Calendar is
// empty, a rolling one of the length Rolling that ends now.
type Period struct {
	Calendar Calendar
	Rolling  time.Duration // at least 1 s
}

// String returns the period as it is written in a configuration file.
func (p Period) String() string {
	if p.Calendar != "" {
		return string(p.Calendar)
	}
	return model.Duration(p.Rolling).String()
}

// Window is a configured window. Its methods do arithmetic alone: they read no
// clock. The times that they return are whole milliseconds, in Location.
type Window struct {
	Name     string
	Period   Period
	Current  bool           // the running calendar period, not the newest ended one
	Lookback int            // how many older periods to try; 0 for current windows
	Location *time.Location // of calendar periods
}

// Newest returns what the window covers at now: the newest calendar period that
// has ended; for current windows the running one, from its start until now; for
// rolling ones the time up to now. It reports false for a current window in the
// first millisecond of a period, when there is nothing to ask for yet.
func (w Window) Newest(now time.Time) (statsig.Window, bool) {
	now = now.In(w.Location).Truncate(time.Millisecond)
	if w.Period.Calendar == "" {
		return statsig.Window{Start: now.Add(-w.Period.Rolling), End: now}, true
	}
	running := w.periodAt(now)
	if w.Current {
		return statsig.Window{Start: running.Start, End: now}, running.Start.Before(now)
	}
	return w.Older(running), true
}

// Older returns the period to try when there is no data for covered: the
// calendar period before it, or, of a rolling window, the same length of time a
// day of 24 hours earlier.
func (w Window) Older(covered statsig.Window) statsig.Window {
	if w.Period.Calendar == "" {
		const day = 24 * time.Hour
		return statsig.Window{
			Start: covered.Start.In(w.Location).Add(-day),
			End:   covered.End.In(w.Location).Add(-day),
		}
	}
	return w.periodAt(covered.Start.Add(-1))
}

// PeriodEnd returns the end of the calendar period in which covered starts: for
// a current window the moment at which the period it covers is over. For a
// rolling window it is the end of covered.
func (w Window) PeriodEnd(covered statsig.Window) time.Time {
	if w.Period.Calendar == "" {
		return covered.End.In(w.Location)
	}
	return w.periodAt(covered.Start).End
}

// ParseDate reads a date such as 2026-01-31 and returns its first moment in loc.
func ParseDate(text string, loc *time.Location) (time.Time, error) {
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is not a date; it must be like 2026-01-31", quote(text))
	}
	return firstInstant(date, loc), nil
}

// periodAt returns the calendar period that holds t. The periods of a window
// follow each other without gap or overlap, whatever its zone does.
func (w Window) periodAt(t time.Time) statsig.Window {
	t = t.In(w.Location)
	if w.Period.Calendar == Hour {
		return hourAt(t)
	}
	// After clocks were set back over midnight the date on the wall is yesterday's
	// for a second time, but the day has begun: hence the search forward. A date
	// that a zone skipped is an empty period, which holds nothing.
	y, m, d := t.Date()
	first, next := w.dates(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
	start, end := firstInstant(first, w.Location), firstInstant(next, w.Location)
	for !end.After(t) {
		_, next = w.dates(next)
		start, end = end, firstInstant(next, w.Location)
	}
	return statsig.Window{Start: start, End: end}
}

// dates returns the first date of the period that a date is in, and of the next period,
// each as midnight UTC.
func (w Window) dates(date time.Time) (first, next time.Time) {
	switch w.Period.Calendar {
	case Week:
		sinceMonday := (int(date.Weekday()) + 6) % 7
		first = date.AddDate(0, 0, -sinceMonday)
		return first, first.AddDate(0, 0, 7)
	case Month:
		first = date.AddDate(0, 0, 1-date.Day())
		return first, first.AddDate(0, 1, 0)
	}
	return date, date.AddDate(0, 0, 1)
}

// firstInstant returns the first moment at which clocks in loc show the date
// whose midnight UTC is date, or a later one: midnight, the earlier one if it
// stands twice, and the end of the gap if clocks skip it.
func firstInstant(date time.Time, loc *time.Location) time.Time {
	// No zone is further than this from UTC.
	t := date.Add(-26 * time.Hour).In(loc)
	for {
		midnight := date.Add(-offsetAt(t)).In(loc)
		if !midnight.After(t) {
			return t
		}
		next := t.Add(time.Hour)
		if midnight.Before(next) {
			next = midnight
		}
		change, found := changeOfClocks(t, next)
		if !found && next.Equal(midnight) {
			return midnight
		}
		t = change
	}
}

// hourAt returns the hour on the wall that holds t. Where clocks change by other
// than whole hours, the hour is cut at the change.
func hourAt(t time.Time) statsig.Window {
	offset := offsetAt(t)
	start := t.Add(offset).Truncate(time.Hour).Add(-offset)
	end := start.Add(time.Hour)
	if change, found := changeOfClocks(start, t); found && (offsetAt(start)-offset)%time.Hour != 0 {
		start = change
	}
	if change, found := changeOfClocks(t, end); found && (offsetAt(end)-offset)%time.Hour != 0 {
		end = change
	}
	return statsig.Window{Start: start, End: end}
}

// changeOfClocks returns the moment in (from, until] at which the offset changes,
// or until and false if it does not. At most an hour may lie between the two, in
// which no zone changes twice.
//
// Time.ZoneBounds would say so directly, but its answers are wrong on the last
// day of leap years past the end of a zone's table (as of Go 1.26).
func changeOfClocks(from, until time.Time) (time.Time, bool) {
	at := func(second int) time.Time { return time.Unix(from.Unix()+int64(second), 0).In(from.Location()) }
	seconds := int(until.Unix() - from.Unix()) // changes fall on whole ones
	change := sort.Search(seconds+1, func(second int) bool { return offsetAt(at(second)) != offsetAt(from) })
	if change > seconds {
		return until, false
	}
	return at(change), true
}

// offsetAt is how far clocks are ahead of UTC at t.
func offsetAt(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}
