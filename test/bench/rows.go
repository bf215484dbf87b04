package main

import (
	"bufio"
	"io"
	"strconv"
	"time"
)

// rowSeries is how many series the rows of writeRows make.
const rowSeries = 5000

// writeRows writes a report of n rows and 7 columns, some 80 bytes a row, 6 in
// 100 rows with a quoted cell. The values are multiples of 1/128, so that sums
// do not depend on the order.
func writeRows(w io.Writer, n, poll int) error {
	to := bufio.NewWriterSize(w, 64<<10)
	line := []byte("event_name,event_type,received_at,sent_at,billable_events,cost_usd,comment\n")
	for i := range n {
		if _, err := to.Write(line); err != nil {
			return err
		}
		line = appendRow(line[:0], i, poll)
	}
	if _, err := to.Write(line); err != nil {
		return err
	}
	return to.Flush()
}

func appendRow(to []byte, i, poll int) []byte {
	types := [4]string{"custom", "gate", "exposure", "config"}
	h := mix(uint64(i))
	series := int(h % rowSeries)
	to = append(strconv.AppendInt(append(to, "event_"...), int64(series), 10), ',')
	to = append(append(to, types[series%4]...), ',')
	at := time.Unix(1767225600, 0).UTC().Add(time.Duration(i) * time.Millisecond)
	to = append(at.AppendFormat(to, "2006-01-02T15:04:05.000Z"), ',')
	to = append(at.Add(-time.Second).AppendFormat(to, "2006-01-02T15:04:05.000Z"), ',')
	to = append(strconv.AppendInt(to, int64(h>>13%1000)+int64(poll), 10), ',')
	to = append(strconv.AppendFloat(to, float64(h>>23%1024)/128, 'f', -1, 64), ',')
	if series%100 < 6 {
		return append(to, "\"a, \"\"b\"\"\"\n"...)
	}
	return append(to, "x\n"...)
}
