package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig"
)

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
		"that drips its header":              {request + "X: ", true, false, 10 * time.Second},
		"that announces a body":              {request + "Content-Length: 9\r\n\r\n", false, true, 20 * time.Second},
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

func TestAReportHasNoMoreThan50000Columns(t *testing.T) {
	read := func(columns int) error {
		line := strings.Repeat("1,", columns-1) + "1\n"
		options := report.DefaultOptions()
		options.Unlisted = report.UnlistedIgnore
		text := spool.New(t.TempDir())
		defer text.Close()
		if _, err := io.WriteString(text, strings.Repeat(line, 2)); err != nil {
			t.Fatal(err)
		}
		_, err := report.Read(text, report.Request{Options: options})
		return err
	}
	if err := read(50_000); err != nil {
		t.Errorf("50,000 columns: %v", err)
	}
	if err := read(50_001); err == nil || !strings.Contains(err.Error(), "has 50001 fields, more than the 50000 ") {
		t.Errorf("50,001 columns: %v", err)
	}
}

func TestAConfigurationFileHasNoMoreThan16MiB(t *testing.T) {
	// What was read is refused for the bytes in it, which is sooner done than reading it as YAML.
	for size, want := range map[int]string{16 << 20: "not valid UTF-8; save it as UTF-8", 16<<20 + 1: "is longer than 16MiB"} {
		path := filepath.Join(t.TempDir(), "statsig.yml")
		if err := os.WriteFile(path, bytes.Repeat([]byte{0xff}, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(path); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("a file of %d bytes: %v", size, err)
		}
	}
}

// failing is a transport that always fails in the same words.
type failing string

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New(string(f)) }

func TestTheTextOfAnErrorHasNoMoreThan500Characters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := statsig.NewClient(statsig.Options{
			BaseURL: &url.URL{Scheme: "https", Host: "api.example"}, Transport: failing(strings.Repeat("é ", 5000)),
		})
		poll, err := client.Begin(t.Context(), statsig.NewSecret("console-any"), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		defer poll.Close()
		now := time.Now()
		err = poll.Report(statsig.Window{End: now}, func(*statsig.Body) error { return nil })
		if err == nil || utf8.RuneCountInString(err.Error()) != 501 || !strings.HasSuffix(err.Error(), "…") {
			t.Errorf("the error has %d characters: %v", utf8.RuneCountInString(fmt.Sprint(err)), err)
		}
	})
}

func TestAStoreHoldsOneFileForEachProjectAndWindow(t *testing.T) {
	dir := t.TempDir()
	kept, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	save := func(project, window, text string) error {
		return kept.Save(store.Meta{Key: store.Key{Project: project, Window: window}}, strings.NewReader(text))
	}
	for i := range 20 {
		for _, project := range []string{"web", "app", "../web", strings.Repeat("long", 10_000)} {
			for _, window := range []string{"day", "month"} {
				if err := save(project, window, strings.Repeat("x\n", i*1000)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := save(strings.Repeat("x", 16<<20), "day", "x"); err == nil || !strings.Contains(err.Error(), "more than can be stored") {
		t.Errorf("a name of 16 MiB: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4*2+1 {
		t.Errorf("%d files, want 8 and the lock: %v %v", len(entries), entries, err)
	}
}
