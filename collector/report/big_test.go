package report

import (
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"
)

// bigReport writes a usage report of many rows as it is read, and calls every
// few rows.
type bigReport struct {
	rows, series int
	every        func()

	n   int
	buf []byte
	out []byte
}

func (b *bigReport) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		if b.n > b.rows {
			return 0, io.EOF
		}
		b.buf = b.row(b.buf[:0])
		b.out = b.buf
		b.n++
		if b.every != nil && b.n%(b.rows/20) == 0 {
			b.every()
		}
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}

func (b *bigReport) row(to []byte) []byte {
	if b.n == 0 {
		return append(to, "event_name,event_type,received_at,sent_at,billable_events,cost_usd,comment\n"...)
	}
	at := time.Unix(1767225600, 0).UTC().Add(time.Duration(b.n) * time.Millisecond)
	return fmt.Appendf(to, "event_name_%d,custom,%s,%s,%d,%v,%s\n", b.n%b.series, at.Format("2006-01-02T15:04:05.000Z"),
		at.Add(-time.Second).Format(time.DateTime), b.n%1000, float64(b.n%977)/128, []string{"x", `"a, ""b"""`}[b.n%b.series%2])
}

// liveHeap returns the bytes that are in use after a collection.
func liveHeap() uint64 {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func TestMemoryGrowsWithSeriesAndNotWithRows(t *testing.T) {
	if testing.Short() {
		t.Skip("reads many rows")
	}
	const rows, series = 300_000, 5000
	before, most := liveHeap(), uint64(0)
	watch := func() { most = max(most, liveHeap()) }
	r, err := Read(bigSource(rows, series, watch), Request{Options: DefaultOptions()})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != rows || r.Series != series || r.Metrics[0].Total != rows/1000*499_500 {
		t.Errorf("%d rows, %d series, total %v", r.Rows, r.Series, r.Metrics[0].Total)
	}
	if most <= before || most-before > 16<<20 {
		t.Errorf("the heap grew by %d KiB", int64(most-before)>>10)
	}
}

// bigSource returns a report that calls every few rows as it is read.
func bigSource(rows, series int, every func()) source {
	return func() io.Reader { return &bigReport{rows: rows, series: series, every: every} }
}

func TestRowsAllocateNothing(t *testing.T) {
	const rows = 20_000
	text, err := io.ReadAll(&bigReport{rows: rows, series: 500})
	if err != nil {
		t.Fatal(err)
	}
	known := mustRead(t, string(text), DefaultOptions()).Mapping
	for name, mapping := range map[string][]*Mapping{"known": {known}, "inferred": nil} {
		if allocations := testing.AllocsPerRun(1, func() { mustRead(t, string(text), DefaultOptions(), mapping...) }); allocations > rows/2 { // other goroutines and growing tables have some
			t.Errorf("%s: %v allocations for %d rows", name, allocations, rows)
		}
	}
}

func TestSeriesLeaveNoCopiesOfTheirCells(t *testing.T) {
	const columns, series = 300, 2000
	var text strings.Builder
	text.WriteString("event" + strings.Repeat(",events", columns) + "\n")
	for i := range series {
		text.WriteString("e" + strconv.Itoa(i) + strings.Repeat(",5", columns) + "\n")
	}
	allocated := func() uint64 {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.TotalAlloc
	}
	const cells = columns * series * cellBytes
	before := allocated()
	r := mustRead(t, text.String(), DefaultOptions())
	if took := allocated() - before; r.Series != series || took > 3*cells {
		t.Errorf("%d series, and %d KiB were allocated for %d KiB of cells", r.Series, took>>10, cells>>10)
	}
}
