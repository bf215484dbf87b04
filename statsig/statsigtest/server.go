// Package statsigtest is the simulated Console API for tests: what package
// simulate answers, with keys that can be rotated, and faults.
package statsigtest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"statsig_exporter/statsig/simulate"
)

// Options configure a [Server]. Those that it shares with simulate.Options mean
// the same.
type Options struct {
	// Projects are the simulated projects; none means "demo", "mobile" and
	// "internal", whose keys are "console-" and the name.
	Projects []Project
	Now      func() time.Time
	Arrival  Arrival
	Seed     uint64
	Location *time.Location
	Since    time.Time
	// OnRequest, if not nil, is called with each request as it arrives, before
	// anything else happens to it. It may be called concurrently.
	OnRequest func(Request)
}

// Request is a request that the server has seen.
type Request struct {
	// Project is the name of the project that the key belongs to; empty for an
	// unknown key.
	Project string
	Query   url.Values
}

// Server is a simulated Console API that can fail. It is an http.Handler, safe for
// concurrent use. Faults that break a connection need a real HTTP/1.1 server
// around it, such as httptest's.
type Server struct {
	opts Options
	api  *simulate.API

	mu       sync.Mutex
	projects map[string]string // By key.
	requests int
	faults   map[string][]Fault // That wait for requests, by project.
	all      []Fault            // For requests that meet none of their project's.
	cleared  chan struct{}      // Closed by ClearFaults, then replaced.
}

// New makes a server. It panics where projects have no name or key, or share one.
func New(opts Options) *Server {
	if len(opts.Projects) == 0 {
		opts.Projects = projects()
	}
	s := &Server{
		opts: opts,
		api: simulate.New(simulate.Options{
			Projects: opts.Projects, Now: opts.Now, Arrival: opts.Arrival, Seed: opts.Seed, Location: opts.Location, Since: opts.Since,
		}),
		projects: make(map[string]string),
		faults:   make(map[string][]Fault),
		cleared:  make(chan struct{}),
	}
	for _, p := range opts.Projects {
		s.projects[p.Key] = p.Name
	}
	return s
}

// ServeHTTP answers one request, as the OpenAPI document says and as the fault
// that it meets demands.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	project := s.projects[r.Header.Get(simulate.KeyHeader)]
	s.requests++
	s.mu.Unlock()
	if s.opts.OnRequest != nil {
		s.opts.OnRequest(Request{project, r.URL.Query()})
	}
	f := s.next(project)
	f.deliver(w, r, s.answer(r, project, f))
}

func (s *Server) answer(r *http.Request, project string, f Fault) simulate.Answer {
	if f.Status != 0 {
		return f.instead(f.Status)
	}
	start, end, refusal := s.api.Window(r, project)
	switch {
	case refusal != nil:
		return *refusal
	case f.Body != nil:
		return f.instead(http.StatusOK)
	default:
		return s.api.Report(project, start, end)
	}
}

// RequestCount returns how many requests have arrived in all.
func (s *Server) RequestCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Truth returns the rows that a report of the window [start, end) of a project
// holds now. It panics for an unknown project.
func (s *Server) Truth(project string, start, end time.Time) []Row {
	return s.api.Rows(project, start, end)
}

// Rotate replaces the key of a project: from now on the old one is answered with
// 401. It panics for an unknown project.
func (s *Server) Rotate(project, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, owner := range s.projects {
		if owner == s.known(project) {
			delete(s.projects, old)
		}
	}
	s.projects[key] = project
}

// known returns the name of a project, or panics if there is none of that name.
func (s *Server) known(project string) string {
	if !slices.ContainsFunc(s.opts.Projects, func(p Project) bool { return p.Name == project }) {
		panic("statsigtest: no project " + strconv.Quote(project))
	}
	return project
}

// Inject queues faults for the next requests with the key of a project. It panics
// for an unknown project.
func (s *Server) Inject(project string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[s.known(project)] = append(s.faults[project], faults...)
}

// InjectAll queues faults for requests that meet none of their project's, also
// those with an unknown key.
func (s *Server) InjectAll(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, faults...)
}

// ClearFaults forgets all faults and lets go of every answer that a fault holds,
// delays or drips.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.all = make(map[string][]Fault), nil
	close(s.cleared)
	s.cleared = make(chan struct{})
}

// next takes the fault that a request with the key of a project meets.
func (s *Server) next(project string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var f Fault
	if queue := s.faults[project]; len(queue) > 0 {
		f, s.faults[project] = take(queue)
	} else if len(s.all) > 0 {
		f, s.all = take(s.all)
	}
	f.cleared = s.cleared
	return f
}

// take uses up one request of the first fault of a queue.
func take(queue []Fault) (Fault, []Fault) {
	f := queue[0]
	switch {
	case f.Times == 1:
		return f, queue[1:]
	case f.Times > 1:
		queue[0].Times--
	}
	return f, queue
}
