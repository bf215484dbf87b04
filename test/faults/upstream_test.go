//go:build faults

package faults_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// upstream stands where the Console API stands. It answers with good reports until it is told to fail, and again once
// it is told to recover.
type upstream struct {
	keys map[string]string // the project of each key
	tls  *tls.Config
	addr string

	mu       sync.Mutex
	phase    phase
	good     map[string]int // good answers that were begun, by project
	faults   map[string]int // faulty ones
	requests []request
	listener net.Listener

	server *http.Server
	done   chan struct{} // closed at the end
	other  *origin
}

// phase says how the upstream behaves at a time.
type phase struct {
	report string                             // what good answers hold
	serve  func(x *exchange)                  // unless nil, answers instead
	conn   func(net.Conn)                     // unless nil, gets connections before anything is read from them
	down   bool                               // nothing listens
	tls    func(base *tls.Config) *tls.Config // unless nil, what is shown to those who connect
}

// request is one that came.
type request struct {
	project string // of the key in its header; empty without one
	at      time.Time
}

// newUpstream starts an upstream on a port of its own until the test ends.
func newUpstream(t *testing.T, keys map[string]string, secure bool) *upstream {
	t.Helper()
	u := &upstream{
		keys: keys, good: map[string]int{}, faults: map[string]int{}, done: make(chan struct{}),
		phase: phase{report: goodReport}, other: newOrigin(t, secure),
	}
	u.server = &http.Server{Handler: http.HandlerFunc(u.answer), MaxHeaderBytes: 1 << 20, ErrorLog: silent()}
	u.server.SetKeepAlivesEnabled(false)
	if secure {
		u.tls = goodTLS()
		u.tls.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return u.shown(), nil }
	}
	u.listen("127.0.0.1:0")
	t.Cleanup(func() {
		close(u.done)
		u.server.Close()
	})
	return u
}

// listen begins to accept connections.
func (u *upstream) listen(addr string) {
	u.listener = must(net.Listen("tcp", addr))
	u.addr = u.listener.Addr().String()
	accepted := net.Listener(sieve{u.listener, u})
	if u.tls != nil {
		accepted = tls.NewListener(accepted, u.tls)
	}
	go func() { _ = u.server.Serve(accepted) }()
}

// sieve is a listener that keeps the connections which a fault takes.
type sieve struct {
	net.Listener
	*upstream
}

func (s sieve) Accept() (net.Conn, error) {
	for {
		conn, err := s.Listener.Accept()
		fault := s.now().conn
		if err != nil || fault == nil {
			return conn, err
		}
		go func() {
			defer conn.Close()
			fault(conn)
		}()
	}
}

// set moves to another phase.
func (u *upstream) set(next phase) {
	u.mu.Lock()
	was := u.phase
	u.phase = next
	u.mu.Unlock()
	switch {
	case next.down && !was.down:
		u.listener.Close()
	case was.down && !next.down:
		u.listen(u.addr)
	}
}

func (u *upstream) now() phase {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.phase
}

// shown returns the TLS settings of the phase.
func (u *upstream) shown() *tls.Config {
	if change := u.now().tls; change != nil {
		return change(goodTLS())
	}
	return goodTLS()
}

// url is the base address of the upstream.
func (u *upstream) url() string {
	if u.tls != nil {
		return "https://" + u.addr
	}
	return "http://" + u.addr
}

// answer records a request and answers as the phase wants it.
func (u *upstream) answer(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	project := u.keys[r.Header.Get("STATSIG-API-KEY")]
	u.requests = append(u.requests, request{project, time.Now()})
	now := u.phase
	n := 0
	if now.serve == nil {
		u.good[project]++
	} else {
		u.faults[project]++
		n = u.faults[project]
	}
	u.mu.Unlock()
	x := &exchange{
		w: w, r: r, n: n, project: project, key: r.Header.Get("STATSIG-API-KEY"),
		self: u.url(), other: u.other.url + "/" + project, done: u.done,
	}
	defer x.end()
	switch {
	case now.serve != nil:
		now.serve(x)
	case project == "":
		http.Error(w, "no key", http.StatusUnauthorized)
	default:
		x.csv(now.report)
	}
}

// seen returns the requests so far.
func (u *upstream) seen() []request {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.requests)
}

// goodAnswers returns how many good answers a project got.
func (u *upstream) goodAnswers(project string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.good[project]
}
