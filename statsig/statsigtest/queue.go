package statsigtest

import "sync"

// faultQueues holds the faults that wait for requests.
type faultQueues struct {
	mu        sync.Mutex
	byProject map[string][]Fault
	all       []Fault
	storage   []Fault
	cleared   chan struct{} // Closed by ClearFaults, then replaced.
}

func newFaultQueues() faultQueues {
	return faultQueues{byProject: make(map[string][]Fault), cleared: make(chan struct{})}
}

// Inject queues faults for the next requests with the key of a project. Each
// applies for its Times; one without, until ClearFaults. It panics for an
// unknown project.
func (s *Server) Inject(project string, faults ...Fault) {
	name := s.known(project)
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.byProject[name] = append(s.faults.byProject[name], faults...)
}

// InjectAll queues faults for requests that meet none of their project's,
// those with an unknown key included.
func (s *Server) InjectAll(faults ...Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.all = append(s.faults.all, faults...)
}

// InjectStorage queues faults for requests to Storage.
func (s *Server) InjectStorage(faults ...Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.storage = append(s.faults.storage, faults...)
}

// ClearFaults forgets all faults and lets go of every answer that a fault
// holds, delays or drips.
func (s *Server) ClearFaults() {
	q := &s.faults
	q.mu.Lock()
	defer q.mu.Unlock()
	q.byProject, q.all, q.storage = make(map[string][]Fault), nil, nil
	close(q.cleared)
	q.cleared = make(chan struct{})
}

// next takes the fault that a request with the key of a project meets.
func (q *faultQueues) next(project string) Fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.byProject[project]) > 0 {
		f, rest := q.take(q.byProject[project])
		q.byProject[project] = rest
		return f
	}
	f, rest := q.take(q.all)
	q.all = rest
	return f
}

func (q *faultQueues) nextStorage() Fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	f, rest := q.take(q.storage)
	q.storage = rest
	return f
}

// take uses up one request of the first fault of a queue. The fault it returns
// carries the channel that ClearFaults closes.
func (q *faultQueues) take(queue []Fault) (Fault, []Fault) {
	if len(queue) == 0 {
		return Fault{}, nil
	}
	f := queue[0]
	f.cleared = q.cleared
	switch {
	case queue[0].Times == 1:
		return f, queue[1:]
	case queue[0].Times > 1:
		queue[0].Times--
	}
	return f, queue
}
