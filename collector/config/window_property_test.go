package config

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"statsig_exporter/statsig"
)

// manyZones are zones whose clocks do every odd thing: change at midnight, by
// half an hour, by a whole day, in the other half of the year, or twice for
// Ramadan.
func manyZones() []string {
	return []string{
		"UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Moscow",
		"Europe/Chisinau", "Europe/Istanbul", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo",
		"America/Havana", "America/St_Johns", "America/Asuncion", "America/Santiago", "America/Scoresbysund",
		"America/Nuuk", "America/Caracas", "America/Danmarkshavn", "America/Port-au-Prince", "Atlantic/Azores",
		"Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Juba", "Africa/Monrovia", "Africa/Sao_Tome",
		"Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Kabul", "Asia/Beirut", "Asia/Gaza", "Asia/Amman",
		"Asia/Pyongyang", "Asia/Tokyo", "Asia/Singapore", "Asia/Dhaka", "Antarctica/Troll", "Antarctica/Casey",
		"Australia/Lord_Howe", "Australia/Adelaide", "Australia/Eucla", "Pacific/Chatham", "Pacific/Apia",
		"Pacific/Kiritimati", "Pacific/Kwajalein", "Pacific/Marquesas", "Pacific/Norfolk", "Pacific/Tongatapu",
	}
}

// drawMoment draws a moment from 1970 to 2100, half of the time close to a
// change of clocks.
func drawMoment(t *rapid.T, loc *time.Location) time.Time {
	const from, until = 0, 4102444800
	moment := time.Unix(rapid.Int64Range(from, until).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).In(loc)
	if _, end := moment.ZoneBounds(); !end.IsZero() && rapid.Bool().Draw(t, "near a change") {
		return end.Add(time.Duration(rapid.Int64Range(int64(-50*time.Hour), int64(50*time.Hour)).Draw(t, "distance")))
	}
	return moment
}

func drawCalendarWindow(t *rapid.T) Window {
	loc, err := time.LoadLocation(rapid.SampledFrom(manyZones()).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	return Window{Period: Period{Calendar: rapid.SampledFrom(calendars()).Draw(t, "period")}, Location: loc}
}

func longest(c Calendar) time.Duration {
	const day = 24 * time.Hour
	// A day and more is added: zones have crossed the date line.
	return map[Calendar]time.Duration{Hour: time.Hour, Day: 2*day + time.Hour, Week: 8*day + time.Hour, Month: 32*day + time.Hour}[c]
}

func TestPeriodsTileTheTimeLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCalendarWindow(t)
		moment := drawMoment(t, w.Location)
		period := w.periodAt(moment)
		if moment.Before(period.Start) || !moment.Before(period.End) {
			t.Fatalf("%s is not in its period %v", moment, period)
		}
		if d := period.End.Sub(period.Start); d <= 0 || d > longest(w.Period.Calendar) {
			t.Fatalf("%v lasts %s", period, d)
		}
		for range 5 {
			older := w.Older(period)
			if !older.End.Equal(period.Start) {
				t.Fatalf("%v is followed by %v", older, period)
			}
			for _, inside := range []time.Time{older.Start, older.Start.Add(older.End.Sub(older.Start) / 2), older.End.Add(-1)} {
				if again := w.periodAt(inside); again != older {
					t.Fatalf("%s is in %v by one way and in %v by another", inside, older, again)
				}
			}
			period = older
		}
	})
}

func TestNewestEndsAtOrBeforeNowAndTheNextAfterIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCalendarWindow(t)
		now := drawMoment(t, w.Location)
		newest, ok := w.Newest(now)
		if !ok || newest.End.After(now) {
			t.Fatalf("at %s the newest is %v (%t)", now, newest, ok)
		}
		next := w.periodAt(newest.End)
		if !next.Start.Equal(newest.End) || !next.End.After(now) {
			t.Fatalf("at %s the newest is %v, but %v has ended too", now, newest, next)
		}
		if !w.PeriodEnd(newest).Equal(newest.End) {
			t.Fatalf("the period of %v ends at %s", newest, w.PeriodEnd(newest))
		}
		w.Current = true
		current, ok := w.Newest(now)
		if !current.Start.Equal(next.Start) || !current.End.Equal(now.Truncate(time.Millisecond)) || !w.PeriodEnd(current).Equal(next.End) {
			t.Fatalf("at %s the running period is %v, want one from %s on", now, current, next.Start)
		}
		if ok != current.Start.Before(current.End) {
			t.Fatalf("%v is said to be empty: %t", current, !ok)
		}
	})
}

// TestAPeriodStartsWhenTheCalendarSaysSo compares starts with what the clocks of
// the zone show, a quarter of an hour at a time.
func TestAPeriodStartsWhenTheCalendarSaysSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCalendarWindow(t)
		if w.Period.Calendar == Hour {
			w.Period.Calendar = Day
		}
		period := w.periodAt(drawMoment(t, w.Location))
		date := dateOf(period.Start)
		for earlier := period.Start.Add(-1); earlier.After(period.Start.Add(-50 * time.Hour)); earlier = earlier.Add(-15 * time.Minute) {
			if !dateOf(earlier).Before(date) {
				t.Fatalf("%v starts on %s, but clocks showed that date at %s already", period, date, earlier)
			}
		}
		// A first date that the zone skipped begins with the date after it.
		skipped := date.Sub(dateOf(period.Start.Add(-1))) > 24*time.Hour
		switch {
		case skipped:
		case w.Period.Calendar == Week && date.Weekday() != time.Monday:
			t.Fatalf("the week %v starts on a %s", period, date.Weekday())
		case w.Period.Calendar == Month && date.Day() != 1:
			t.Fatalf("the month %v starts on day %d", period, date.Day())
		}
	})
}

func dateOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func TestAnHourIsCutOnlyWhereTheClocksChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCalendarWindow(t)
		w.Period.Calendar = Hour
		period := w.periodAt(drawMoment(t, w.Location))
		for _, edge := range []time.Time{period.Start, period.End} {
			_, offset := edge.Zone()
			_, before := edge.Add(-1).Zone()
			wholeHour := (edge.Unix()+int64(offset))%3600 == 0
			if !wholeHour && offset == before {
				t.Fatalf("%v is cut at %s, where the clocks do not change", period, edge)
			}
		}
	})
}

func TestARollingWindowEndsNowAndGoesBackByADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCalendarWindow(t)
		length := rapid.Int64Range(int64(time.Second), int64(maxRolling)).Draw(t, "length")
		w.Period = Period{Rolling: time.Duration(length).Truncate(time.Millisecond)}
		now := drawMoment(t, w.Location)
		newest, ok := w.Newest(now)
		end := now.Truncate(time.Millisecond)
		for _, covered := range []statsig.Window{newest, w.Older(newest)} {
			if !ok || !covered.End.Equal(end) || covered.End.Sub(covered.Start) != w.Period.Rolling || !w.PeriodEnd(covered).Equal(end) {
				t.Fatalf("at %s a window of %s covers %v", now, w.Period, covered)
			}
			end = end.Add(-24 * time.Hour)
		}
	})
}
