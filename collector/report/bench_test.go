package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"testing"
	"time"
)

// usage are reports as they come: days in one, times to the millisecond in the
// other, seven columns each, one row in sixteen with a quoted field.
var usage = map[string]func(rows, series int) []byte{"days": usageByDay, "times": usageByTime}

// usageByDay has a day, four labels and two values in about 80 bytes.
func usageByDay(rows, series int) []byte {
	out := []byte("ds,event_name,event_type,region,sdk,billable_events,cost_usd\n")
	for n := range rows {
		i := n * 7919 % series
		day := time.Unix(1767225600, 0).UTC().AddDate(0, 0, n*30/rows)
		out = day.AppendFormat(out, "2006-01-02")
		if n%16 == 3 {
			out = fmt.Appendf(out, `,"checkout, ""step"" %d completed"`, i)
		} else {
			out = fmt.Appendf(out, ",checkout_step_%d_completed", i)
		}
		out = fmt.Appendf(out, ",custom_event,eu-%d,js/5.%d.0,%d,%.4f\n", i%3, i%12, n%100_000, float64(n%977)/128)
	}
	return out
}

// usageByTime has two times that differ from row to row, two labels and two
// values in about 90 bytes.
func usageByTime(rows, series int) []byte {
	out := []byte("event_name,event_type,received_at,sent_at,billable_events,cost_usd,comment\n")
	for n := range rows {
		i := n * 7919 % series
		at := time.Unix(1767225600, 0).UTC().Add(time.Duration(n) * 137 * time.Millisecond)
		name := fmt.Sprintf("event_name_%d", i)
		if n%16 == 3 {
			name = `"` + name + `"`
		}
		out = fmt.Appendf(out, "%s,custom,%s,%s,%d,%s,x\n", name, at.Format("2006-01-02T15:04:05.000Z"),
			at.Add(-time.Second).Format("2006-01-02 15:04:05"), n%1000, strconv.FormatFloat(float64(n%977)/128, 'f', -1, 64))
	}
	return out
}

// readHeld reads a report in memory under known.
func readHeld(tb testing.TB, text []byte, known ...*Mapping) *Report {
	tb.Helper()
	held := source(func() io.Reader { return bytes.NewReader(text) })
	r, err := Read(held, Request{Options: DefaultOptions(), Known: known})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// readRows only splits the rows.
func readRows(tb testing.TB, text []byte) {
	tb.Helper()
	rows := newRowReader(bytes.NewReader(text), ',', '\n')
	for {
		if _, err := rows.next(); err != nil {
			if !errors.Is(err, io.EOF) {
				tb.Fatal(err)
			}
			return
		}
	}
}

// readWithEncodingCSV makes the same sums as Read does, the plain way: labels and
// values are the columns of each.
func readWithEncodingCSV(tb testing.TB, text []byte, labels, values []int) map[string][]float64 {
	tb.Helper()
	rows := csv.NewReader(bytes.NewReader(text))
	rows.ReuseRecord = true
	if _, err := rows.Read(); err != nil {
		tb.Fatal(err)
	}
	sums, totals := map[string][]float64{}, make([]float64, len(values))
	var key []byte
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return sums
		}
		if err != nil {
			tb.Fatal(err)
		}
		key = key[:0]
		for _, i := range labels {
			key = append(append(key, row[i]...), 0)
		}
		sum := sums[string(key)]
		if sum == nil {
			sum = make([]float64, len(values))
			sums[string(key)] = sum
		}
		for k, i := range values {
			v, err := strconv.ParseFloat(row[i], 64)
			if err != nil {
				tb.Fatal(err)
			}
			sum[k] += v
			totals[k] += v
		}
	}
}

// columnsOf returns the columns of a role.
func columnsOf(m *Mapping, role Role) (columns []int) {
	for _, c := range m.Columns {
		if c.Role == role {
			columns = append(columns, c.Index)
		}
	}
	return columns
}

// stages are the ways through a report, of a mapping that is known.
func stages(tb testing.TB, text []byte) map[string]func() {
	tb.Helper()
	m := readHeld(tb, text).Mapping
	labels, values := columnsOf(m, RoleLabel), columnsOf(m, RoleValue)
	return map[string]func(){
		"rows":     func() { readRows(tb, text) },
		"known":    func() { readHeld(tb, text, m) },
		"inferred": func() { readHeld(tb, text) },
		"csv":      func() { readWithEncodingCSV(tb, text, labels, values) },
	}
}

func BenchmarkRead(b *testing.B) {
	for kind, make := range usage {
		text := make(100_000, 5000)
		for stage, run := range stages(b, text) {
			b.Run(kind+"/"+stage, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					run()
				}
			})
		}
	}
}
