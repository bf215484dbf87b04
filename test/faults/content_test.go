//go:build faults

package faults_test

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// wide is UTF-16 with a byte order mark.
func wide(s string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

func TestPagesInsteadOfReports(t *testing.T) {
	runAll(t, []scenario{
		{name: "HTML", want: invalidReport, polls: 2, says: "text/html", serve: answer(200, "text/html; charset=utf-8", "<html><title>KEY</title></html>")},
		{name: "HTML that says it is CSV", want: invalidReport, serve: csv("\n <!DOCTYPE html><title>Sign in, KEY</title>\n")},
		{name: "XML", want: invalidReport, serve: csv(`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`)},
		{name: "PDF by its type", want: invalidReport, serve: answer(200, "application/pdf", goodReport)},
		{name: "an image by its type", want: invalidReport, serve: answer(200, "image/png", goodReport)},
		{name: "multipart by its type", want: invalidReport, serve: answer(200, "multipart/mixed; boundary=x", goodReport)},
		{name: "a report that says it is HTML", want: invalidReport, serve: answer(200, "text/html", goodReport)},
		{name: "a report of an unknown type", want: success, serve: answer(200, "application/x-whatever", goodReport)},
		{name: "a report of a type that is garbage", want: success, serve: answer(200, ";;=\xff", goodReport)},
		{name: "a report that says it is plain text", want: success, serve: answer(200, "text/plain; charset=latin-1", goodReport)},
		{name: "one line of text", want: invalidReport, says: "one line of one field", serve: answer(200, "text/plain", "Internal Server Error")},
		{name: "one line of text with a newline", want: invalidReport, serve: answer(200, "text/csv", "Service temporarily unavailable.\n")},
		{name: "one line with the key", want: invalidReport, serve: csv("invalid key KEY")},
		{name: "one line of JSON", want: invalidReport, serve: csv(`{"status":500,"message":"KEY"}`)},
		{name: "a JSON string", want: invalidReport, serve: answer(200, "application/json", `"an error"`)},
		{name: "nothing", want: noData, polls: 3, serve: csv("")},
		{name: "blank lines", want: noData, serve: csv("\r\n\n\r\n")},
		{name: "a line of spaces", want: invalidReport, or: noData, serve: csv("  \r\n\n")},
		{name: "a header without rows", want: noData, polls: 2, serve: csv("Event Name,Billable Events,ds\n")},
		{name: "a byte order mark alone", want: noData, serve: csv("\xef\xbb\xbf")},
		{name: "binary noise", want: invalidReport, serve: answer(200, "application/octet-stream", "PK\x03\x04\x14\x00\x08\x00\x00\x00!\x00\xb5\x1a")},
	})
}

func TestContent(t *testing.T) {
	usage := func(labels string, value any) string {
		return fmt.Sprintf(`statsig_usage_billable_events{%s,project="web",window="day"} %v`, labels, value)
	}
	exporter := func(name, label string, value int) string {
		return fmt.Sprintf(`statsig_exporter_%s{project="web"%s,window="day"} %d`, name, label, value)
	}
	const head = "Event Name,Billable Events\n"
	runAll(t, []scenario{
		{name: "UTF-16", want: success, serve: csv(wide(goodReport))},
		{name: "UTF-16 that is cut within a unit", want: invalidReport, or: success, serve: csv(wide("a,b\nx,1\n") + "y")},
		{name: "a byte order mark and CRLF", want: success, serve: csv("\xef\xbb\xbf" + strings.ReplaceAll(goodReport, "\n", "\r\n"))},
		{name: "NUL bytes in a cell", want: success, serve: csv(head + "a\x00b,5\n"), serves: []string{usage("event_name=\"a\x00b\"", 5)}},
		{
			name: "NUL bytes in a number", want: success, serve: csv(head + "a,5\nb,\x005\x00\nc,7\n"), report: "columns: {Billable Events: {role: value}}",
			serves: []string{exporter("report_skipped", `,reason="not_a_number"`, 1)},
		},
		{
			name: "no number at all", want: invalidReport, says: "is not a number, nor is any other value",
			serve: csv(strings.NewReplacer("1200", "Inf", "300.5", "1e400", "-12.25", "１２", "9007199254740000", "0x10").Replace(goodReport)),
		},
		{name: "NUL bytes alone", want: invalidReport, serve: csv(strings.Repeat("\x00", 1<<16))},
		{name: "invalid UTF-8 in a cell", want: success, serve: csv(head + "a\xff\xc0b,5\n"), serves: []string{usage(`event_name="aÿÀb"`, 5)}},
		{name: "invalid UTF-8 in a header", want: success, serve: csv("Ev\xffent,Billable Events\na,5\n"), serves: []string{usage(`ev_ent="a"`, 5)}},
		{
			name: "escapes, quotes and newlines in a cell", want: success, serve: csv(head + "\"a\\\"\"\nb\",5\n"),
			serves: []string{usage(`event_name="a\\\"\nb"`, 5)},
		},
		{
			name: "metrics in a cell", want: success, serve: csv(head + "\"x\"\"} 1\nstatsig_up 7\n\",5\n"),
			serves: []string{usage(`event_name="x\"} 1\nstatsig_up 7\n"`, 5)},
		},
		{
			name: "HTML in a cell and a header", want: success, serve: csv("Name,<b onload=x>,Billable Events\n<script>alert(1)</script>,x,5\n"),
			serves: []string{usage(`b_onload_x="x",name="<script>alert(1)</script>"`, 5)}, check: noScript,
		},
		{
			name: "rows that shrink and grow", want: success, serve: csv(head + "a,5\nb\nc,6,7\nd,8\ne,9\n"),
			serves: []string{exporter("report_skipped", `,reason="field_count"`, 2), usage(`event_name="d"`, 8)},
		},
		{name: "a last row that shrinks", want: invalidReport, says: "cut off", serve: csv(head + "a,5\nb")},
		{
			name: "numbers that overflow", want: success, serve: csv(head + "a,1e308\na,1e308\nb,-1e999\nc,3\n" + strings.Repeat("d,1\n", 100)),
			serves: []string{usage(`event_name="c"`, 3)},
		},
		{name: "an unclosed quote", want: invalidReport, says: "never closed", serve: csv(head + "\"a,5\nb,6\n")},
		{name: "a quote in the middle of a cell", want: success, serve: csv(head + "a\"b,5\n"), serves: []string{usage(`event_name="a\"b"`, 5)}},
		{name: "text behind a closing quote", want: success, serve: csv(head + "\"a\"b,5\n"), serves: []string{usage(`event_name="ab"`, 5)}},
		{name: "an unclosed quote of 20 MiB", want: invalidReport, memory: 160, serve: csv(head + "\"" + strings.Repeat("x,5\n", 5<<20))},
		{name: "columns that come and go", want: success, polls: 3, serve: func(x *exchange) {
			x.csv([]string{
				"Event Name,Billable Events\na,1\n", "Event Name,Region,Billable Events\na,eu,2\n", "Billable Events\n3\n",
				"Region,Event Name,Extra,Billable Events\neu,a,7,4\n",
			}[x.n%4])
		}, serves: []string{`statsig_up{project="web",window="day"} 1`}, check: schemaChanged},
		{name: "a repeated header", want: success, serve: csv("a,a,a,Billable Events\nx,y,z,1\n"), serves: []string{usage(`a="x",a_2="y",a_3="z"`, 1)}},
		{
			name: "labels that are reserved", want: success, serve: csv("project,window,__name__,le,Billable Events\nx,y,z,q,1\n"),
			serves: []string{`project="web"`, `report_project="x"`},
		},
		{
			name: "a metric that is the exporter's own", want: success, serve: csv("Event Name,window start timestamp seconds\na,5\n"),
			serves: []string{`statsig_usage_report_window_start_timestamp_seconds{event_name="a",project="web",window="day"} 5`},
		},
	})
}

// noScript wants no markup of a report on the landing page.
func noScript(t *testing.T, w *walk) {
	t.Helper()
	if page := w.exporter.mustGet(t, "/", ""); strings.Contains(page, "<b onload") || strings.Contains(page, "<script>alert") {
		t.Error("the landing page has markup of the report in it")
	}
}

// schemaChanged wants the changes of columns to be counted.
func schemaChanged(t *testing.T, w *walk) {
	t.Helper()
	if n := w.exporter.scrape(t).of("statsig_exporter_schema_changes_total", "web"); n < 2 {
		t.Errorf("%v schema changes were counted, want at least 2", n)
	}
}

func TestTheKeyInAnswers(t *testing.T) {
	runAll(t, []scenario{
		{name: "in a cell", want: invalidReport, says: "the report holds a secret", serve: csv("Event Name,Events\nKEY,5\n")},
		{name: "in a number's cell", want: invalidReport, serve: csv("Event Name,Events\na,KEY\nb,5\n")},
		{name: "in a header of the report", want: invalidReport, serve: csv("KEY,Events\na,5\n")},
		{name: "in the last byte of a report", want: invalidReport, serve: csv("Events,Event Name\n5,KEY")},
		{name: "over two chunks", want: invalidReport, serve: func(x *exchange) {
			x.say(header(chunked), chunk("Event Name,Events\n"+x.key[:9]))
			x.wait(100 * time.Millisecond)
			x.say(chunk(x.key[9:]+",5\n"), "0\r\n\r\n")
		}},
		{
			name: "at the end of a buffer", want: invalidReport,
			serve: csv("Event Name,Events\n" + strings.Repeat("padding,1\n", 7000)[:64<<10-30] + "KEY,5\n"),
		},
		{name: "within gzip", want: invalidReport, serve: func(x *exchange) {
			x.encoded(200, "gzip", "text/csv", squeeze(x.fill("Event Name,Events\nKEY,5\n")))
		}},
		{name: "in UTF-16", want: invalidReport, serve: func(x *exchange) { x.csv(wide(x.fill("Event Name,Events\nKEY,5\n"))) }},
		{name: "in quotes", want: invalidReport, serve: csv("Event Name,Events\n\"KEY\",5\n")},
		{name: "in every header of the answer", want: success, serve: raw(header("X-KEY: KEY", "Set-Cookie: key=KEY; Path=/", "ETag: KEY",
			"WWW-Authenticate: Basic realm=KEY", "Link: <KEY>", length(len(goodReport))), goodReport)},
		{name: "in the status line", want: upstreamError, serve: raw("HTTP/1.1 500 KEY\r\nContent-Length: 0\r\n\r\n")},
		{name: "in a malformed status line", want: networkError, serve: raw("HTTP/1.1 KEY oops\r\n\r\n")},
		{name: "in a malformed protocol", want: networkError, serve: raw("HTTP/KEY 200 OK\r\n\r\n")},
		{name: "in a malformed header", want: networkError, serve: raw(header("bad header KEY"))},
		{name: "in a length", want: networkError, serve: raw(header("Content-Length: KEY"))},
		{name: "in a transfer encoding", want: networkError, serve: raw(header("Transfer-Encoding: KEY"))},
		{name: "in a chunk size", want: networkError, serve: raw(header(chunked), "KEY\r\n")},
		{name: "in a content encoding", want: invalidReport, serve: func(x *exchange) { x.encoded(200, x.key, "text/csv", []byte("a")) }},
		{name: "in a content type", want: invalidReport, serve: answer(200, "image/KEY", "a")},
		{name: "in the scheme of a redirect", want: upstreamError, serve: to(302, "KEY://host/")},
		{name: "in the host of a redirect", want: upstreamError, serve: to(302, "http://KEY.invalid/")},
	})
}

// TestTheKeyInDisguise answers with the key in pieces and in many encodings.
func TestTheKeyInDisguise(t *testing.T) {
	refuse := func(kind string, disguise func(key string) string) func(x *exchange) {
		return func(x *exchange) { x.reply(403, kind, disguise(x.key)) }
	}
	each := func(format string) func(key string) string {
		return func(key string) (out string) {
			for _, c := range key {
				out += fmt.Sprintf(format, c)
			}
			return out
		}
	}
	base64of := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	replace := func(pairs ...string) func(key string) string { return strings.NewReplacer(pairs...).Replace }
	scenarios := []scenario{
		{name: "in escapes of JSON", serve: refuse("application/json", func(key string) string {
			return `{"message":"` + each(`\u%04x`)(key) + ` and ` + each("%%%02x")(key) + `"}`
		})},
		{name: "in entities", says: "status 403", serve: refuse("text/html", func(key string) string { return "<title>" + each("&#%d;")(key) + "</title>" })},
		{name: "in parts", says: "status 403", serve: refuse("text/plain", func(key string) string { return key[:20] + "… and " + key[20:] + " and " + strings.ToUpper(key) })},
		{name: "without its prefix", serve: refuse("text/plain", func(key string) string { return "key " + strings.TrimPrefix(key, "console-") })},
		{name: "half of it", serve: refuse("text/plain", func(key string) string { return "no " + key[:15] + " " + key[15:] })},
		{name: "encoded twice", serve: refuse("text/plain", replace("o", "%256f", "a", "%2561"))},
		{name: "encoded three times", serve: refuse("text/plain", replace("o", "%25256f"))},
		{name: "in base64", serve: refuse("text/plain", func(key string) string { return base64of("me:" + key) })},
		{name: "spelled", serve: refuse("text/plain", func(key string) string { return strings.Join(strings.Split(key, ""), "-") })},
	}
	for i := range scenarios {
		scenarios[i].want, scenarios[i].says = forbidden, cmp.Or(scenarios[i].says, "(text withheld)")
	}
	report := func(row func(key string) string) func(x *exchange) {
		return func(x *exchange) { x.csv(goodReport + row(x.key)) }
	}
	cells := []scenario{
		{name: "half of it in a cell", serve: report(func(key string) string { return key[15:] + ",custom,1\n" })},
		{name: "cut by two cells", serve: report(func(key string) string { return key[15:23] + "," + key[23:] + ",1\n" })},
		{name: "encoded twice in a header", serve: func(x *exchange) {
			x.csv("&amp;#x" + hex.EncodeToString([]byte(x.key[:1])) + ";" + x.key[1:15] + strings.ReplaceAll(url.QueryEscape(x.key[15:]), "a", "%2561") + ",Events\nx,1\n")
		}},
		{name: "in base64 of base64 in a cell", serve: report(func(key string) string { return base64of(base64of("me:"+key)) + ",custom,1\n" })},
	}
	for i := range cells {
		cells[i].want, cells[i].says = invalidReport, "the report holds a secret"
	}
	runAll(t, append(scenarios, cells...))
}
