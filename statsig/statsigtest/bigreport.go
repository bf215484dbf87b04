package statsigtest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"statsig_exporter/statsig/simulate"
)

// WriteReport writes a report with the columns of the simulated ones, the given
// number of rows and as many distinct combinations of label cells as series says
// (or rows, if fewer), some 90 bytes a row; some 6 % of the names need quotes. The
// series repeat day by day, the newest day ending before 1 March 2026 and perhaps
// cut short. The same arguments always write the same bytes. The error is the
// writer's.
func WriteReport(w io.Writer, rows, series int, seed uint64) error {
	out := bufio.NewWriterSize(w, 1<<16)
	_, _ = out.WriteString(strings.Join(simulate.Columns(), ",") + "\n") // Flush returns the first error.
	labels := reportLabels(series)
	first := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -(rows+series-1)/series)
	random := rand.New(rand.NewPCG(seed, 0))
	var line []byte
	for i := range rows {
		line = first.AddDate(0, 0, i/series).AppendFormat(line[:0], time.DateOnly)
		line = append(line, labels[i%series]...)
		line = append(strconv.AppendInt(line, random.Int64N(2_000_000), 10), ",Big Project\n"...)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// reportLabels returns the label cells of each series with the commas around
// them. Every 17th name needs quotes.
func reportLabels(series int) []string {
	labels := make([]string, series)
	for i := range labels {
		name := fmt.Sprintf("experiment_exposure_of_gate_%06d", i)
		if i%17 == 0 {
			name = fmt.Sprintf(`"Checkout ""v2"", step %d, größer"`, i)
		}
		kind := [...]string{TypeExposure, TypeCustom}[i%2]
		labels[i] = fmt.Sprintf(`,%s,%s,"react-client,js-client",`, kind, name)
	}
	return labels
}
