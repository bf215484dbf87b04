package plan

import (
	"math"
	"math/rand/v2"
	"time"
)

// A kind of synthetic month. The words came first; the code does what they say.
type kind struct {
	name, words string
	// held says that no constant of the forecast was chosen by these months.
	held   bool
	shape  func(m *month)
	totals bool // the report has no days: only totals are seen
	// The greatest errors allowed on the 3rd and from the 10th on, if not the usual ones:
	// a first month has not shown a weekend by the 3rd, nor its growth by the 10th.
	third, tenth float64
}

// month is a synthetic month: the true units of its days and of those before it, and
// how they become known.
type month struct {
	*rand.Rand
	start, end time.Time
	days       []daySum // the true ones, the known past first
	first      int      // the place of the month's first day
	news       int      // the day of the month from which on nothing new happens
	// How late a day can be read, which share of it at first, and when all of it.
	delay, settle time.Duration
	share         float64
	live          bool
}

func kinds() []kind {
	return []kind{
		{name: "steady", words: "the same week over and over, with the noise of each day", shape: func(*month) {}},
		{name: "growth", words: "every day up to one per cent more than the day before", shape: grow(0, 0.01)},
		{name: "launch", words: "from a day between the 2nd and the 20th on a quarter to four fifths more, for good", shape: launch(0.25, 0.8)},
		{name: "holiday", words: "one or two days of the month's first half as quiet as a third of a day", shape: holiday(2)},
		{name: "late", words: "a day can be read 30 hours after its end, two thirds of it at first", shape: late},
		{name: "first month", third: 0.45, words: "nothing is known from before the month", shape: (*month).forget},
		{name: "totals", third: 0.45, words: "steady, but only the month to date can be read", shape: (*month).forget, totals: true},
		{name: "clocks", words: "a month with a day of 23 or 25 hours", shape: (*month).clocks},

		{name: "decline", words: "every day up to one per cent less than the day before", held: true, shape: grow(-0.01, 0)},
		{name: "project", words: "between the 2nd and the 15th a project with a weekly rhythm of its own joins, a fifth to three fifths as large", held: true, shape: (*month).join},
		{name: "consumers", words: "weekends have more units than working days", held: true, shape: (*month).leisure},
		{name: "year's end", words: "a holiday of two days in the middle, and growth", held: true, shape: both(holiday(2), grow(0, 0.008))},
		{name: "growing launch", words: "a launch amid growth, read late", held: true, shape: both(both(launch(0.25, 0.6), grow(0, 0.006)), late)},
		{name: "rough", tenth: 0.1, words: "days differ by a tenth and more", held: true, shape: func(m *month) { m.rough(0.1) }},
		{name: "short past", words: "one to two weeks are known from before the month", held: true, shape: func(m *month) { m.keep(7 + m.IntN(8)) }},
		{name: "growing totals", third: 0.45, tenth: 0.08, words: "growth, and only the month to date can be read", held: true, shape: both(grow(0, 0.006), (*month).forget), totals: true},
		{name: "live totals", third: 0.45, tenth: 0.06, words: "the month to date, which grows all day", held: true, shape: both((*month).forget, func(m *month) { m.live, m.delay = true, time.Hour }), totals: true},
		{name: "working days", words: "next to nothing on weekends", held: true, shape: (*month).office},
		{name: "spikes", words: "one day in four has nearly all the units", held: true, third: 0.3, tenth: 0.3, shape: (*month).spikes},
		{name: "new first month", third: 0.45, tenth: 0.08, words: "the first month, and use begins with it and grows", shape: both(grow(0.002, 0.008), (*month).forget)},
	}
}

func both(a, b func(*month)) func(*month) { return func(m *month) { a(m); b(m) } }

func late(m *month) { m.delay, m.share, m.settle = 30*time.Hour, 0.66, 48*time.Hour }

// newMonth returns a steady month of any length with the two months before it.
func newMonth(seed uint64) *month {
	m := &month{Rand: rand.New(rand.NewPCG(seed, 1)), delay: 6 * time.Hour, share: 0.9, settle: 36 * time.Hour}
	m.at(time.Date(2023+m.IntN(5), time.Month(1+m.IntN(12)), 1, 0, 0, 0, 0, time.UTC))
	return m
}

// at fills the month that begins at start.
func (m *month) at(start time.Time) {
	m.start, m.end, m.days = start, start.AddDate(0, 1, 0), nil
	weekend, sunday, scale := 0.45+0.5*m.Float64(), 0.85+0.2*m.Float64(), math.Exp(8+8*m.Float64())
	noise := 0.01 + 0.03*m.Float64()
	for at := start.AddDate(0, -1, 0); at.Before(m.end); at = at.AddDate(0, 0, 1) {
		if at.Equal(start) {
			m.first = len(m.days)
		}
		units := scale * math.Exp(noise*m.NormFloat64())
		switch at.Weekday() {
		case time.Saturday:
			units *= weekend
		case time.Sunday:
			units *= weekend * sunday
		case time.Wednesday:
			units *= 1.04
		case time.Friday:
			units *= 0.95
		}
		units *= at.AddDate(0, 0, 1).Sub(at).Hours() / 24
		m.days = append(m.days, daySum{at, math.Round(units)})
	}
}

