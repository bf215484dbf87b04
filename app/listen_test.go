package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// TestTheProcessEndsThoughAMemberDoesNot has a member that nothing cuts short, as
// one that reads a file of a disk that does not answer.
func TestTheProcessEndsThoughAMemberDoesNot(t *testing.T) {
	broken := errors.New("broken")
	for name, want := range map[string]error{"asked to": nil, "after an error": broken} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked, ask := context.WithCancel(t.Context())
				defer ask()
				group, members := errgroup.WithContext(asked)
				release := make(chan struct{})
				defer close(release)
				group.Go(func() error { <-release; return nil })
				group.Go(func() error {
					<-time.After(time.Hour)
					if want == nil {
						ask()
					}
					return want
				})
				begun := time.Now()
				if err := waitFor(asked, members, group, slog.New(slog.DiscardHandler)); !errors.Is(err, want) {
					t.Errorf("the process ends with %v, want %v", err, want)
				}
				if took := time.Since(begun) - time.Hour; took < shutdownGrace || took >= 10*time.Second {
					t.Errorf("it ends %s after the last member that does", took)
				}
			})
		})
	}
}

// pipes is a listener whose connections are pipes, so that time can be a bubble's.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// servedBy calls client in a bubble with a connection to the program's server, which has handler.
func servedBy(t *testing.T, handler http.HandlerFunc, client func(t *testing.T, conn net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		listener := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		server := newServer(slog.New(slog.DiscardHandler), handler)
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(listener) }()
		near, far := net.Pipe()
		listener.conns <- far
		client(t, near)
		_ = near.Close() // it may be closed
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		<-time.After(time.Minute) // of the bubble: what the client has started ends
	})
}

// untilClosed reads until the server closes the connection, and returns what it said and how long that took.
func untilClosed(t *testing.T, conn net.Conn) (said string, took time.Duration) {
	t.Helper()
	begun := time.Now()
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(all), time.Since(begun)
}

func TestASlowClientIsCutOffInTime(t *testing.T) {
	fine := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") }
	const request = "GET / HTTP/1.1\r\nHost: x\r\n"
	for name, c := range map[string]struct {
		send   string
		drips  bool
		answer bool
		after  time.Duration
	}{
		"that says nothing":                  {"", false, false, 10 * time.Second},
		"that never ends its header":         {request + "X: ", false, false, 10 * time.Second},
		"that drips a body":                  {request + "Content-Length: 99\r\n\r\n", true, true, 20 * time.Second},
		"that has its answer and is silent":  {request + "\r\n", false, true, 3 * time.Minute},
		"that drips a second request slowly": {request + "\r\nGET / HTTP/1.1\r\nX: ", true, true, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			servedBy(t, fine, func(t *testing.T, conn net.Conn) {
				t.Helper()
				go func() {
					_, err := io.WriteString(conn, c.send)
					for c.drips && err == nil {
						<-time.After(900 * time.Millisecond)
						_, err = io.WriteString(conn, "x")
					}
				}()
				said, took := untilClosed(t, conn)
				if answered := strings.HasPrefix(said, "HTTP/1.1 200 "); answered != c.answer {
					t.Errorf("the answer is %q", said)
				}
				// The server lingers a little before it closes.
				if took < c.after || took > c.after+2*time.Second {
					t.Errorf("the connection was closed after %s, want %s", took, c.after)
				}
			})
		})
	}
}

func TestAClientThatNeverReadsIsCutOffInTime(t *testing.T) {
	var took time.Duration
	endless := func(w http.ResponseWriter, _ *http.Request) {
		begun := time.Now()
		for err := error(nil); err == nil; {
			_, err = w.Write(make([]byte, 64<<10))
		}
		took = time.Since(begun)
	}
	servedBy(t, endless, func(t *testing.T, conn net.Conn) {
		t.Helper()
		_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
	})
	if took != 2*time.Minute {
		t.Errorf("the answer was given up after %s", took)
	}
}

func TestAHeaderOfARequestIsBounded(t *testing.T) {
	for size, want := range map[int]string{60 << 10: "HTTP/1.1 204 ", 72 << 10: "HTTP/1.1 431 "} {
		servedBy(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, func(t *testing.T, conn net.Conn) {
			t.Helper()
			go func() {
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: "+strings.Repeat("x", size)+"\r\n\r\n")
			}()
			if said, _ := untilClosed(t, conn); !strings.HasPrefix(said, want) {
				t.Errorf("a header of %d bytes is answered with %.60q", size, said)
			}
		})
	}
}
