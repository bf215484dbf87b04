//go:build faults

package faults_test

import (
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"
)

func TestTransport(t *testing.T) {
	half := goodReport[:len(goodReport)/2]
	runAll(t, []scenario{
		{name: "latency below the timeout", want: success, serve: func(x *exchange) { x.wait(1500 * time.Millisecond); x.csv(goodReport) }},
		{name: "jitter between the bytes", want: success, serve: func(x *exchange) {
			x.say(header(length(len(goodReport))))
			for i := range len(goodReport) {
				x.say(goodReport[i : i+1])
				x.wait(time.Duration(rand.IntN(8)) * time.Millisecond)
			}
		}},
		{name: "slow close of a body with a length", want: success, serve: stalled(header(length(len(goodReport))), goodReport)},
		{name: "slow close of a body without a length", want: success, serve: func(x *exchange) {
			x.say(header(), goodReport)
			x.wait(1500 * time.Millisecond)
		}},
		{name: "a body without a length that is never closed", want: timedOut, timeout: brief, polls: 2, serve: stalled(header(), goodReport)},
		{
			name: "an answer slower than poll_timeout", want: timedOut, timeout: brief, polls: 2, says: "timed out",
			serve: func(x *exchange) { x.wait(8 * time.Second); x.csv(goodReport) },
		},
		{name: "a stall before the header", want: timedOut, timeout: brief, polls: 2, serve: (*exchange).stall},
		{name: "a stall within the header", want: timedOut, timeout: brief, polls: 2, serve: stalled("HTTP/1.1 200 OK\r\nContent-Ty")},
		{name: "a stall after the header", want: timedOut, timeout: brief, polls: 2, serve: stalled(header(length(len(goodReport))))},
		{name: "a stall in mid-body", want: timedOut, timeout: brief, polls: 2, serve: stalled(header(length(len(goodReport))), half)},
		{name: "a stall in the last byte of a chunked body", want: timedOut, timeout: brief, serve: stalled(header(chunked), chunk(goodReport), "0\r\n\r")},
		{
			name: "a stall of an error's body", want: timedOut, or: upstreamError, timeout: brief,
			serve: stalled("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 9999\r\n\r\nhalf a mess"),
		},
		{name: "five bytes a second", want: timedOut, timeout: brief, serve: func(x *exchange) {
			x.say(header(length(len(goodReport))))
			x.drip(goodReport, 1, 200*time.Millisecond)
		}},
		{name: "a header of ten bytes a second", want: timedOut, timeout: brief, serve: func(x *exchange) {
			x.drip(header(length(len(goodReport))), 1, 100*time.Millisecond)
		}},
		{name: "a bandwidth that is just enough", want: success, serve: func(x *exchange) {
			x.say(header(length(len(goodReport))))
			x.drip(goodReport, 10, 50*time.Millisecond)
		}},
		{name: "reset before the header", want: networkError, says: "reset by peer", serve: (*exchange).reset},
		{name: "reset within the header", want: networkError, serve: resets("HTTP/1.1 20")},
		{name: "reset in mid-body", want: networkError, serve: resets(header(length(len(goodReport))), half)},
		{name: "reset after a whole body without a length", want: networkError, serve: resets(header(), goodReport)},
		{name: "reset on accept", want: networkError, conn: reset},
		{name: "closed on accept", want: networkError, conn: func(conn net.Conn) { conn.Close() }},
		{name: "closed before the header", want: networkError, says: "EOF", serve: func(x *exchange) { x.conn() }},
		{name: "never answered after accept", want: timedOut, timeout: brief, polls: 2, conn: hold},
		{name: "connection refused", want: networkError, says: "connection refused", down: true},
		{name: "an answer before the request", want: success, or: networkError, conn: func(conn net.Conn) {
			conn.Write([]byte(header(length(len(goodReport))) + goodReport))
			_, _ = conn.Read(make([]byte, 4096))
		}},
		{name: "an answer before the request is read", want: success, conn: func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 1))
			conn.Write([]byte(header(length(len(goodReport))) + goodReport))
			_, _ = conn.Read(make([]byte, 4096))
		}},
		{name: "something else than HTTP", want: networkError, conn: func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			conn.Write([]byte("220 mail.example ESMTP ready\r\n"))
		}},
		{name: "binary noise for a header", want: networkError, conn: func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			conn.Write([]byte("\x00\xff\x16\x03\x01\x02\x00\r\n\r\n"))
		}},
		{name: "one good attempt after three cut off ones", want: success, polls: 1, serve: func(x *exchange) {
			if x.n < 4 {
				x.say(header(length(len(goodReport))), half)
				return
			}
			x.csv(goodReport)
		}},
		{
			name: "a host that does not resolve", want: networkError, says: "reports.invalid",
			serve: to(302, "http://reports.invalid/report.csv"),
		},
	})
}

// hold keeps a connection open and silent until the other side has gone.
func hold(conn net.Conn) {
	buffer := make([]byte, 4096)
	for {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
	}
}

func TestHeaders(t *testing.T) {
	body := length(len(goodReport)) + "\r\nConnection: close\r\n\r\n" + goodReport
	const hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	runAll(t, []scenario{
		{name: "endless headers", want: networkError, timeout: "60s", serve: endless("HTTP/1.1 200 OK\r\n", strings.Repeat("X-More: "+strings.Repeat("and more ", 20)+"\r\n", 100))},
		{name: "one header of 2 MiB", want: networkError, serve: raw("HTTP/1.1 200 OK\r\nX-Big: ", strings.Repeat("a", 2<<20), "\r\n", body)},
		{name: "one header of 200 KiB", want: success, serve: raw("HTTP/1.1 200 OK\r\nX-Big: ", strings.Repeat("a", 200<<10), "\r\n", body)},
		{name: "a status line without end", want: networkError, serve: endless("HTTP/1.1 200 ", strings.Repeat("O", 64<<10))},
		{name: "a few 1xx answers", want: success, serve: raw(strings.Repeat(hint, 3), "HTTP/1.1 200 OK\r\n", body)},
		{name: "a storm of 1xx answers", want: networkError, timeout: "60s", serve: endless("", strings.Repeat(hint, 100))},
		{name: "100 Continue that nobody asked for", want: success, serve: raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", body)},
		{
			name: "101 Switching Protocols", want: upstreamError, says: "status 101",
			serve: stalled("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
		},
		{name: "status 0", want: networkError, or: upstreamError, serve: raw("HTTP/1.1 000 None\r\n", body)},
		{name: "status 999", want: upstreamError, serve: raw("HTTP/1.1 999 Denied\r\n", body)},
		{name: "HTTP/1.0", want: success, serve: raw("HTTP/1.0 200 OK\r\n", body)},
		{name: "a protocol that does not exist", want: success, or: networkError, serve: raw("HTTP/3.7 200 OK\r\n", body)},
		{name: "two different lengths", want: networkError, serve: raw(header(length(10), length(20)), goodReport)},
		{name: "a negative length", want: networkError, serve: raw(header("Content-Length: -5"), goodReport)},
		{name: "a length that is no number", want: networkError, serve: raw(header("Content-Length: many"), goodReport)},
		{name: "a header without a colon", want: networkError, serve: raw(header("nonsense"), goodReport)},
		{name: "headers with NUL and high bytes", want: networkError, or: success, serve: raw(header("X-Odd: a\x00b\xff", length(len(goodReport))), goodReport)},
	})
}
