//go:build faults

package faults_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// abuse is something that clients do to the exporter while it polls and serves.
type abuse struct {
	name   string
	memory int // what the process may take at most, in MiB
	// begin starts it and returns once it is in full swing. It ends with the connections in w.
	begin func(t *testing.T, s *siege)
}

// siege is an abuse that is under way.
type siege struct {
	*walk
	mu    sync.Mutex
	conns []net.Conn
	busy  sync.WaitGroup
	over  chan struct{}
	after func() // unless nil, called at the end
}

// dial opens a connection to the exporter that end closes.
func (s *siege) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.exporter.address)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, conn)
	return conn
}

func (s *siege) end() {
	close(s.over)
	s.mu.Lock()
	for _, conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.busy.Wait()
	if s.after != nil {
		s.after()
	}
}

// say opens connections that send some bytes, and nothing more.
func say(connections int, text string) func(t *testing.T, s *siege) {
	return func(t *testing.T, s *siege) {
		t.Helper()
		for range connections {
			io.WriteString(s.dial(t), text)
		}
	}
}

func abuses() []abuse {
	const scrape = "GET /metrics HTTP/1.1\r\nHost: x\r\n"
	return []abuse{
		{"500 clients that never finish a header", 96, say(500, scrape+"X-Slow: ")},
		{"500 clients that say nothing", 96, say(500, "")},
		{"500 clients that drip a header", 96, func(t *testing.T, s *siege) {
			t.Helper()
			for range 500 {
				conn := s.dial(t)
				s.busy.Go(func() { drip(conn, s.over) })
			}
		}},
		{"200 clients that announce a body and send none", 96, say(200, scrape+"Content-Length: 1000000\r\n\r\n")},
		{"200 clients with a header of 60 KiB", 128, say(200, scrape+"X-Big: "+strings.Repeat("x", 60<<10))},
		{"clients that never read their answers", 128, func(t *testing.T, s *siege) {
			t.Helper()
			for range 100 {
				conn := s.dial(t)
				_ = conn.(*net.TCPConn).SetReadBuffer(4096)
				go io.WriteString(conn, strings.Repeat(scrape+"\r\n", 500)) // ends when the connection is closed
			}
		}},
		{"clients that leave in the middle of an answer", 128, func(t *testing.T, s *siege) {
			t.Helper()
			s.repeat(20, func() error {
				conn, err := net.Dial("tcp", s.exporter.address)
				if err != nil {
					return err
				}
				io.WriteString(conn, scrape+"\r\n")
				_, _ = conn.Read(make([]byte, 100))
				reset(conn)
				return nil
			})
		}},
		{"500 concurrent scrapers", 192, func(t *testing.T, s *siege) {
			t.Helper()
			client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 500}}
			s.after = client.CloseIdleConnections
			var answers, failures atomic.Int64
			s.repeat(500, func() error {
				err := whole(client, "http://"+s.exporter.address+"/metrics")
				if err != nil {
					failures.Add(1)
					return err
				}
				answers.Add(1)
				return nil
			})
			eventually(t, func() error {
				return wantAtLeast(int(answers.Load()), 2000)
			})
			if n := failures.Load(); n > 0 {
				t.Errorf("%d scrapes failed", n)
			}
		}},
		{"requests that are not HTTP", 96, say(200, "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03")},
	}
}

// drip sends a header that never ends.
func drip(conn net.Conn, over chan struct{}) {
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	io.WriteString(conn, "GET / HTTP/1.1\r\n")
	for i := 0; ; i++ {
		select {
		case <-over:
			return
		case <-ticker.C:
		}
		if _, err := fmt.Fprintf(conn, "X-%d: x\r\n", i); err != nil {
			return
		}
	}
}

// repeat has so many clients do something again and again.
func (s *siege) repeat(clients int, do func() error) {
	for range clients {
		s.busy.Go(func() {
			for {
				select {
				case <-s.over:
					return
				default:
					_ = do() // counted by do, where it matters
				}
			}
		})
	}
}

// whole scrapes and wants the page to be complete.
func whole(client *http.Client, url string) error {
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	found := false
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		found = found || strings.HasPrefix(lines.Text(), "statsig_up")
	}
	if resp.StatusCode != http.StatusOK || !found {
		return errors.New("the answer is no whole page")
	}
	return nil
}

// TestClients has the exporter polled, scraped and probed by ordinary clients while others misbehave.
func TestClients(t *testing.T) {
	full(t)
	for _, a := range abuses() {
		for _, ending := range []string{"and leave", "until SIGTERM"} {
			t.Run(a.name+" "+ending, func(t *testing.T) {
				t.Parallel()
				w := newWalk(t, scenario{memory: a.memory})
				w.exporter = start(t, w.config())
				w.serveGood(t)
				s := &siege{walk: w, over: make(chan struct{})}
				ended := sync.OnceFunc(s.end)
				t.Cleanup(ended)
				a.begin(t, s)
				w.usable(t)
				if ending == "until SIGTERM" {
					w.exporter.stop(t)
					return
				}
				ended()
				w.recover(t)
				w.leavesNothing(t)
			})
		}
	}
}

// usable wants polls to go on, and pages and probes to be answered.
func (w *walk) usable(t *testing.T) {
	t.Helper()
	polls := w.exporter.scrape(t).polls("web", success)
	eventually(t, func() error {
		for _, path := range []string{"/metrics", "/", "/-/healthy", "/-/ready"} {
			w.exporter.mustGet(t, path, "")
		}
		return wantAtLeast(w.exporter.scrape(t).polls("web", success), polls+2)
	})
	if m := w.exporter.scrape(t); m.usage() != w.before.usage() {
		t.Errorf("usage is not what it was before. Now:\n%s", m.usage())
	}
}
