package statsigtest

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"statsig_exporter/statsig/simulate"
)

// The fixed names of the operation.
const (
	ReportPath = simulate.ReportPath
	KeyHeader  = simulate.KeyHeader
)

// Options configure a [Server]. Those that it shares with simulate.Options mean
// the same.
type Options struct {
	// Projects are the simulated projects; none means "demo", "mobile" and
	// "internal", whose keys are "console-" and the name.
	Projects []Project
	// Now is the clock of the server; nil means time.Now. It decides what has
	// arrived, what is over a rate limit, and the times in the log.
	Now      func() time.Time
	Arrival  Arrival
	Seed     uint64
	Location *time.Location
	Since    time.Time
	// Limits are the rate limits of each key.
	Limits Limits
	// OnRequest, if not nil, is called with each request as it arrives, before
	// anything else happens to it. It may be called concurrently.
	OnRequest func(Request)
}

// Server is a simulated Console API that can fail. It is an http.Handler, safe
// for concurrent use. Faults that cut a connection need a real HTTP/1.1 server
// around it, such as httptest's.
type Server struct {
	opts    Options
	api     *simulate.API
	keys    keyring
	faults  faultQueues
	limiter limiter
	log     requestLog
}

// New makes a server. It panics where projects have no name or key, or share one.
func New(opts Options) *Server {
	if len(opts.Projects) == 0 {
		opts.Projects = projects()
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Server{
		opts: opts,
		api: simulate.New(simulate.Options{
			Projects: opts.Projects, Now: opts.Now, Arrival: opts.Arrival, Seed: opts.Seed, Location: opts.Location, Since: opts.Since,
		}),
		keys:    keyring{owners: make(map[string]string)},
		faults:  newFaultQueues(),
		limiter: limiter{limits: opts.Limits.withDefaults(), sent: make(map[string][]time.Time)},
	}
	for _, p := range opts.Projects {
		s.keys.replace(p.Key, p.Name)
	}
	return s
}

// ServeHTTP answers one request, as the OpenAPI document says and as the
// faults that wait for it demand.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	project := s.keys.owner(r.Header.Get(KeyHeader))
	entry := s.record(r, OriginAPI, project)
	a, f := s.decide(r, project)
	s.deliver(w, r, delivery{answer: a, fault: f, entry: entry})
}

// decide finds the answer to a request and the fault that it meets: first the
// rate limit, then the fault, then the operation itself.
func (s *Server) decide(r *http.Request, project string) (simulate.Answer, Fault) {
	if project != "" {
		if wait := s.limiter.admit(r.Header.Get(KeyHeader), s.opts.Now()); wait > 0 {
			a := simulate.Refuse(http.StatusTooManyRequests, "Too Many Requests")
			a.Header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			return a, Fault{}
		}
	}
	f := s.faults.next(project)
	if f.Status != 0 {
		return f.instead(simulate.Answer{}), f
	}
	return s.operate(r, project, f), f
}

// operate is the operation with the fault f.
func (s *Server) operate(r *http.Request, project string, f Fault) simulate.Answer {
	start, end, refusal := s.api.Window(r, project)
	if refusal != nil {
		return *refusal
	}
	if f.Body != nil {
		return f.instead(simulate.Answer{})
	}
	a := s.api.Report(project, start, end)
	switch {
	case a.Status != http.StatusOK:
		return a
	case f.Envelope != nil:
		return envelope(f.Envelope.resolve(s, project, r))
	case f.Redirect != nil:
		return redirect(f.Redirect.resolve(s, project, r))
	default:
		return f.instead(a)
	}
}

// Truth returns the rows that a report of the window [start, end) of a project
// holds now, in the order of the report; none where the report would be
// refused for want of data. It panics for an unknown project.
func (s *Server) Truth(project string, start, end time.Time) []Row {
	return s.api.Rows(project, start, end)
}

// known returns the name of a project, or panics if there is none of that name.
func (s *Server) known(project string) string {
	if !slices.ContainsFunc(s.opts.Projects, func(p Project) bool { return p.Name == project }) {
		panic("statsigtest: no project " + strconv.Quote(project))
	}
	return project
}
