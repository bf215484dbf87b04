package statsigtest

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"statsig_exporter/statsig/simulate"
)

// Totals are what a report holds in all.
type Totals struct {
	// Rows does not count the header; Bytes does.
	Rows, Series, Bytes int64
	// Billable and Total are the sums of the last two columns.
	Billable, Total int64
}

// WriteReport writes a report with the columns of the simulated reports, the given number
// of rows and as many distinct combinations of its four label columns as
// series says (or rows, if fewer), some 80 bytes a row, with some 6 % of rows
// that need quotes. The series repeat day by day, the newest day ending before
// 1 March 2026 and perhaps cut short. The same arguments always write the same
// bytes. It returns the totals of the report, which hold only
// without an error, and the writer's error.
func WriteReport(w io.Writer, rows, series int, seed uint64) (Totals, error) {
	if rows < 0 || series < 1 {
		return Totals{}, fmt.Errorf("write report: %d rows of %d series cannot be", rows, series)
	}
	labels := reportLabels(series)
	first := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -(rows+series-1)/series)
	totals := Totals{Rows: int64(rows), Series: int64(min(rows, series))}
	buffer := append(make([]byte, 0, 1<<16), strings.Join(simulate.Columns(), ",")+"\n"...)
	var date []byte
	flush := func() error {
		totals.Bytes += int64(len(buffer))
		_, err := w.Write(buffer)
		buffer = buffer[:0]
		return err
	}
	for i := range rows {
		if i%series == 0 {
			date = first.AddDate(0, 0, i/series).AppendFormat(date[:0], time.DateOnly)
		}
		random := simulate.Mix(seed + uint64(i))
		total := int64(random % 2_000_000)
		billable := total - total*int64(random>>40%500)/1000
		totals.Total, totals.Billable = totals.Total+total, totals.Billable+billable
		buffer = append(append(buffer, date...), labels[i%series]...)
		buffer = append(strconv.AppendInt(buffer, billable, 10), ',')
		buffer = append(strconv.AppendInt(buffer, total, 10), '\n')
		if len(buffer) < 1<<16-512 {
			continue
		}
		if err := flush(); err != nil {
			return totals, err
		}
	}
	err := flush() // Before totals is read: it counts the last bytes.
	return totals, err
}

// reportLabels returns the label cells of each series with the commas around
// them. Every 17th name needs quotes.
func reportLabels(series int) []string {
	sdks := simulate.SDKs()
	labels := make([]string, series)
	for i := range labels {
		name := fmt.Sprintf("experiment_exposure_of_gate_%06d", i)
		if i%17 == 0 {
			name = fmt.Sprintf(`"Checkout ""v2"", step %d, größer"`, i)
		}
		kind := [...]string{TypeExposure, TypeCustom}[i%2]
		labels[i] = fmt.Sprintf(",%s,%s,%s,production,", name, kind, sdks[i%len(sdks)])
	}
	return labels
}
