// Package series makes what the servers of the comparison serve: always the same series, of one family whose lines have some 113 bytes.
package series

import (
	"bufio"
	"io"
	"strconv"
	"time"
)

// The family, and the labels that all of its series share.
const (
	Name    = "statsig_usage_billable_events"
	Help    = "Billable events."
	Project = "ios-store"
	Window  = "day"
)

// mix spreads a number over all bits, always in the same way: series have to be the same in each run, and not so regular that they
// compress better than real ones.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// Event returns the value of the label event_name of series i. They all differ.
func Event(i int) string {
	words := [8]string{"checkout", "experiment", "navigation", "subscribe", "recommended", "onboarding", "notification", "search"}
	h := mix(uint64(i))
	return words[h&7] + "_" + words[h>>3&7] + "_" + strconv.Itoa(100_000_000 + i)[1:]
}

// Value returns the value of series i in the report of a poll, by number.
func Value(i, poll int) float64 { return float64(mix(uint64(i)<<20|uint64(poll)) % 1_000_000) }

// Report writes the report of a poll.
type Report func(w io.Writer, poll int) error

// lines returns a report of a header and n lines. Line appends line i of a poll.
func lines(header string, n int, line func(to []byte, i, poll int) []byte) Report {
	return func(w io.Writer, poll int) error {
		to := bufio.NewWriterSize(w, 64<<10)
		text := append([]byte(header), '\n')
		for i := range n {
			_, _ = to.Write(text) // Flush returns its error
			text = append(line(text[:0], i, poll), '\n')
		}
		_, _ = to.Write(text)
		return to.Flush()
	}
}

// Plain returns a report that becomes n series, one for each row.
func Plain(n int) Report {
	return lines("event_name,billable_events", n, func(to []byte, i, poll int) []byte {
		return strconv.AppendFloat(append(append(to, Event(i)...), ','), Value(i, poll), 'f', -1, 64)
	})
}

// RowSeries is how many series the rows of Rows make.
const RowSeries = 5000

// Rows returns a report of n rows of 7 columns, some 80 bytes a row, 6 in 100 rows with a quoted cell. The values are multiples of 1/128, so
// that sums do not depend on the order.
func Rows(n int) Report {
	types := [4]string{"custom", "gate", "exposure", "config"}
	return lines("event_name,event_type,received_at,sent_at,billable_events,cost_usd,comment", n, func(to []byte, i, poll int) []byte {
		h := mix(uint64(i))
		series := int(h % RowSeries)
		to = append(strconv.AppendInt(append(to, "event_"...), int64(series), 10), ',')
		to = append(append(to, types[series%4]...), ',')
		at := time.Unix(1767225600, 0).UTC().Add(time.Duration(i) * time.Millisecond)
		to = append(at.AppendFormat(to, "2006-01-02T15:04:05.000Z"), ',')
		to = append(at.Add(-time.Second).AppendFormat(to, "2006-01-02T15:04:05.000Z"), ',')
		to = append(strconv.AppendInt(to, int64(h>>13%1000)+int64(poll), 10), ',')
		to = append(strconv.AppendFloat(to, float64(h>>23%1024)/128, 'f', -1, 64), ',')
		if series%100 < 6 {
			return append(to, `"a, ""b"""`...)
		}
		return append(to, 'x')
	})
}
