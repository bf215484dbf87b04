package simulate

import (
	"hash/fnv"
	"math"
	"time"
)

// Project is one simulated Statsig project.
type Project struct {
	// Name is unique among an API's projects.
	Name string
	// Key is the project's Console API key, unique too.
	Key string
	// Scale is about how many events the project logs on a working day of
	// January 2026; zero means 400,000.
	Scale float64
	// Weekend is the share of a working day's events that a Saturday has; zero
	// means 0.6.
	Weekend float64
	// Events are the project's events, the biggest first: the n-th has a
	// Zipf-like share of Scale. None means the demo's.
	Events []Event
	// Launch names the event that the launch multiplies; empty means none,
	// unless Events is empty too.
	Launch string
}

// Event is an event of a project, as its name and type appear in reports.
type Event struct{ Name, Type string }

// project is a Project with all its series laid out.
type project struct {
	Project
	opts   Options
	series []series
}

// series is one event as seen by one SDK in one environment.
type series struct {
	event, kind, sdk, environment string

	seed     uint64
	perDay   float64 // Events on a working day of January 2026.
	growth   float64 // A month, as an exponent.
	billable int64   // Billed events per 1,000.
	launched bool
}

func newProject(p Project, opts Options) *project {
	if p.Scale == 0 {
		p.Scale = 400_000
	}
	if p.Weekend == 0 {
		p.Weekend = 0.6
	}
	if len(p.Events) == 0 {
		p.Events, p.Launch = shopEvents(), shopLaunch
	}
	made := &project{Project: p, opts: opts}
	var weights float64
	for rank := range p.Events {
		weights += weight(rank)
	}
	for rank, event := range p.Events {
		made.add(event, p.Scale*weight(rank)/weights)
	}
	return made
}

// weight is what makes a few events big and most of them small.
func weight(rank int) float64 { return math.Pow(float64(rank)+1.5, -1.15) }

// add lays out an event that is logged perDay times by some SDKs. Which ones,
// and how fast it grows, follows from its name alone, so that another seed
// changes numbers and not series.
func (p *project) add(event Event, perDay float64) {
	nature := digest(p.Name, event.Name, event.Type)
	growth := 0.08*unit(Mix(nature+1)) - 0.01
	sdks := SDKs()
	count, first := 1+int(nature%3), int(nature>>8%uint64(len(sdks)))
	for i := range count {
		s := series{
			event: event.Name, kind: event.Type, sdk: sdks[(first+i)%len(sdks)], environment: "production",
			perDay: perDay * float64(count-i) * 2 / float64(count*(count+1)),
			growth: growth, billable: 1000, launched: event.Name == p.Launch,
		}
		if s.kind == TypeExposure {
			// Only one exposure per user and hour is billed.
			s.billable = 450 + int64(Mix(nature+2)%400)
		}
		p.series = append(p.series, p.seeded(s))
	}
	if nature>>16%3 == 0 {
		p.series = append(p.series, p.seeded(series{
			// Only production is billed.
			event: event.Name, kind: event.Type, sdk: sdks[first], environment: "staging",
			perDay: perDay/100 + 3, growth: growth,
		}))
	}
}

func (p *project) seeded(s series) series {
	s.seed = Mix(p.opts.Seed ^ digest(p.Name, s.event, s.kind, s.sdk, s.environment))
	return s
}

// total is how many events the day that starts at day finally has.
func (p *project) total(s *series, day time.Time) int64 {
	number := dayNumber(day)
	months := float64(number-dayNumber(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))) / 30.44
	total := s.perDay * p.rhythm(day.Weekday())
	total *= math.Exp(s.growth * min(max(months, -36), 36))
	total *= 0.9 + 0.2*unit(Mix(s.seed+uint64(number)))
	if s.launched {
		total *= launchFactor(number - dayNumber(p.opts.Launch))
	}
	return int64(total)
}

func (p *project) rhythm(day time.Weekday) float64 {
	switch day {
	case time.Saturday:
		return p.Weekend
	case time.Sunday:
		return 0.95 * p.Weekend
	case time.Wednesday:
		return 1.05
	case time.Friday:
		return 0.95
	default:
		return 1
	}
}

// launchFactor is what the launch does to its event on the n-th day from its
// start.
func launchFactor(n int64) float64 {
	factors := [...]float64{6, 16, 13, 10, 6, 3}
	if n < 0 || n >= int64(len(factors)) {
		return 1
	}
	return factors[n]
}

// within is how many of a day's total events lie before the fraction x of the
// day: few at night, most in the afternoon. It never decreases with x.
func within(total int64, x float64) int64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return total
	}
	const swing, peak = 0.8, 0.625
	turn := func(x float64) float64 { return math.Sin(2 * math.Pi * (x - peak)) }
	share := x + swing/(2*math.Pi)*(turn(x)-turn(0))
	return min(int64(float64(total)*share), total)
}

// dayOf returns the start of the day on which t lies in a location.
func dayOf(t time.Time, location *time.Location) time.Time {
	year, month, day := t.In(location).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, location)
}

// dayNumber counts civil days, whatever their length.
func dayNumber(day time.Time) int64 {
	year, month, date := day.Date()
	return time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

func digest(parts ...string) uint64 {
	h := fnv.New64a()
	for _, part := range parts {
		// The separator keeps ("ab", "c") and ("a", "bc") apart.
		_, _ = h.Write(append([]byte(part), 0))
	}
	return Mix(h.Sum64())
}

// Mix is the finalizer of SplitMix64: it spreads any integer evenly.
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit maps an integer to [0, 1).
func unit(x uint64) float64 { return float64(x>>11) / (1 << 53) }
