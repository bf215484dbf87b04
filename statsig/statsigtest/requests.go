package statsigtest

import (
	"net/http"
	"net/url"
	"sync"
	"time"
)

// maxRequests bounds the log.
const maxRequests = 10_000

// Origin says which of the server's two origins a request went to.
type Origin string

const (
	// OriginAPI is the Console API, the only one that may be sent a key.
	OriginAPI Origin = "api"
	// OriginStorage is the signed storage of [Server.Storage].
	OriginStorage Origin = "storage"
)

// Request is one request that the server has seen.
type Request struct {
	// Time is when it arrived, by the server's clock.
	Time   time.Time
	Origin Origin
	// Project is the project that the key or the signed URL belongs to; empty
	// where there is none.
	Project string
	Method  string
	Path    string
	Query   url.Values
	// Header is all of the request's header, any credential included.
	Header http.Header
	// Status is the status of the answer; 0 while no header has been sent.
	Status int
}

// requestLog keeps the newest requests.
type requestLog struct {
	mu      sync.Mutex
	entries []*Request
	total   int
}

// Requests returns the requests seen, oldest first; of more than 10,000, the
// newest. The caller owns the slice, but must not change the headers and
// queries.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	seen := make([]Request, len(s.log.entries))
	for i, entry := range s.log.entries {
		seen[i] = *entry
	}
	return seen
}

// RequestCount returns how many requests have arrived in all.
func (s *Server) RequestCount() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.total
}

func (s *Server) record(r *http.Request, origin Origin, project string) *Request {
	entry := &Request{
		Time: s.opts.Now(), Origin: origin, Method: r.Method, Path: r.URL.Path,
		Query: r.URL.Query(), Header: r.Header.Clone(), Project: project,
	}
	s.log.mu.Lock()
	if len(s.log.entries) >= maxRequests {
		s.log.entries = s.log.entries[1:]
	}
	s.log.entries = append(s.log.entries, entry)
	s.log.total++
	seen := *entry
	s.log.mu.Unlock()
	if s.opts.OnRequest != nil {
		s.opts.OnRequest(seen)
	}
	return entry
}

func (l *requestLog) setStatus(entry *Request, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.Status = status
}
