//go:build faults

package faults_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// TestHTTP2ServersThatWouldHangTheClient lets polls go on, whatever becomes of a connection.
func TestHTTP2ServersThatWouldHangTheClient(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(c net.Conn, in *bufio.Reader){
		// After two updates the window overflows, and Go's client waits for itself.
		"a window that overflows": func(c net.Conn, in *bufio.Reader) {
			for {
				head := make([]byte, 9)
				if _, err := io.ReadFull(in, head); err != nil {
					return
				}
				_, _ = in.Discard(int(head[1])<<8 + int(head[2]))
				if head[8] == 1 {
					update := []byte{0, 0, 4, 8, 0, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff} // WINDOW_UPDATE
					c.Write(append(update, update...))
				}
			}
		},
		"a flood of pings whose answers nobody reads": func(c net.Conn, _ *bufio.Reader) {
			ping := []byte{0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}
			for {
				if _, err := c.Write(bytes.Repeat(ping, 1000)); err != nil {
					return
				}
			}
		},
		"no streams allowed": func(c net.Conn, in *bufio.Reader) {
			c.Write([]byte{0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0}) // SETTINGS_MAX_CONCURRENT_STREAMS
			_, _ = io.Copy(io.Discard, in)
		},
		// Only another connection helps, and nothing is wrong with this one.
		"streams that nobody answers": func(_ net.Conn, in *bufio.Reader) { _, _ = io.Copy(io.Discard, in) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWalk(t, scenario{secure: true, timeout: brief, patience: 40 * time.Second}) // before pings would show it
			w.api = `http_client: {enable_http2: true, tls_config: {ca: "` + strings.ReplaceAll(trusted().pem(), "\n", `\n`) + `"}}`
			w.exporter = start(t, w.config())
			w.serveGood(t)
			w.upstream.set(phase{conn: func(conn net.Conn) {
				settings := goodTLS()
				settings.NextProtos = []string{"h2"}
				c := tls.Server(conn, settings)
				in := bufio.NewReader(c)
				c.Write([]byte{0, 0, 0, 4, 0, 0, 0, 0, 0}) // SETTINGS
				_, _ = in.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
				spoil(c, in)
			}})
			eventually(t, func() error { return wantAtLeast(w.exporter.scrape(t).polls("web", timedOut), 2) })
			if m := w.exporter.scrape(t); m.usage() != w.before.usage() {
				t.Errorf("usage changed:\n%s", m.usage())
			}
			w.recover(t)
		})
	}
}

// TestBadRequests has the three meanings of a 400.
func TestBadRequests(t *testing.T) {
	say := func(message string) func(x *exchange) {
		return answer(400, "application/json", `{"status":400,`+message+`}`)
	}
	runAll(t, []scenario{
		{name: "a window that begins before the project", want: success, serve: func(x *exchange) {
			start, _ := strconv.ParseInt(x.r.URL.Query().Get("start"), 10, 64)
			end, _ := strconv.ParseInt(x.r.URL.Query().Get("end"), 10, 64)
			created := end - int64(time.Hour/time.Millisecond)
			if start < created {
				say(fmt.Sprintf(`"message":"start: %d, is before project creation: %d"`, start, created))(x)
				return
			}
			x.csv(goodReport)
		}},
		{
			name: "a window that ends before the project", want: noData, says: "before project creation",
			serve: say(`"message":"start: 0, is before project creation: 99999999999999"`),
		},
		{
			name: "a refused request", want: upstreamError, says: "Bad Request Exception; end: Value should be greater than 0",
			serve: say(`"message":"Bad Request Exception","errors":[{"property":"end","errorMessage":"Value should be greater than 0"}]`),
		},
		{name: "no data", want: noData, says: "Data is not available", serve: say(`"message":"Data is not available"`)},
	})
}

// TestTheKeysOfOthers answers a project with another project's key, and with one from before a rotation.
func TestTheKeysOfOthers(t *testing.T) {
	t.Parallel()
	w := newWalk(t, scenario{projects: []string{"web", "app"}})
	former := "console-faults-0123456789abcdef"
	w.upstream.keys[former] = "former"
	key := &keyDir{dir: t.TempDir()}
	key.write(t, former)
	w.exporter = start(t, strings.Replace(w.config(), "api_key: "+w.keys[1], fmt.Sprintf("api_key_file: %q", key.file()), 1))
	w.settled(t, "web", success)
	w.settled(t, "app", success)
	key.write(t, w.keys[1])
	eventually(t, func() error { return wantAtLeast(w.asked("app"), 1) })
	for n, other := range []string{former, w.keys[1]} {
		w.upstream.set(phase{serve: func(x *exchange) {
			if x.project == "app" {
				x.csv(goodReport)
				return
			}
			x.reply(499-n, "text/plain", "not with "+other[15:])
		}})
		says := fmt.Sprintf("status %d: (text withheld)", 499-n)
		eventually(t, func() error {
			if page := w.exporter.mustGet(t, "/", ""); !strings.Contains(page, says) {
				return errors.New(harness.Cut(page, 2000))
			}
			return nil
		})
	}
	w.upstream.set(phase{serve: func(x *exchange) {
		x.csv(goodReport + w.keys[(slices.Index(w.keys, x.key)+1)%2] + ",custom,1,2026-01-01\n")
	}})
	w.settled(t, "web", invalidReport)
	w.settled(t, "app", invalidReport)
	w.keys = append(w.keys, former)
	w.keepsTheKeyAnywhere(t)
}
