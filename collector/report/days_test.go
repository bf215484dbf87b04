package report

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skip(err)
	}
	return loc
}

func TestARowIsOfTheDateThatItsCellShows(t *testing.T) {
	for _, c := range []struct{ zone, cell, want string }{
		{"UTC", "2026-01-31", "2026-01-31"},
		{"UTC", "2026-01-31T23:59:59.999Z", "2026-01-31"},
		{"UTC", "1969-12-31T23:59:59.5Z", "1969-12-31"},
		{"UTC", "2026-01-31T23:00:00-02:00", "2026-02-01"},
		{"Asia/Tokyo", "2026-01-31", "2026-01-31"},
		{"Asia/Tokyo", "2026-01-31 23:30", "2026-01-31"},
		{"Asia/Tokyo", "2026-01-31T23:30:00Z", "2026-02-01"},
		{"America/New_York", "2026-02-01T03:00:00Z", "2026-01-31"},
		{"America/New_York", "2026-03-08", "2026-03-08"},
		{"America/New_York", "2026-11-01 01:30", "2026-11-01"},
		// Clocks skip this midnight, and the day begins at one.
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04"},
		{"America/Sao_Paulo", "2018-11-04T02:30:00Z", "2018-11-03"},
		{"America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04"},
		// There is no such day at all.
		{"Pacific/Apia", "2011-12-31", "2011-12-31"},
		{"UTC", "soon", ""},
		{"UTC", "", ""},
	} {
		options := DefaultOptions()
		options.Location = zone(t, c.zone)
		options.Columns = map[string]ColumnOptions{"ds": {Role: RoleTime, Primary: true}}
		src := csvText("ds,event,n\n" + c.cell + ",x,1\n")
		r, err := Read(src, Request{Options: options})
		if err != nil {
			t.Fatal(err)
		}
		days, err := CountDays(src, r.Mapping, options)
		got := ""
		for day := range days.Rows {
			got = time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)
		}
		if err != nil || got != c.want || (days.Undated == 1) != (c.want == "") {
			t.Errorf("in %s %q is of %q (undated: %d), want %q: %v", c.zone, c.cell, got, days.Undated, c.want, err)
		}
	}
}

func TestADayOfAReportIsWhatAReportOfTheDayWouldBe(t *testing.T) {
	const header = "ds,event,sdk,units,price,latest\n"
	days := map[Day]string{}
	whole := header
	for i := range 600 {
		at := time.Date(2026, 2, 1+i*7%28, i%24, 0, 0, 0, time.UTC)
		row := fmt.Sprintf("%s,event_%d,sdk_%d,%d,%d.25,%d\n", at.Format(time.RFC3339), i%9, i%5, i, i%13, 1000-i)
		days[DayOf(at)] += row
		whole += row
	}
	whole += "2026-02-01,too,few\n"
	for _, limit := range []int{50_000, 4} {
		options := DefaultOptions()
		options.SeriesLimit = limit
		options.Columns = map[string]ColumnOptions{"latest": {Role: RoleValue, Aggregate: AggregateLast}, "price": {Role: RoleValue, Aggregate: AggregateMean}}
		src := csvText(whole)
		r, err := Read(src, Request{Options: options})
		if err != nil {
			t.Fatal(err)
		}
		counted, err := CountDays(src, r.Mapping, options)
		if err != nil || len(counted.Rows) != len(days) || counted.Undated != 0 {
			t.Fatalf("%+v, %v", counted, err)
		}
		before, wanted := *r.Mapping, slices.Sorted(maps.Keys(days))
		got, err := ReadDays(src, r.Mapping, options, append(wanted, 1)...)
		if err != nil || len(got) != len(days) || got[1] != nil {
			t.Fatalf("%d reports, %v", len(got), err)
		}
		if !reflect.DeepEqual(*r.Mapping, before) {
			t.Error("the mapping, which others may use, was changed")
		}
		for day, rows := range days {
			alone, err := Read(csvText(header+rows), Request{Options: options, Known: []*Mapping{r.Mapping}})
			if err != nil {
				t.Fatal(err)
			}
			if is, want := summary(got[day]), summary(alone); is != want {
				t.Errorf("day %d is\n%s\nwant\n%s", day, is, want)
			}
			if counted.Rows[day] != strings.Count(rows, "\n") || got[day].Folded != alone.Folded {
				t.Errorf("day %d has %d rows, %d folded series", day, counted.Rows[day], got[day].Folded)
			}
		}
	}
}

func TestAReportWithoutATimeHasNoDays(t *testing.T) {
	src := csvText("event,n\nx,1\ny,2\n")
	r, err := Read(src, Request{Options: DefaultOptions()})
	if err != nil {
		t.Fatal(err)
	}
	if days, err := CountDays(src, r.Mapping, DefaultOptions()); err != nil || len(days.Rows) != 0 || days.Undated != 2 {
		t.Errorf("%+v, %v", days, err)
	}
}
