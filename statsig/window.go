package statsig

import (
	"fmt"
	"strconv"
	"time"
)

// Window is the time that a report covers: half-open, [Start, End).
//
// The API counts in whole milliseconds since 1970; finer parts of Start and
// End are cut off. A zero Start stands for a window without a start.
type Window struct{ Start, End time.Time }

// query returns the window as the API's query string. The document of the API
// wants end > 0 and start >= 0.
func (w Window) query() (string, error) {
	end := w.End.UnixMilli()
	if w.End.IsZero() || end <= 0 {
		return "", fmt.Errorf("window ends at %s; it must end after 1970-01-01", w.End.UTC().Format(time.RFC3339))
	}
	query := "end=" + strconv.FormatInt(end, 10)
	if w.Start.IsZero() {
		return query, nil
	}
	start := w.Start.UnixMilli()
	if start < 0 || start >= end {
		return "", fmt.Errorf("window starts at %s; it must start after 1970-01-01 and before its end, %s",
			w.Start.UTC().Format(time.RFC3339), w.End.UTC().Format(time.RFC3339))
	}
	return "start=" + strconv.FormatInt(start, 10) + "&" + query, nil
}
