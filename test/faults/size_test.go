//go:build faults

package faults_test

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

func TestSizes(t *testing.T) {
	padded := func(size int) string { // a report of so many bytes
		head, row := "Event Name,Billable Events\n", "event,1\n"
		rows := (size - len(head) - 50) / len(row)
		rest := size - len(head) - rows*len(row)
		return head + strings.Repeat(row, rows) + strings.Repeat("x", rest-3) + ",7\n"
	}
	const limit = 1 << 20
	series := func(n int) string {
		var b strings.Builder
		b.WriteString("Event Type,User Name,Billable Events\n")
		for i := range n {
			fmt.Fprintf(&b, "custom,u%d,1\n", i)
		}
		return b.String()
	}
	runAll(t, []scenario{
		{
			name: "a report of exactly max_report_bytes", want: success, api: "max_report_bytes: " + itoa(limit), serve: csv(padded(limit)),
			serves: []string{`statsig_exporter_report_bytes{project="web",window="day"} 1.048576e+06`},
		},
		{
			name: "a report of one byte more than max_report_bytes", want: invalidReport, polls: 2, api: "max_report_bytes: " + itoa(limit),
			says: "larger than the limit of 1048576 bytes", serve: csv(padded(limit + 1)),
		},
		{name: "a label that explodes", want: invalidReport, polls: 2, report: "series_limit: 50", says: `User Name`, serve: csv(series(1001))},
		{name: "a label that explodes under drop", want: invalidReport, report: "series_limit: 50, overflow: drop", says: `User Name`, serve: csv(series(1001))},
		{name: "twenty times as many series as the limit", want: success, report: "series_limit: 50", serve: csv(series(1000)), serves: []string{
			`statsig_exporter_series{project="web",window="day"} 50`,
			`statsig_usage_billable_events{event_type="other",project="web",user_name="other",window="day"} 951`,
		}},
		{name: "more series than the limit under fail", want: invalidReport, report: "series_limit: 50, overflow: fail", says: "51 series", serve: csv(series(51))},
	})
}

// TestLargeReports has what takes seconds of a processor or much memory.
func TestLargeReports(t *testing.T) {
	full(t)
	columns := func(n int) string {
		return "Billable Events," + strings.TrimSuffix(strings.Repeat("c,", n-1), ",") + "\n" + "5," + strings.TrimSuffix(strings.Repeat("v,", n-1), ",") + "\n"
	}
	var twenty []string
	for i := range 20 {
		twenty = append(twenty, "p"+itoa(i))
	}
	scenarios := []scenario{
		{name: "an endless report", want: invalidReport, api: "max_report_bytes: 16MiB", serve: endless(header()+"a,b\n", strings.Repeat("x,1\n", 1<<14))},
		{name: "an endless row", want: invalidReport, says: "longer than 16 MiB", serve: endless(header()+"a,b\n", strings.Repeat("x,1,", 1<<14))},
		{
			name: "twenty reports that stall in a long row", projects: twenty, want: timedOut, timeout: "10s", serve: stalled(header() + "a,b\n" + strings.Repeat("x", 15<<20)),
		},
		{name: "a label that explodes past a million", want: invalidReport, memory: 384, says: "Event", serve: func(x *exchange) {
			x.say(header() + "Event,Billable Events\n")
			for i := 0; i < 1_100_000 && x.say(block(i, 1000)); i += 1000 {
			}
		}},
		{
			name: "one row with cells of 1 MiB", want: success, memory: 192,
			serve:  csv("Event Name,Region,Billable Events\n" + strings.Repeat("a", 1<<20) + "," + strings.Repeat("b", 1<<20) + ",5\n"),
			serves: []string{`statsig_usage_billable_events{event_name="` + strings.Repeat("a", 1024) + `",project="web",region="` + strings.Repeat("b", 1024) + `",window="day"} 5`},
		},
		{
			name: "a header cell of 1 MiB", want: success, or: invalidReport, memory: 192, serves: []string{"statsig_up"},
			serve: csv(strings.Repeat("a", 1<<20) + ",Billable Events\nx,5\n"),
		},
		{
			name: "a number of 1 MiB", want: success, memory: 192, report: "columns: {Billable Events: {role: value}}",
			serve: csv("Event Name,Billable Events\na," + strings.Repeat("9", 1<<20) + "\nb,5\n"), serves: []string{"statsig_up"},
		},
		{name: "10,000 columns", want: success, memory: 128, serve: csv(columns(10000)), serves: []string{`c_9999="v"`}},
		{
			name: "200,000 columns", want: invalidReport, memory: 192, serve: csv(strings.Repeat("c,", 199999) + "c\n"),
		},
		{
			name: "10,000 columns of values", want: success, memory: 192, serves: []string{"statsig_usage_c_9999"},
			serve: csv(strings.TrimSuffix(strings.Repeat("c,", 10000), ",") + "\n" + strings.TrimSuffix(strings.Repeat("1,", 10000), ",") + "\n"),
		},
		{
			name: "49,000 columns of values", want: invalidReport, memory: 256, says: "too many bytes, compressed",
			serve: csv(strings.Repeat("c,", 49000) + "e\n" + strings.Repeat(strings.Repeat("1,", 49000)+"x\n", 5)),
		},
		{name: "usage that cannot be compressed", want: invalidReport, memory: 256, says: "too many bytes, compressed", serve: func(x *exchange) {
			random := mathrand.NewChaCha8([32]byte{})
			x.say(header() + strings.Repeat("c,", 9) + "e\n")
			for cell := make([]byte, 100); x.say(strings.Repeat("1,", 9), hex.EncodeToString(cell), "\n") && random.Uint64()%20_000 > 0; {
				_, _ = random.Read(cell)
			}
		}},
		{name: "a million blank lines", want: noData, serve: csv(strings.Repeat("\n", 1<<20))},
		{
			name: "a million rows, nearly half of the wrong width", want: success, serve: csv("a,b\n" + strings.Repeat("x,1\nx\nx,1\n", 1<<19)),
			serves: []string{`statsig_exporter_report_skipped{project="web",reason="field_count",window="day"} 524288`},
		},
		{
			name: "a million rows of the wrong width", want: invalidReport, serve: csv("a,b\nx,1\n" + strings.Repeat("x\n", 1<<20) + "x,1\n"),
		},
	}
	for i := range scenarios { // a busy processor is long at them
		scenarios[i].timeout, scenarios[i].patience = cmp.Or(scenarios[i].timeout, "2m"), 5*time.Minute
	}
	runAll(t, scenarios)
}

