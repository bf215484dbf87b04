package simulate

import (
	"cmp"
	"hash/fnv"
	"math"
	"time"
)

// Project is one simulated Statsig project.
type Project struct {
	// Name is unique among an API's projects.
	Name string
	// Title is the project's name in reports; empty means Name.
	Title string
	// Key is the project's Console API key, unique too.
	Key string
	// Scale is about how many events are billed on a working day of January 2026;
	// zero means 360,000.
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

// series is one event as sent by some SDKs.
type series struct {
	kind, name, sources string

	seed     uint64
	perDay   float64 // Events on a working day of January 2026.
	growth   float64 // A month, as an exponent.
	launched bool
}

func newProject(p Project, opts Options) *project {
	p.Scale, p.Weekend = cmp.Or(p.Scale, 360_000), cmp.Or(p.Weekend, 0.6)
	p.Title = cmp.Or(p.Title, p.Name)
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

// weight makes a few events big and most of them small.
func weight(rank int) float64 { return math.Pow(float64(rank)+1.5, -1.15) }

// add lays out an event that is billed perDay times: a row of what clients send
// and, for some events, a row of what a server sends. Which SDKs these are, and how
// fast the event grows, follows from its name alone, so that another seed changes
// numbers and not series.
func (p *project) add(event Event, perDay float64) {
	nature := digest(p.Name, event.Name, event.Type)
	clients := clientLists()
	made := series{
		kind: event.Type, name: event.Name, sources: clients[nature>>8%uint64(len(clients))],
		perDay: perDay, growth: 0.08*unit(mix(nature+1)) - 0.01, launched: event.Name == p.Launch,
	}
	if nature%3 == 0 {
		server := made
		server.sources, server.perDay = serverSDK, perDay/4
		made.perDay -= server.perDay
		p.series = append(p.series, p.seeded(server))
	}
	p.series = append(p.series, p.seeded(made))
}

func (p *project) seeded(s series) series {
	s.seed = mix(p.opts.Seed ^ digest(p.Name, s.kind, s.name, s.sources))
	return s
}

// total is how many events the day that starts at day finally has.
func (p *project) total(s *series, day time.Time) int64 {
	number := dayNumber(day)
	months := float64(number-dayNumber(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))) / 30.44
	total := s.perDay * p.rhythm(day.Weekday())
	total *= math.Exp(s.growth * min(max(months, -36), 36))
	total *= 0.9 + 0.2*unit(mix(s.seed+uint64(number)))
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

// launchFactor is how much the launch multiplies its event on the n-th day from its
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
	return mix(h.Sum64())
}

// mix is the finalizer of SplitMix64: it spreads any integer evenly.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit maps an integer to [0, 1).
func unit(x uint64) float64 { return float64(x>>11) / (1 << 53) }
