//go:build faults

package faults_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestTLS(t *testing.T) {
	speak := func(answer string) func(conn net.Conn) {
		return func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			io.WriteString(conn, answer)
		}
	}
	runAll(t, []scenario{
		{name: "a good report over TLS", want: success, secure: true, serve: csv(goodReport)},
		{name: "a certificate of an unknown authority", want: networkError, secure: true, says: "certificate", tls: showing(newAuthority().sign(nil))},
		{name: "a certificate for another name", want: networkError, secure: true, says: "certificate", tls: showing(trusted().sign(func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames = nil, []string{"statsigapi.example"}
		}))},
		{name: "an expired certificate", want: networkError, secure: true, says: "expired", tls: showing(trusted().sign(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-3*time.Hour), time.Now().Add(-time.Hour)
		}))},
		{name: "a certificate of the future", want: networkError, secure: true, tls: showing(trusted().sign(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(time.Hour), time.Now().Add(3*time.Hour)
		}))},
		{name: "a server that wants a client certificate", want: networkError, secure: true, tls: func(c *tls.Config) *tls.Config {
			c.ClientAuth = tls.RequireAnyClientCert
			return c
		}},
		{name: "a server that knows only TLS 1.0", want: networkError, secure: true, tls: func(c *tls.Config) *tls.Config {
			c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
			return c
		}},
		{name: "plain HTTP on the TLS port", want: networkError, secure: true, conn: speak(header(length(5)) + "a,b\n1")},
		{
			name: "plain HTTP with a redirect on the TLS port", want: networkError, secure: true,
			conn: speak("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n"),
		},
		{name: "a TLS alert", want: networkError, secure: true, conn: speak("\x15\x03\x03\x00\x02\x02\x28")},
		{name: "noise on the TLS port", want: networkError, secure: true, conn: speak("\x16\x03\x03\xff\xff\x02\x00\x00" + strings.Repeat("z", 9999))},
		{name: "a handshake that stalls", want: timedOut, timeout: brief, secure: true, polls: 2, conn: hold},
		{name: "a reset in the handshake", want: networkError, secure: true, conn: func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 64))
			reset(conn)
		}},
		{name: "a body that ends without TLS saying so", want: networkError, secure: true, serve: func(x *exchange) {
			x.say(header(length(len(goodReport))), goodReport[:30])
			x.raw.(*tls.Conn).NetConn().Close()
		}},
		{name: "a body without a length that ends without TLS saying so", want: networkError, secure: true, serve: func(x *exchange) {
			x.say(header(), goodReport)
			x.raw.(*tls.Conn).NetConn().Close()
		}},
	})
}

// TestProxy has the API behind a proxy that works at first. The proxy is told where to go, and nothing else.
func TestProxy(t *testing.T) {
	t.Parallel()
	refuse := func(answer string) func(net.Conn) { return func(conn net.Conn) { io.WriteString(conn, answer) } }
	for name, fault := range map[string]func(net.Conn){
		"that answers 502":      refuse("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad"),
		"that wants a password": refuse("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n"),
		"that hangs up":         refuse(""),
		"that speaks nonsense":  refuse("SSH-2.0-OpenSSH\r\n"),
		"with an endless header": func(conn net.Conn) {
			var err error
			for io.WriteString(conn, "HTTP/1.1 200 OK\r\n"); err == nil; {
				_, err = io.WriteString(conn, "X: "+strings.Repeat("x", 4096)+"\r\n")
			}
		},
		"that connects elsewhere": refuse("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\na,b\n1,2"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, broken := newProxy(t, fault)
			w := newWalk(t, scenario{
				want: networkError, secure: true, timeout: "60s", serve: csv(goodReport),
			})
			w.api = `http_client: {proxy_url: "http://` + proxy.Addr().String() + `", tls_config: {ca: "` + strings.ReplaceAll(trusted().pem(), "\n", `\n`) + `"}}`
			w.exporter = start(t, w.config())
			w.serveGood(t)
			broken.Store(true)
			before := len(w.upstream.seen())
			w.before = w.exporter.scrape(t)
			eventually(t, func() error {
				return wantAtLeast(w.exporter.scrape(t).polls("web", networkError), 1)
			})
			if m := w.exporter.scrape(t); m.usage() != w.before.usage() || m.of("statsig_up", "web") != 0 {
				t.Errorf("usage changed, or statsig_up is not 0:\n%s", m.usage())
			}
			if len(w.upstream.seen()) > before+1 {
				t.Error("the API was reached behind the back of the proxy")
			}
			w.keepsTheKeyAnywhere(t)
			broken.Store(false)
			w.recover(t)
			w.leavesNothing(t)
		})
	}
}

func TestAProxyThatRefusesIsNamedAndAskedOnce(t *testing.T) {
	t.Parallel()
	const password = "proxy-password-0123456789"
	var asked atomic.Int32
	proxy, broken := newProxy(t, func(conn net.Conn) {
		asked.Add(1)
		io.WriteString(conn, "HTTP/1.1 407 "+password+"\r\nProxy-Authenticate: Basic realm="+password+"\r\n\r\nnot me:"+password)
	})
	broken.Store(true)
	w := newWalk(t, scenario{secure: true, says: "proxy " + proxy.Addr().String() + " answered 407"})
	w.api = `http_client: {proxy_url: "http://me:` + password + `@` + proxy.Addr().String() + `"}`
	w.keys = append(w.keys, password)
	w.exporter = start(t, hourly(w.config()))
	w.settled(t, "web", networkError)
	if n := asked.Load(); n != 1 {
		t.Errorf("the proxy was asked %d times in one poll", n)
	}
	w.tells(t, "web", w.exporter.mustGet(t, "/", ""))
	w.keepsTheKeyAnywhere(t)
}

// newProxy starts an HTTP proxy that connects as it is asked to, unless it is broken. It fails the test if it is shown
// a key.
func newProxy(t *testing.T, fault func(net.Conn)) (net.Listener, *atomic.Bool) {
	t.Helper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	broken := &atomic.Bool{}
	server := &http.Server{ErrorLog: silent(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || len(r.Header.Values("STATSIG-API-KEY")) > 0 {
			t.Errorf("the proxy was sent %s with %v", r.Method, r.Header)
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		if broken.Load() {
			fault(conn)
			return
		}
		there, err := net.Dial("tcp", r.Host)
		if err != nil {
			return
		}
		defer there.Close()
		io.WriteString(conn, "HTTP/1.1 200 Connected\r\n\r\n")
		go func() {
			_, _ = io.Copy(there, conn)
			there.Close()
		}()
		_, _ = io.Copy(conn, there)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	return listener, broken
}
