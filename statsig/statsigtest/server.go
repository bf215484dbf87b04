package statsigtest

import (
	"fmt"
	"net/http"
	"time"
)

// The fixed names of the operation, as its OpenAPI document states them.
const (
	// ReportPath is the path of the one operation.
	ReportPath = "/console/v1/project/usage_billing/report"
	// KeyHeader carries the Console API key.
	KeyHeader = "STATSIG-API-KEY"
)

// Options configure a [Server]. The zero value is the demo's projects without
// delays: a day is complete and final the moment it has ended.
type Options struct {
	// Projects are the simulated projects; none means DemoProjects.
	Projects []Project
	// Now is the clock of the server; nil means time.Now. It decides what has
	// arrived, what is over a rate limit, and the times in the log.
	Now func() time.Time
	// Limits are the rate limits of each key.
	Limits Limits
	// Arrival says how late usage can be read.
	Arrival Arrival
	// Seed varies the noise of the usage.
	Seed uint64
	// Location is the time zone of days; nil means UTC.
	Location *time.Location
	// Since is the day before which no project has usage; zero means
	// 1 January 2024.
	Since time.Time
	// Launch is the first day of every project's launch; zero means three days
	// before the day on which New is called, so that the newest ended days
	// always show it.
	Launch time.Time
	// OnRequest, if not nil, is called with each request as it arrives, before
	// anything else happens to it. It may be called concurrently.
	OnRequest func(Request)
}

// DemoOptions are those of the demo: DemoProjects, the documented rate limits
// and LateArrival. The window of the newest ended day, or the one before it,
// has data at any time.
func DemoOptions() Options {
	return Options{Projects: DemoProjects(), Arrival: LateArrival(), Seed: 1}
}

// Server is a simulated Console API. It is an http.Handler, safe for
// concurrent use. Faults that cut a connection need a real HTTP/1.1 server
// around it, such as httptest's.
type Server struct {
	opts     Options
	projects map[string]*project
	keys     keyring
	faults   faultQueues
	limiter  limiter
	log      requestLog
}

// New makes a server. It panics where projects have no name or key, or share
// one, since that is a mistake of the program and not of its input.
func New(opts Options) *Server {
	opts = opts.withDefaults()
	s := &Server{
		opts:     opts,
		projects: make(map[string]*project, len(opts.Projects)),
		keys:     keyring{owners: make(map[string]*project, len(opts.Projects))},
		faults:   newFaultQueues(),
		limiter:  limiter{limits: opts.Limits.withDefaults(), sent: make(map[string][]time.Time)},
	}
	for _, p := range opts.Projects {
		if p.Name == "" || p.Key == "" || s.projects[p.Name] != nil || s.keys.owner(p.Key) != nil {
			panic(fmt.Sprintf("statsigtest: project %q needs a name and a key of its own", p.Name))
		}
		made := newProject(p, opts)
		s.projects[p.Name] = made
		s.keys.replace(p.Key, made)
	}
	return s
}

func (o Options) withDefaults() Options {
	if len(o.Projects) == 0 {
		o.Projects = DemoProjects()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Since.IsZero() {
		o.Since = time.Date(2024, time.January, 1, 0, 0, 0, 0, o.Location)
	}
	if o.Launch.IsZero() {
		o.Launch = o.Now().In(o.Location).AddDate(0, 0, -3)
	}
	o.Since, o.Launch = dayOf(o.Since, o.Location), dayOf(o.Launch, o.Location)
	return o
}

// ServeHTTP answers one request, as the OpenAPI document says and as the
// faults that wait for it demand.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := s.keys.owner(r.Header.Get(KeyHeader))
	entry := s.record(r, OriginAPI, p)
	a, f := s.decide(r, p)
	s.deliver(w, r, delivery{answer: a, fault: f, entry: entry})
}

// Truth returns the rows that a report of the window [start, end) of a project
// holds now, in the order of the report; none where the report would be
// refused for want of data. It panics for an unknown project.
func (s *Server) Truth(project string, start, end time.Time) []Row {
	var rows []Row
	for row := range s.mustProject(project).rows(start, end, s.opts.Now()) {
		rows = append(rows, row)
	}
	return rows
}

func (s *Server) mustProject(name string) *project {
	p := s.projects[name]
	if p == nil {
		panic(fmt.Sprintf("statsigtest: no project %q", name))
	}
	return p
}
