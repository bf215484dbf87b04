package simulate

import (
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"time"
)

// Row is one row of a report.
type Row struct {
	// Time is the start of the day that the row counts, in the API's
	// location; in a window of at most an hour, the start of the window.
	Time                          time.Time
	Event, Type, SDK, Environment string
	// Billable is how many events are billed, Total how many arrived; never
	// fewer.
	Billable, Total int64
}

// Columns returns the header of a report.
func Columns() []string {
	return []string{"Date", "Event Name", "Event Type", "SDK Type", "Environment", "Billable Events", "Total Events"}
}

// rows are the rows that the window [start, end) holds at now, by day and
// then in the order of the series. Rows without events are left out.
func (p *project) rows(start, end, now time.Time) iter.Seq[Row] {
	hourly := isHourly(end.Sub(start))
	if start.Before(p.opts.Since) {
		start = p.opts.Since
	}
	if end.After(now) {
		end = now
	}
	return func(yield func(Row) bool) {
		for day := dayOf(start, p.opts.Location); day.Before(end); day = day.AddDate(0, 0, 1) {
			piece := p.piece(day, start, end, now)
			if hourly {
				piece.stamp = later(day, start).In(p.opts.Location)
			}
			if !piece.each(yield) {
				return
			}
		}
	}
}

// isHourly says whether a window of this length is answered with the instant
// of its start in place of a date.
func isHourly(length time.Duration) bool { return length <= time.Hour }

func (p *project) any(start, end, now time.Time) bool {
	for range p.rows(start, end, now) {
		return true
	}
	return false
}

// piece is the part of a day that lies in a window.
type piece struct {
	project  *project
	day      time.Time
	stamp    time.Time
	from, to float64 // Fractions of the day.
	share    float64 // What has arrived of it.
}

func (p *project) piece(day, start, end, now time.Time) piece {
	next := day.AddDate(0, 0, 1)
	until, share := p.opts.Arrival.arrived(day, next, now)
	if until.Before(end) {
		end = until
	}
	length := float64(next.Sub(day))
	return piece{
		project: p, day: day, stamp: day, share: share,
		from: float64(start.Sub(day)) / length, to: float64(end.Sub(day)) / length,
	}
}

func (c piece) each(yield func(Row) bool) bool {
	if c.to <= max(0, c.from) {
		return true
	}
	for i := range c.project.series {
		s := &c.project.series[i]
		total := int64(float64(c.project.total(s, c.day)) * c.share)
		before, after := within(total, c.from), within(total, c.to)
		if before == after {
			continue
		}
		row := Row{
			Time: c.stamp, Event: s.event, Type: s.kind, SDK: s.sdk, Environment: s.environment,
			// Of a running count, so that the pieces of a day add up.
			Billable: after*s.billable/1000 - before*s.billable/1000,
			Total:    after - before,
		}
		if !yield(row) {
			return false
		}
	}
	return true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// writeRows writes a report of a window of the given length.
func writeRows(w io.Writer, rows iter.Seq[Row], length time.Duration) error {
	layout := time.DateOnly
	if isHourly(length) {
		layout = time.RFC3339
	}
	out := csv.NewWriter(w)
	record := Columns()
	if err := out.Write(record); err != nil {
		return err
	}
	for row := range rows {
		record[0], record[1], record[2], record[3] = row.Time.Format(layout), row.Event, row.Type, row.SDK
		record[4], record[5] = row.Environment, strconv.FormatInt(row.Billable, 10)
		record[6] = strconv.FormatInt(row.Total, 10)
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
