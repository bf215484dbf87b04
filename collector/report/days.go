package report

import (
	"slices"
	"time"

	"statsig_exporter/collector/report/when"
)

// Day is a date, counted in days from 1 January 1970.
type Day int64

const dayMicros = 86400e6

// DayOf returns the date that t shows in its location.
func DayOf(t time.Time) Day {
	_, east := t.Zone()
	return dayAt(t.UnixMicro() + int64(east)*1e6)
}

// dayAt returns the date at a time of clocks that show UTC, in microseconds.
func dayAt(micros int64) Day {
	if micros < 0 {
		micros -= dayMicros - 1
	}
	return Day(micros / dayMicros)
}

// Days counts the rows of a report by the date of their primary time. It leaves out rows
// whose number of fields is not the header's.
type Days struct {
	Rows map[Day]int
	// Undated counts the rows whose primary time is missing or cannot be read: all rows,
	// if the report has no primary time.
	Undated int
}

// CountDays reads a report and counts the rows of each day. Read must have returned the
// mapping for the same report and options.
func CountDays(src Source, mapping *Mapping, opts Options) (Days, error) {
	days := Days{Rows: map[Day]int{}}
	clock := newCalendar(mapping, opts)
	err := eachRow(src, mapping, func(r row) error {
		if day, ok := clock.day(r.fields); ok {
			days.Rows[day]++
		} else {
			days.Undated++
		}
		return nil
	})
	return days, err
}

// ReadDays reads the rows of some days, each as a report of its own: as if there
// were no other rows. Read must have returned the mapping for the whole report and the
// same options. The result lacks days without rows.
func ReadDays(src Source, mapping *Mapping, opts Options, days ...Day) (map[Day]*Report, error) {
	aggregators := map[Day]*aggregator{}
	for _, day := range days {
		aggregators[day] = newAggregator(mapping, Request{Options: opts})
	}
	clock := newCalendar(mapping, opts)
	err := eachRow(src, mapping, func(r row) error {
		day, _ := clock.day(r.fields)
		a := aggregators[day]
		if a == nil {
			return nil
		}
		return a.add(r)
	})
	if err != nil {
		return nil, err
	}
	reports := map[Day]*Report{}
	for day, a := range aggregators {
		if a.out.Rows == 0 {
			continue
		}
		if reports[day], err = a.finish(); err != nil {
			return nil, err
		}
	}
	return reports, nil
}

// eachRow calls do for the rows that are used: as long as the header, and not
// totals of others.
func eachRow(src Source, mapping *Mapping, do func(row) error) error {
	in, err := open(src)
	if err != nil {
		return err
	}
	return in.each(func(r row) error {
		if !r.whole || slices.Contains(mapping.totals, r.line) {
			return nil
		}
		return do(r)
	})
}

// calendar finds the dates of rows.
type calendar struct {
	primary   *Column      // nil: there is none
	utc, east *when.Reader // of cells without a zone as times of UTC, and of an hour east of it
	location  *time.Location
}

func newCalendar(mapping *Mapping, opts Options) calendar {
	c := calendar{location: opts.Location}
	for i := range mapping.Columns {
		if mapping.Columns[i].Primary {
			c.primary = &mapping.Columns[i]
			c.utc, c.east = c.primary.times(time.UTC), c.primary.times(time.FixedZone("", 3600))
		}
	}
	return c
}

// day returns the date of a row: the date in the cell or, if the cell names a zone, the
// date that clocks in the location show at that time. A cell that reads the same in two
// zones names its own. The location itself is not one of the two: where clocks skip a
// midnight, its date would read as an hour of the day before.
func (c calendar) day(row [][]byte) (Day, bool) {
	if c.primary == nil {
		return 0, false
	}
	cell := trim(row[c.primary.Index])
	at, ok := c.utc.Read(cell)
	if !ok {
		return 0, false
	}
	if c.location != time.UTC {
		if elsewhere, _ := c.east.Read(cell); elsewhere == at {
			return DayOf(time.UnixMicro(at).In(c.location)), true
		}
	}
	return dayAt(at), true
}