func (m *month) times(from int, factor func(day int) float64) {
	for i := max(from, -m.first); i < len(m.days)-m.first; i++ {
		m.days[m.first+i].units = math.Round(m.days[m.first+i].units * factor(i))
	}
}

func grow(least, most float64) func(*month) {
	return func(m *month) {
		rate := 1 + least + (most-least)*m.Float64()
		m.times(-len(m.days), func(day int) float64 { return math.Pow(rate, float64(day)) })
	}
}

func launch(least, most float64) func(*month) {
	return func(m *month) {
		day, more := 1+m.IntN(19), 1+least+(most-least)*m.Float64()
		m.times(day, func(int) float64 { return more })
		m.news = day + 1
	}
}

func holiday(most int) func(*month) {
	return func(m *month) {
		day, n := 1+m.IntN(13), 1+m.IntN(most)
		m.times(day, func(i int) float64 {
			if i < day+n {
				return 0.35
			}
			return 1
		})
		m.news = day + n
	}
}

func (m *month) join() {
	other := newMonth(m.Uint64())
	other.at(m.start)
	day, size := 1+m.IntN(14), 0.2+0.4*m.Float64()
	for i := day; i < len(m.days)-m.first; i++ {
		m.days[m.first+i].units += math.Round(size * other.days[other.first+i].units * m.mean() / other.mean())
	}
	m.news = day + 1
}

func (m *month) mean() float64 {
	sum := 0.0
	for _, d := range m.days[:m.first] {
		sum += d.units
	}
	return sum / float64(m.first)
}

func (m *month) weekends(factor float64) {
	for i := range m.days {
		if w := m.days[i].start.Weekday(); w == time.Saturday || w == time.Sunday {
			m.days[i].units = math.Round(m.days[i].units * factor)
		}
	}
}

func (m *month) leisure() { m.weekends(1.9) }

func (m *month) office() { m.weekends(0.03) }

func (m *month) rough(noise float64) {
	m.times(-len(m.days), func(int) float64 { return math.Exp(noise * m.NormFloat64()) })
}

func (m *month) spikes() {
	m.times(-len(m.days), func(i int) float64 {
		if (i+400)%4 == 0 {
			return 1
		}
		return 0.002
	})
}

// keep forgets all but some days before the month.
func (m *month) keep(n int) {
	m.days, m.first = m.days[m.first-n:], n
}

func (m *month) forget() { m.keep(0) }

func (m *month) clocks() {
	zones := []string{"Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe"}
	zone, err := time.LoadLocation(zones[m.IntN(len(zones))])
	if err != nil {
		panic(err)
	}
	months := []time.Month{time.March, time.April, time.October, time.November}
	m.at(time.Date(2023+m.IntN(5), months[m.IntN(4)], 1, 0, 0, 0, 0, zone))
}

func (m *month) truth() float64 {
	sum := 0.0
	for _, d := range m.days[m.first:] {
		sum += d.units
	}
	return sum
}

// arrived returns how many units of a day can be read at now.
func (m *month) arrived(d daySum, now time.Time) float64 {
	open := d.end().Add(m.delay)
	if now.Before(open) {
		if m.live {
			part := now.Add(-m.delay).Sub(d.start).Hours() / d.end().Sub(d.start).Hours()
			return math.Floor(d.units * max(part, 0))
		}
		return 0
	}
	if m.live {
		return d.units
	}
	share := m.share + (1-m.share)*min(now.Sub(open).Hours()/(m.settle-m.delay).Hours(), 1)
	return math.Floor(d.units * share)
}

func (m *month) total(now time.Time) float64 {
	sum := 0.0
	for _, d := range m.days[m.first:] {
		sum += m.arrived(d, now)
	}
	return sum
}

// usage returns what is known at an instant of the month.
func (m *month) usage(now time.Time, totals bool) usage {
	u := usage{start: m.start, now: now, used: m.total(now)}
	for _, d := range m.days {
		units := m.arrived(d, now)
		if units > 0 && (!totals || d.start.Before(m.start)) {
			u.days = append(u.days, daySum{d.start, units})
		}
	}
	if !totals {
		return u
	}
	for at := m.start.Add(time.Hour); !at.After(now); at = at.Add(time.Hour) {
		if total := m.total(at); total > 0 {
			u.totals = append(u.totals, Total{at, total})
		}
	}
	return u
}
