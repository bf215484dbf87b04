//go:build faults

package faults_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// goodReport is served before a fault and laterReport after it; the sums of their values are goodTotal and
// laterTotal.
const (
	goodReport = "Event Name,Event Type,Billable Events,ds\n" +
		"checkout,custom,1200,2026-01-01\ncheckout,custom,300.5,2026-01-02\n" +
		"refund,custom,-12.25,2026-01-01\n\"sign-up, \"\"pro\"\" 日本\",exposure,9007199254740000,2026-01-02\n"
	laterReport = "Event Name,Event Type,Billable Events,ds\ncheckout,custom,77,2026-01-03\nsearch,exposure,5,2026-01-03\n"
	goodTotal   = 9007199254740000 + 1200 + 300.5 - 12.25
	laterTotal  = 82
)

// exchange is one request to the upstream that a fault answers.
type exchange struct {
	w       http.ResponseWriter
	r       *http.Request
	n       int    // of the faulty answers to this project, from 1
	project string // whose key was sent
	key     string // what was sent as the key
	self    string // the API's address
	other   string // another origin's, for this project
	done    chan struct{}

	raw net.Conn
}

func (x *exchange) end() {
	if x.raw != nil {
		x.raw.Close()
	}
}

// fill replaces KEY, SELF and OTHER in a text by the key that was sent and the addresses of the API and of another origin.
// All answers go through it but those that are encoded.
func (x *exchange) fill(text string) string {
	for name, value := range map[string]string{"KEY": x.key, "SELF": x.self, "OTHER": x.other} {
		text = strings.ReplaceAll(text, name, value)
	}
	return text
}

// csv answers with a whole report.
func (x *exchange) csv(report string) { x.reply(200, "text/csv", report) }

// reply answers properly, with a length.
func (x *exchange) reply(status int, kind, body string) { x.send(status, x.fill(kind), x.fill(body)) }

func (x *exchange) send(status int, kind, body string) {
	x.w.Header().Set("Content-Type", kind)
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	io.WriteString(x.w, body)
}

// encoded answers with a body that has a content encoding already.
func (x *exchange) encoded(status int, encoding, kind string, body []byte) {
	x.w.Header().Set("Content-Encoding", encoding)
	x.send(status, kind, string(body))
}

// answer answers properly.
func answer(status int, kind, body string) func(x *exchange) {
	return func(x *exchange) { x.reply(status, kind, body) }
}

// csv answers with a report, or what is sent instead.
func csv(text string) func(x *exchange) { return answer(200, "text/csv", text) }

// envelope answers with JSON.
func envelope(body string) func(x *exchange) { return answer(200, "application/json", body) }

// point answers with an envelope that names one address.
func point(to string) func(x *exchange) {
	return envelope(fmt.Sprintf(`{"message":"Report URL generated successfully","data":{"url":%q}}`, to))
}

// to redirects.
func to(status int, location string) func(x *exchange) {
	return func(x *exchange) {
		x.w.Header().Set("Location", x.fill(location))
		x.w.WriteHeader(status)
	}
}

// conn takes the connection over from the server. What is written to it is the answer, to the byte.
func (x *exchange) conn() net.Conn {
	if x.raw == nil {
		conn, _, err := x.w.(http.Hijacker).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		x.raw = conn
	}
	return x.raw
}

// say writes bytes as they are, and reports whether anybody still listens.
func (x *exchange) say(parts ...string) bool {
	for _, part := range parts {
		if _, err := io.WriteString(x.conn(), x.fill(part)); err != nil {
			return false
		}
	}
	return true
}

// raw answers with bytes as they are.
func raw(parts ...string) func(x *exchange) { return func(x *exchange) { x.say(parts...) } }

// stalled answers with bytes, and says nothing more until the client has gone.
func stalled(parts ...string) func(x *exchange) {
	return func(x *exchange) {
		x.say(parts...)
		x.stall()
	}
}

// endless answers with one text, and then with another for as long as anybody listens.
func endless(first, again string) func(x *exchange) {
	return func(x *exchange) {
		for x.say(first); x.say(again); {
		}
	}
}

// resets answers with bytes, which arrive, and resets the connection.
func resets(parts ...string) func(x *exchange) {
	return func(x *exchange) {
		x.say(parts...)
		x.wait(50 * time.Millisecond)
		x.reset()
	}
}

// header is the raw beginning of a 200, with further lines.
func header(lines ...string) string {
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n"
	for _, line := range lines {
		head += line + "\r\n"
	}
	return head + "\r\n"
}

// length is the header line of that name.
func length(n int) string { return "Content-Length: " + itoa(n) }

const chunked = "Transfer-Encoding: chunked"

// chunk frames a part of a chunked body.
func chunk(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }

// reset ends the connection with a TCP reset.
func (x *exchange) reset() { reset(x.conn()) }

func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	conn.Close()
}

// wait waits, or returns false once the client has gone or the test is over.
func (x *exchange) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.r.Context().Done():
	case <-x.done:
	}
	return false
}

// stall says nothing more until the client has gone.
func (x *exchange) stall() {
	if x.raw != nil {
		_, _ = io.Copy(io.Discard, x.raw)
		return
	}
	x.wait(time.Hour)
}

// drip sends a text in small parts.
func (x *exchange) drip(text string, size int, every time.Duration) {
	for len(text) > 0 {
		n := min(size, len(text))
		if !x.say(text[:n]) || !x.wait(every) {
			return
		}
		text = text[n:]
	}
}

// squeeze compresses.
func squeeze(s string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	io.WriteString(w, s)
	w.Close()
	return out.Bytes()
}

func itoa(n int) string { return strconv.Itoa(n) }
