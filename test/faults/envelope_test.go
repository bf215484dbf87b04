//go:build faults

package faults_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestEnvelopes(t *testing.T) {
	// An envelope that points into the API, and what is answered there.
	then := func(address string, next func(x *exchange)) func(x *exchange) {
		return func(x *exchange) {
			if !strings.Contains(x.r.URL.Path, "usage_billing") {
				next(x)
				return
			}
			point(address)(x)
		}
	}
	runAll(t, []scenario{
		{name: "to another origin", want: success, reached: true, serve: point("OTHER/report")},
		{name: "with an array of one", want: success, reached: true, serve: envelope(`{"data":[{"url":"OTHER/report"}]}`)},
		{name: "to the API itself", want: success, serve: then("SELF/stored.csv", csv(goodReport))},
		{name: "with a relative address", want: success, serve: then("/stored", csv(goodReport))},
		{name: "to another origin that fails", want: upstreamError, reached: true, says: "status 500", serve: point("OTHER/echo")},
		{name: "to another origin that answers 401", want: upstreamError, reached: true, serve: point("OTHER/401")},
		{name: "to another origin that answers 403", want: upstreamError, reached: true, serve: point("OTHER/403")},
		{name: "to another origin that answers 400", want: upstreamError, reached: true, serve: point("OTHER/400")},
		{name: "to another origin that shows a page", want: invalidReport, reached: true, serve: point("OTHER/html")},
		{name: "to another origin that is cut off", want: networkError, reached: true, serve: point("OTHER/cut")},
		{name: "to another origin that answers with an envelope", want: invalidReport, reached: true, serve: point("OTHER/envelope")},
		{name: "to another origin that loops", want: upstreamError, reached: true, serve: point("OTHER/loop")},
		{name: "to the API that answers 401", want: upstreamError, serve: then("SELF/stored.csv", answer(401, "text/plain", "KEY"))},
		{name: "in an envelope", want: invalidReport, says: "envelope", serve: point("SELF/again")},
		{name: "to another origin and back", want: upstreamError, reached: true, alone: true, serve: func(x *exchange) {
			if x.key == "" {
				x.reply(401, "text/plain", "no key")
				return
			}
			point("OTHER/back?back=SELF/again")(x)
		}},
		{name: "file", want: invalidReport, says: "file", serve: point("file:///etc/passwd")},
		{name: "javascript", want: invalidReport, serve: point("javascript:alert(1)")},
		{name: "data", want: invalidReport, serve: point("data:text/csv,a,b%0A1,2")},
		{name: "ftp", want: invalidReport, serve: point("ftp://127.0.0.1/report.csv")},
		{name: "gopher", want: invalidReport, serve: point("gopher://127.0.0.1:25/_HELO")},
		{name: "no scheme at all", want: invalidReport, serve: point("://")},
		{name: "a host that is empty", want: invalidReport, says: "names no host", serve: point("http:///report.csv")},
		{name: "a port out of range", want: networkError, or: invalidReport, serve: point("http://127.0.0.1:99999/report.csv")},
		{name: "userinfo", want: invalidReport, says: "user name", serve: point("http://user:KEY@127.0.0.1:1/report.csv")},
		{name: "the key in the address", want: invalidReport, says: "quotes a secret", serve: point("OTHER/report?token=KEY")},
		{
			name: "the key in the address, escaped", want: invalidReport,
			serve: func(x *exchange) { point("OTHER/report?token=" + percent(x.key))(x) },
		},
		{name: "no address", want: invalidReport, says: "it has no data.url", serve: envelope(`{"message":"KEY"}`)},
		{name: "an empty address", want: invalidReport, serve: envelope(`{"data":{"url":""}}`)},
		{name: "an empty array", want: invalidReport, serve: envelope(`{"data":[]}`)},
		{name: "an array of two", want: invalidReport, says: "names 2 reports", serve: envelope(`{"data":[{"url":"OTHER/report"},{"url":"OTHER/report"}]}`)},
		{name: "null", want: invalidReport, serve: envelope(`{"data":null}`)},
		{name: "a number for an address", want: invalidReport, serve: envelope(`{"data":{"url":42}}`)},
		{
			name: "an error in a 200", want: invalidReport, says: "it has no data.url; its message: an invalid key was sent.",
			serve: envelope(`{"status":401,"message":"an invalid key was sent. Key: KEY"}`),
		},
		{name: "JSON that breaks off", want: invalidReport, serve: envelope(`{"data":{"url":"OTHER/rep`)},
		{name: "JSON with more behind it", want: invalidReport, serve: envelope(`{"data":{"url":"OTHER/report"}} {"data":1} KEY`)},
		{name: "JSON that is short", want: networkError, serve: raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", length(100), "\r\n\r\n", `{"data":`)},
		{name: "JSON of a depth of 100,000", want: invalidReport, serve: envelope(`{"data":` + strings.Repeat("[", 100000) + strings.Repeat("]", 100000) + "}")},
		{
			name: "JSON of 3 MiB", want: invalidReport, says: "envelope is larger",
			serve: envelope(`{"data":{"url":"OTHER/report"},"more":"` + strings.Repeat("x", 3<<20) + `"}`),
		},
		{
			name: "endless JSON", want: invalidReport, says: "envelope is larger",
			serve: endless("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[1", strings.Repeat(",1", 1<<14)),
		},
		{
			name: "JSON with a report for content", want: invalidReport, says: "neither a CSV report nor a JSON envelope",
			serve: envelope(goodReport),
		},
		{name: "http from https", want: invalidReport, secure: true, says: "not https", serve: point("http://127.0.0.1:1/report")},
		{name: "https to https", want: success, secure: true, reached: true, serve: point("OTHER/report")},
	})
}

func percent(s string) string {
	out := ""
	for i := range len(s) {
		out += fmt.Sprintf("%%%02x", s[i])
	}
	return out
}

func TestRedirects(t *testing.T) {
	steps := func(most int) func(x *exchange) { // /1, /2, … and then a report
		return func(x *exchange) {
			var at int
			_, _ = fmt.Sscanf(x.r.URL.Path, "/%d", &at)
			if at == most {
				x.csv(goodReport)
				return
			}
			to(302, fmt.Sprintf("/%d", at+1))(x)
		}
	}
	runAll(t, []scenario{
		{name: "301 to another origin", want: success, reached: true, serve: to(301, "OTHER/report")},
		{name: "302 to another origin", want: success, reached: true, serve: to(302, "OTHER/report")},
		{name: "303 to another origin", want: success, reached: true, serve: to(303, "OTHER/report")},
		{name: "307 to another origin", want: success, reached: true, serve: to(307, "OTHER/report")},
		{name: "308 without a scheme", want: success, reached: true, serve: func(x *exchange) {
			to(308, strings.TrimPrefix(x.other, "http:")+"/report")(x)
		}},
		{name: "to another origin that fails and echoes", want: upstreamError, reached: true, serve: to(302, "OTHER/echo")},
		{name: "to another origin that answers 401", want: upstreamError, reached: true, serve: to(302, "OTHER/401")},
		{name: "to another origin that answers 429", want: rateLimited, reached: true, serve: to(302, "OTHER/429")},
		{name: "to another origin that shows a sign-in page", want: invalidReport, reached: true, serve: to(302, "OTHER/html")},
		{name: "to another origin and back", want: upstreamError, reached: true, alone: true, serve: func(x *exchange) {
			if x.key == "" {
				x.reply(403, "text/plain", "no key")
				return
			}
			to(302, "OTHER/back?back=SELF/again")(x)
		}},
		{name: "three in the API", want: success, serve: steps(3)},
		{name: "four in the API", want: upstreamError, says: "more than 3 redirects", serve: steps(4)},
		{name: "to itself", want: upstreamError, polls: 1, serve: func(x *exchange) { to(302, x.r.URL.String())(x) }},
		{name: "a loop on another origin", want: upstreamError, reached: true, serve: to(302, "OTHER/loop")},
		{name: "without a Location", want: upstreamError, says: "without a Location", polls: 2, serve: func(x *exchange) { x.w.WriteHeader(302) }},
		{name: "to a file", want: upstreamError, polls: 2, serve: to(302, "file:///etc/passwd")},
		{name: "to javascript", want: upstreamError, serve: to(302, "javascript:alert(1)")},
		{name: "with userinfo", want: upstreamError, says: "user name", serve: to(302, "http://user:KEY@127.0.0.1:1/")},
		{name: "with the key in it", want: upstreamError, says: "quotes a secret", serve: to(307, "OTHER/report?key=KEY")},
		{name: "with a fragment of the key", want: success, or: upstreamError, reached: true, serve: to(307, "OTHER/report#KEY")},
		{name: "with a Location of 100 KB", want: upstreamError, or: success, serve: to(302, "OTHER/"+strings.Repeat("a", 100000))},
		{name: "with a Location that does not parse", want: upstreamError, says: "cannot be parsed", serve: to(302, "http://[::1")},
		{name: "to http from https", want: upstreamError, secure: true, says: "not https", serve: to(302, "http://127.0.0.1:1/report")},
		{name: "to another https origin", want: success, secure: true, reached: true, serve: to(302, "OTHER/report")},
		{name: "to another scheme in capitals", want: upstreamError, serve: to(302, "FILE:///etc/passwd")},
	})
}
