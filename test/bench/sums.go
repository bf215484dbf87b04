package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	csvreport "statsig_exporter/collector/report"
)

// source is a file that can be read again and again.
type source struct{ file *os.File }

func (s source) Reader() (io.Reader, error) {
	return io.NewSectionReader(s.file, 0, math.MaxInt64), nil
}

// read maps a report with the exporter's package. Known are mappings of earlier reports.
func (s source) read(known ...*csvreport.Mapping) (*csvreport.Report, error) {
	return csvreport.Read(s, csvreport.Request{Options: csvreport.DefaultOptions(), Known: known})
}

// way is one way from a report to the sums of its value columns.
type way struct {
	name string
	sum  func(source) ([]float64, error)
	most float64 // CPU, of encoding/csv's; zero for encoding/csv itself
}

// ways are all of them. With a known mapping, roles come from an earlier reading, as in a daemon from its second poll on.
func ways(earlier *csvreport.Report) []way {
	byPackage := func(known ...*csvreport.Mapping) func(source) ([]float64, error) {
		return func(s source) ([]float64, error) {
			r, err := s.read(known...)
			if err != nil {
				return nil, err
			}
			var totals []float64
			for _, m := range r.Metrics {
				totals = append(totals, m.Total)
			}
			return totals, nil
		}
	}
	return []way{
		{"encoding/csv, ReuseRecord, map by concatenated labels", byEncodingCSV(earlier.Mapping), 0},
		{"this exporter's package, mapping known", byPackage(earlier.Mapping), 0.6},
		{"this exporter's package, roles inferred over all rows", byPackage(), 1},
	}
}

// byEncodingCSV sums as a straightforward program does: with records that are used again, and a map by the label cells.
func byEncodingCSV(mapping *csvreport.Mapping) func(source) ([]float64, error) {
	var labels, values []int
	for i, c := range mapping.Columns {
		switch c.Role {
		case csvreport.RoleLabel:
			labels = append(labels, i)
		case csvreport.RoleValue:
			values = append(values, i)
		case csvreport.RoleTime, csvreport.RoleIgnore:
		}
	}
	return func(src source) ([]float64, error) {
		from, _ := src.Reader()
		in := csv.NewReader(bufio.NewReaderSize(from, 64<<10))
		in.ReuseRecord = true
		if _, err := in.Read(); err != nil {
			return nil, err
		}
		series, key := map[string][]float64{}, []byte{}
		for {
			row, err := in.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			key = key[:0]
			for _, i := range labels {
				key = append(append(key, row[i]...), 0)
			}
			sums, ok := series[string(key)]
			if !ok {
				sums = make([]float64, len(values))
				series[string(key)] = sums
			}
			for j, i := range values {
				if v, err := strconv.ParseFloat(row[i], 64); err == nil {
					sums[j] += v
				}
			}
		}
		totals := make([]float64, len(values))
		for _, sums := range series {
			for j, v := range sums {
				totals[j] += v
			}
		}
		return totals, nil
	}
}

// taken is the cost of one way.
type taken struct {
	cpu    time.Duration
	allocs float64
}

// goes goes a way once, and wants the totals.
func (w way) goes(src source, want []float64) (taken, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begun, err := ownCPU()
	if err != nil {
		return taken{}, err
	}
	totals, err := w.sum(src)
	if err != nil {
		return taken{}, err
	}
	ended, err := ownCPU()
	runtime.ReadMemStats(&after)
	if err == nil && !slices.Equal(totals, want) {
		err = fmt.Errorf("the sums are %v, not %v", totals, want)
	}
	return taken{ended - begun, float64(after.Mallocs - before.Mallocs)}, err
}

// ownCPU returns the CPU time of this process so far.
func ownCPU() (time.Duration, error) {
	var at unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &at)
	return time.Duration(at.Nano()), err
}

// compareSums goes all ways in turn, again and again.
func (b *bench) compareSums(ctx context.Context) error {
	file, err := os.CreateTemp("", "statsig_exporter-bench-*.csv")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // in the system's directory for temporary files
	defer file.Close()
	if err := rowsReport(b.rows)(file, 0); err != nil {
		return err
	}
	src := source{file}
	earlier, err := src.read()
	if err != nil {
		return err
	}
	all := ways(earlier)
	want, err := all[1].sum(src)
	if err != nil {
		return err
	}
	measured := make([][]taken, len(all))
	for i := range b.rounds {
		progress("%d rows, round %d", b.rows, i+1)
		for j, w := range all {
			t, err := w.goes(src, want)
			if err := errors.Join(err, ctx.Err()); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			measured[j] = append(measured[j], t)
		}
	}
	t := table{title: "From report to sums: " + grouped(int64(b.rows)) + " rows", header: []string{"way", "CPU", "of encoding/csv", "allocations a row"}}
	cpu := func(t taken) time.Duration { return t.cpu }
	base := medianOf(measured[0], cpu).Seconds()
	for j, w := range all {
		took := medianOf(measured[j], cpu)
		allocs := medianOf(measured[j], func(t taken) float64 { return t.allocs }) / float64(b.rows)
		t.rows = append(t.rows, []string{w.name, showTime(took), digits(took.Seconds()/base) + " ×", digits(allocs)})
		if w.most > 0 {
			b.aim("CPU from report to sums, of encoding/csv's: "+w.name, took.Seconds()/base, w.most, " ×")
			b.aim("allocations a row: "+w.name, allocs, 0.1, "")
		}
	}
	b.tables = append(b.tables, t)
	return nil
}