// block is some rows of distinct labels.
func block(from, n int) string {
	out := make([]byte, 0, 32*n)
	for i := from; i < from+n; i++ {
		out = append(out, "event-of-some-length-"...)
		out = strconv.AppendInt(out, int64(i), 10)
		out = append(out, ",1\n"...)
	}
	return string(out)
}

// TestManyRows takes minutes: it reads reports as large as they may become.
func TestManyRows(t *testing.T) {
	full(t)
	rows := func(n, series int) func(x *exchange) {
		return func(x *exchange) {
			x.say(header())
			_ = statsigtest.WriteReport(connWriter{x}, n, series, 7)
		}
	}
	runAll(t, []scenario{
		{
			name: "10 million rows", want: success, timeout: "10m", patience: 10 * time.Minute, memory: 192, serve: rows(10_000_000, 10_000),
			serves: []string{`statsig_exporter_report_rows{project="web",window="day"} 1e+07`, `statsig_exporter_series{project="web",window="day"} 10000`},
		},
		{name: "10 million rows that are cut off", want: networkError, timeout: "10m", patience: 10 * time.Minute, memory: 192, serve: func(x *exchange) {
			x.say(header(length(2 << 30)))
			_ = statsigtest.WriteReport(connWriter{x}, 10_000_000, 10_000, 7)
		}, api: "max_report_bytes: 4GiB"},
		{
			name: "more than 1 GiB", want: invalidReport, timeout: "10m", patience: 10 * time.Minute, memory: 192, says: "larger than the limit",
			serve: rows(20_000_000, 10_000),
		},
		{name: "a bandwidth of five bytes a second for two minutes", want: timedOut, timeout: "120s", patience: 4 * time.Minute, serve: func(x *exchange) {
			x.say(header())
			x.drip(strings.Repeat(goodReport, 100), 1, 200_000_000)
		}},
	})
}

// connWriter writes to the raw connection of an exchange.
type connWriter struct{ x *exchange }

func (c connWriter) Write(p []byte) (int, error) {
	if !c.x.say(string(p)) {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}
