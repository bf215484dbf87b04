//go:build faults

package faults_test

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestEveryStatus has other bodies for each status. In full mode, these are not only the statuses that have a name.
func TestEveryStatus(t *testing.T) {
	results := map[int]string{400: noData, 401: unauthorized, 403: forbidden, 429: rateLimited}
	var scenarios []scenario
	for status := 201; status < 600; status++ {
		if status == http.StatusNoContent || http.StatusText(status) == "" && !isFull() {
			continue // 204 is among the refusals
		}
		scenarios = append(scenarios, scenario{
			name: "status " + itoa(status), want: cmp.Or(results[status], upstreamError), serve: func(x *exchange) { odd(x, status) },
		})
	}
	runAll(t, scenarios)
}

// odd answers with a status and a body that is odd in one of many ways.
func odd(x *exchange, status int) {
	x.w.Header().Set("X-Key", x.key)
	bodiless := status == http.StatusNoContent || status == http.StatusNotModified
	switch how := (status + x.n) % 12; {
	case bodiless || how == 0:
		x.w.WriteHeader(status)
	case how == 1:
		x.reply(status, "text/html", "<html><title>Error for KEY</title><body>KEY</body></html>")
	case how == 2:
		x.reply(status, "application/json", fmt.Sprintf(`{"status":%d,"message":"an invalid key was sent. Key: KEY"}`, status))
	case how == 3:
		x.reply(status, "text/csv", goodReport)
	case how == 4:
		x.reply(status, "application/octet-stream", strings.Repeat("\x00\xff\x1b[31m", 1<<14))
	case how == 5:
		x.encoded(status, "gzip", "text/plain", []byte("not gzip "+x.key))
	case how == 6:
		x.encoded(status, "gzip", "text/plain", squeeze("gzip "+x.key))
	case how == 7:
		x.say(fmt.Sprintf("HTTP/1.1 %d Odd KEY\r\nContent-Length: 1000\r\n\r\nshort KEY", status))
	case how == 8:
		x.say(fmt.Sprintf("HTTP/1.1 %d Odd\r\n%s\r\n\r\nzz\r\nno chunk", status, chunked))
	case how == 9:
		endless(fmt.Sprintf("HTTP/1.1 %d\r\nConnection: close\r\n\r\n", status), strings.Repeat("endless ", 1<<12))(x)
	case how == 10:
		x.reply(status, "application/json", `{"error":{"message":"`+strings.Repeat(`\u0063onsole-`, 2000)+`KEY"}}`)
	default:
		x.reply(status, "text/plain", strings.Repeat("a", 8<<10-10)+"KEY")
	}
}

func TestRefusals(t *testing.T) {
	says := func(status int, body string) func(x *exchange) { return answer(status, "application/json", body) }
	after := func(status int, value string) func(x *exchange) {
		return func(x *exchange) {
			x.w.Header().Set("Retry-After", x.fill(value))
			x.reply(status, "text/plain", "slow down, KEY")
		}
	}
	in := func(d time.Duration) func(x *exchange) { // a date
		return func(x *exchange) { after(429, time.Now().Add(d).UTC().Format(http.TimeFormat))(x) }
	}
	runAll(t, []scenario{
		{name: "204 without a report", want: upstreamError, or: noData, serve: func(x *exchange) { x.w.WriteHeader(204) }},
		{name: "400 data is not available", want: noData, polls: 3, says: "status 400", serve: says(400, `{"status":400,"message":"Invalid request. KEY"}`)},
		{
			name: "401 that echoes the key", want: unauthorized, polls: 3, says: "status 401",
			serve: says(401, `{"status":401,"message":"an invalid key was sent. Key: KEY"}`),
		},
		{name: "403", want: forbidden, polls: 3, says: "status 403", serve: says(403, `{"status":403,"message":"Forbidden resource"}`)},
		{
			name: "404 in HTML", want: upstreamError, polls: 3, says: "status 404",
			serve: answer(404, "text/html", "<html><head><title>Not <b>found</b></title>"),
		},
		{name: "a storm of 503", want: upstreamError, polls: 2, says: "status 503", serve: says(503, `upstream connect error`)},
		{name: "503 twice and then a report", want: success, serve: func(x *exchange) {
			if x.n < 3 {
				x.reply(503, "text/plain", "busy")
				return
			}
			x.csv(goodReport)
		}},
		{name: "503 with Retry-After", want: upstreamError, serve: after(503, "1")},
		{name: "429 without Retry-After", want: rateLimited, says: "status 429", serve: says(429, `{"message":"Too Many Requests"}`)},
		{name: "429 with Retry-After within the poll", want: rateLimited, serve: after(429, "1")},
		{name: "429 with Retry-After past the poll", want: rateLimited, timeout: brief, serve: after(429, "8"), check: pause(8 * time.Second)},
		{name: "429 with a date", want: rateLimited, timeout: brief, serve: in(9 * time.Second), check: pause(8 * time.Second)},
		{name: "429 with a date in the past", want: rateLimited, serve: in(-time.Hour)},
		{name: "429 with Retry-After 0", want: rateLimited, serve: after(429, "0")},
		{name: "429 with a negative Retry-After", want: rateLimited, serve: after(429, "-30")},
		{name: "429 with a Retry-After of words", want: rateLimited, serve: after(429, "soon, KEY")},
		{name: "429 with an absurd Retry-After", want: rateLimited, stays: true, serve: after(429, strings.Repeat("9", 400)), check: nextInAnHour},
		{name: "429 with a date in another age", want: rateLimited, stays: true, serve: after(429, "Fri, 31 Dec 9999 23:59:59 GMT"), check: nextInAnHour},
		{name: "503 with an absurd Retry-After", want: upstreamError, stays: true, serve: after(503, "99999999"), check: nextInAnHour},
	})
}

// quiet wants the API to be left alone for a while.
func quiet(d time.Duration) func(t *testing.T, w *walk) {
	return func(t *testing.T, w *walk) {
		t.Helper()
		before := len(w.upstream.seen())
		timer := time.NewTimer(d)
		defer timer.Stop()
		<-timer.C // nothing can be waited for where nothing is to happen
		if asked := len(w.upstream.seen()) - before; asked > 0 {
			t.Errorf("the API was asked %d times within %s although it wants a longer pause", asked, d)
		}
	}
}

// pause wants a pause between the first answer of the fault and the next request.
func pause(least time.Duration) func(t *testing.T, w *walk) {
	return func(t *testing.T, w *walk) {
		t.Helper()
		first := w.upstream.goodAnswers("web")
		eventually(t, func() error { return wantAtLeast(len(w.upstream.seen()), first+2) })
		if seen := w.upstream.seen(); seen[first+1].at.Sub(seen[first].at) < least {
			t.Errorf("the API was asked at %s and again at %s, although it wants a pause of %s", seen[first].at, seen[first+1].at, least)
		}
	}
}

// nextInAnHour wants the longest pause that a poll_interval of 1s allows, and no longer one.
func nextInAnHour(t *testing.T, w *walk) {
	t.Helper()
	next := w.exporter.scrape(t).of("statsig_exporter_poll_next_timestamp_seconds", "web")
	if left := time.Until(time.Unix(int64(next), 0)); left < 59*time.Minute || left > 61*time.Minute {
		t.Errorf("the next poll is due in %s, want an hour", left)
	}
	quiet(2*time.Second)(t, w)
}
