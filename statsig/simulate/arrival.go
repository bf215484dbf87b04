package simulate

import "time"

// Arrival says how late usage can be read. The zero value has no delay: a day
// can be read, complete and final, the moment it has ended, and not before.
type Arrival struct {
	// Delay is how long after the end of a day the day can first be read.
	Delay time.Duration
	// First is the share of a day's final usage that can be read at first;
	// zero means all of it.
	First float64
	// Settle is how long after its end a day is final. From Delay on, the
	// share grows evenly from First to all.
	Settle time.Duration
	// Step is how often what can be read changes, at multiples of it since the
	// year 1; zero means with every instant.
	Step time.Duration
	// Live lets usage be read as it happens, Delay behind the clock, so that
	// the running day and its hours have data. Its share is First.
	Live bool
}

// LateArrival is how the demo's usage arrives: a day can be read six hours
// after its end, nine tenths of it at first, and settles after a day and a
// half.
func LateArrival() Arrival {
	return Arrival{Delay: 6 * time.Hour, First: 0.9, Settle: 36 * time.Hour, Step: time.Hour}
}

// arrived says up to which instant the day [day, next) can be read at now, and
// which share of its final usage is there. Nothing is there unless the instant
// is after day.
func (a Arrival) arrived(day, next, now time.Time) (until time.Time, share float64) {
	now = now.Truncate(a.Step)
	open := next.Add(a.Delay)
	until = next
	if now.Before(open) {
		until = day
		if a.Live {
			until = now.Add(-a.Delay)
		}
	}
	return until, a.share(now.Sub(open), next.Add(a.Settle).Sub(open))
}

// share is how much is there after so long since a day could first be read
// whole, if it takes span to settle.
func (a Arrival) share(since, span time.Duration) float64 {
	if a.First == 0 || since >= span {
		return 1
	}
	return a.First + (1-a.First)*max(0, since.Seconds()/span.Seconds())
}
