//go:build faults

package faults_test

import (
	"crypto/tls"
	"net"
	"net/http"
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
	closed   bool

	accepted chan net.Conn
	done     chan struct{}
	other    *origin
}

// phase says how the upstream behaves at a time.
type phase struct {
	report string                             // what good answers hold
	serve  func(x *exchange)                  // unless nil, answers instead
	conn   func(net.Conn)                     // unless nil, gets connections before anything is read from them
	down   bool                               // nothing listens
	tls    func(base *tls.Config) *tls.Config // unless nil, what is shown to those who connect
}

// request records one that came.
type request struct {
	project string // of the key in its header; empty without one
	at      time.Time
}

// newUpstream starts an upstream on a port of its own until the test ends.
func newUpstream(t *testing.T, keys map[string]string, secure bool) *upstream {
	t.Helper()
	u := &upstream{
		keys: keys, good: map[string]int{}, faults: map[string]int{}, accepted: make(chan net.Conn), done: make(chan struct{}),
		phase: phase{report: goodReport}, other: newOrigin(t, secure),
	}
	if secure {
		u.tls = goodTLS()
		u.tls.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return u.shown(), nil }
	}
	u.listen(t, "127.0.0.1:0")
	server := &http.Server{Handler: http.HandlerFunc(u.answer), MaxHeaderBytes: 1 << 20, ErrorLog: silent()}
	server.SetKeepAlivesEnabled(false)
	var inner net.Listener = handover{u}
	if secure {
		inner = tls.NewListener(inner, u.tls)
	}
	go func() { _ = server.Serve(inner) }()
	t.Cleanup(func() {
		u.mu.Lock()
		u.closed = true
		u.mu.Unlock()
		close(u.done)
		u.listener.Close()
		server.Close()
	})
	return u
}

// listen begins to accept connections.
func (u *upstream) listen(t *testing.T, addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	u.listener, u.addr = listener, listener.Addr().String()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if fault := u.now().conn; fault != nil {
				go func() {
					defer conn.Close()
					fault(conn)
				}()
				continue
			}
			select {
			case u.accepted <- conn:
			case <-u.done:
				conn.Close()
			}
		}
	}()
}

// handover is a listener of the connections that no fault has taken.
type handover struct{ *upstream }

func (h handover) Accept() (net.Conn, error) {
	select {
	case conn := <-h.accepted:
		return conn, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

func (h handover) Close() error   { return nil }
func (h handover) Addr() net.Addr { return h.listener.Addr() }

// set moves to another phase.
func (u *upstream) set(t *testing.T, next phase) {
	t.Helper()
	u.mu.Lock()
	was := u.phase
	u.phase = next
	u.mu.Unlock()
	switch {
	case next.down && !was.down:
		u.listener.Close()
	case was.down && !next.down:
		u.listen(t, u.addr)
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
	return append([]request(nil), u.requests...)
}

// goodAnswers returns how many good answers a project got.
func (u *upstream) goodAnswers(project string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.good[project]
}
