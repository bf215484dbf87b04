package config

import (
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestThePeriodThatHoldsAMomentFollowsTheClocksOfItsZone(t *testing.T) {
	for _, c := range []struct{ why, zone, period, moment, start, end string }{
		{"a start belongs to its period", "UTC", "day", "2026-03-05T00:00:00Z", "2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"},
		{"an end does not", "UTC", "day", "2026-03-04T23:59:59.999999999Z", "2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z"},
		{"a day far east", "Pacific/Kiritimati", "day", "2026-03-05T12:00:00Z", "2026-03-05T10:00:00Z", "2026-03-06T10:00:00Z"},
		{"a day of 23 hours", "Europe/Berlin", "day", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"a day of 25 hours", "Europe/Berlin", "day", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"a midnight that does not exist", "America/Sao_Paulo", "day", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"a midnight that stands twice", "America/Havana", "day", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"clocks set back at midnight", "America/Sao_Paulo", "day", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"},
		{"clocks set back over midnight", "America/St_Johns", "day", "2010-11-07T03:00:00Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"},
		{"a date that was skipped", "Pacific/Apia", "day", "2011-12-30T11:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		{"the last day of a leap year past the tables", "Europe/Berlin", "day", "2044-12-31T12:00:00Z", "2044-12-30T23:00:00Z", "2044-12-31T23:00:00Z"},
		{"a Sunday belongs to the week before", "UTC", "week", "2026-03-08T23:59:59Z", "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z"},
		{"a Monday begins a week", "UTC", "week", "2026-03-09T00:00:00Z", "2026-03-09T00:00:00Z", "2026-03-16T00:00:00Z"},
		{"a week over New Year", "UTC", "week", "2027-01-01T00:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		{"a week with a change of clocks", "America/New_York", "week", "2026-03-08T12:00:00Z", "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"},
		{"February of a century", "UTC", "month", "2100-02-10T12:00:00Z", "2100-02-01T00:00:00Z", "2100-03-01T00:00:00Z"},
		{"a month with a change of clocks", "America/Los_Angeles", "month", "2026-03-31T12:00:00Z", "2026-03-01T08:00:00Z", "2026-04-01T07:00:00Z"},
		{"an hour", "UTC", "hour", "2026-03-05T12:34:56Z", "2026-03-05T12:00:00Z", "2026-03-05T13:00:00Z"},
		{"an hour of a 45-minute zone", "Asia/Kathmandu", "hour", "2026-03-05T12:34:56Z", "2026-03-05T12:15:00Z", "2026-03-05T13:15:00Z"},
		{"a repeated hour, first", "America/New_York", "hour", "2026-11-01T05:30:00Z", "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"},
		{"a repeated hour, second", "America/New_York", "hour", "2026-11-01T06:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"},
		{"an hour cut by half an hour", "Australia/Lord_Howe", "hour", "2026-04-04T15:15:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"},
		{"an hour with a change by a whole hour inside", "America/St_Johns", "hour", "2010-11-07T02:45:00Z", "2010-11-07T02:30:00Z", "2010-11-07T03:30:00Z"},
		{"an hour before 1970", "Asia/Kolkata", "hour", "1969-12-31T23:10:00Z", "1969-12-31T22:30:00Z", "1969-12-31T23:30:00Z"},
	} {
		t.Run(c.why, func(t *testing.T) {
			w := Window{Period: Period{Calendar: Calendar(c.period)}, Location: zone(t, c.zone)}
			got := w.periodAt(at(t, c.moment))
			if !got.Start.Equal(at(t, c.start)) || !got.End.Equal(at(t, c.end)) {
				t.Errorf("%s is in [%s, %s), want [%s, %s)", c.moment,
					got.Start.UTC().Format(time.RFC3339), got.End.UTC().Format(time.RFC3339), c.start, c.end)
			}
		})
	}
}

func TestTimesOfAWindowDoNotCarryAMonotonicClock(t *testing.T) {
	w := Window{Period: Period{Rolling: time.Hour}, Location: time.UTC}
	got, _ := w.Newest(time.Now())
	if got.Start != got.Start.Round(0) || got.End != got.End.Round(0) {
		t.Errorf("%v carries a monotonic clock", got)
	}
}
