// Package statsigtest is the simulated Console API for tests: what package
// simulate answers, with keys that can be rotated, and faults.
package statsigtest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"statsig_exporter/statsig/simulate"
)

// Request is a request that the server has seen.
type Request struct {
	// Project is the name of the project that the key belongs to; empty for an
	// unknown key.
	Project string
	Query   url.Values
}

// Server is a simulated Console API that can fail. It is an http.Handler, safe for
// concurrent use.
type Server struct {
	api *simulate.API
	// OnRequest, if not nil, is called with each request as it arrives, before
	// anything else happens to it. It may be called concurrently. Set it before the
	// first request.
	OnRequest func(Request)

	mu       sync.Mutex
	projects map[string]string // By key.
	requests int
	faults   map[string][]Fault // That wait for requests, by project.
	all      []Fault            // For requests that meet none of their project's.
	cleared  chan struct{}      // Closed by ClearFaults, then replaced.
}

// New makes a server of the projects; of none, "demo", "mobile" and "internal", whose
// keys are "console-" and the name. It panics where simulate.New does.
func New(opts Options) *Server {
	if len(opts.Projects) == 0 {
		opts.Projects = projects()
	}
	api := simulate.New(opts)
	return &Server{api: api, projects: api.Keys(), faults: make(map[string][]Fault), cleared: make(chan struct{})}
}

// ServeHTTP answers one request, as the OpenAPI document says and as the fault
// that it meets demands.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	project := s.projects[r.Header.Get(simulate.KeyHeader)]
	s.requests++
	s.mu.Unlock()
	if s.OnRequest != nil {
		s.OnRequest(Request{project, r.URL.Query()})
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
	s.known(project)
	maps.DeleteFunc(s.projects, func(_, owner string) bool { return owner == project })
	s.projects[key] = project
}

// known panics if there is no project of this name.
func (s *Server) known(project string) {
	if !slices.Contains(slices.Collect(maps.Values(s.projects)), project) {
		panic("statsigtest: no project " + strconv.Quote(project))
	}
}

// Inject queues faults for the next requests with the key of a project. It panics
// for an unknown project.
func (s *Server) Inject(project string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known(project)
	s.faults[project] = append(s.faults[project], faults...)
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
