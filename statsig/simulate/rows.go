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
	// Day is the start of the day that the row counts, in the API's location.
	Day                 time.Time
	Type, Name, Sources string
	Billable            int64
	Project             string
}

// Columns returns the header of a report, as Statsig once published it.
func Columns() []string {
	return []string{"Date", "Event Type", "Name", "Sources", "Daily Billable Events", "Project"}
}

// rows are the rows that the window [start, end) holds at now, by day and
// then in the order of the series. Rows without events are left out.
func (p *project) rows(start, end, now time.Time) iter.Seq[Row] {
	if start.Before(p.opts.Since) {
		start = p.opts.Since
	}
	if end.After(now) {
		end = now
	}
	return func(yield func(Row) bool) {
		for day := dayOf(start, p.opts.Location); day.Before(end); day = day.AddDate(0, 0, 1) {
			if !p.piece(day, start, end, now).each(yield) {
				return
			}
		}
	}
}

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
		project: p, day: day, share: share,
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
			Day: c.day, Type: s.kind, Name: s.name, Sources: s.sources,
			Billable: after - before, Project: c.project.Title,
		}
		if !yield(row) {
			return false
		}
	}
	return true
}

// writeRows writes a report.
func writeRows(w io.Writer, rows iter.Seq[Row]) error {
	out := csv.NewWriter(w)
	if err := out.Write(Columns()); err != nil {
		return err
	}
	for row := range rows {
		record := []string{
			row.Day.Format(time.DateOnly), row.Type, row.Name, row.Sources, strconv.FormatInt(row.Billable, 10), row.Project,
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
