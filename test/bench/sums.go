package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"statsig_exporter/collector/report"
)

// The ways to the sums of a report that this program goes itself, in a process
// of its own each.
const (
	byEncodingCSV = "encoding-csv"
	byKnown       = "package-known"
	byInferred    = "package-inferred"
)

// plan says what of a report is summed by what.
type plan struct {
	Comma          string
	Columns        []planColumn
	Labels, Values []int // places of columns
	Rows           int
	Totals         []float64 // of Values; nil for a column that is not summed
}

// planColumn is a column with its role.
type planColumn struct {
	Name      string
	Role      report.Role
	Primary   bool             `json:",omitempty"`
	Aggregate report.Aggregate `json:",omitempty"`
}

// sums are what a way has found out, and what it took.
type sums struct {
	Rows   int
	Totals []float64
	Allocs float64 // a row; 0 where it is not known
	CPU    float64 // seconds; 0 for those of the whole process
}

// everything takes as many series as there are.
const everything = 100_000_000

func readOptions() report.Options {
	o := report.DefaultOptions()
	o.SeriesLimit = everything
	return o
}

// readReport reads a file, with roles that are known unless the mapping is nil.
func readReport(file string, known ...*report.Mapping) (*report.Report, error) {
	src, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return report.Read(source{src}, report.Request{Options: readOptions(), Known: known})
}

// source is a file that can be read again and again.
type source struct{ file *os.File }

func (s source) Reader() (io.Reader, error) {
	return io.NewSectionReader(s.file, 0, math.MaxInt64), nil
}

// newPlan infers what the columns of a report are.
func newPlan(file string) (*plan, error) {
	r, err := readReport(file)
	if err != nil {
		return nil, err
	}
	p := &plan{Comma: string(rune(r.Mapping.Delimiter)), Rows: r.Rows}
	metrics := r.Metrics
	for i, c := range r.Mapping.Columns {
		p.Columns = append(p.Columns, planColumn{c.Name, c.Role, c.Primary, c.Aggregate})
		switch c.Role {
		case report.RoleLabel:
			p.Labels = append(p.Labels, i)
		case report.RoleValue:
			if c.Aggregate == report.AggregateSum {
				p.Values = append(p.Values, i)
				p.Totals = append(p.Totals, metrics[0].Total)
			}
			metrics = metrics[1:]
		case report.RoleTime, report.RoleIgnore:
		}
	}
	if len(p.Values) == 0 {
		return nil, errors.New("the report has no column to sum")
	}
	return p, nil
}

// sum goes one way, and writes what comes out as JSON.
func sum(to io.Writer, way, file, planFile string) error {
	text, err := os.ReadFile(planFile)
	if err != nil {
		return err
	}
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	read := p.sumByEncodingCSV
	if way != byEncodingCSV {
		if read, err = reading(way, file); err != nil {
			return err
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun, err := ownCPU()
	if err != nil {
		return err
	}
	s, err := read(file)
	if err != nil {
		return err
	}
	ended, err := ownCPU()
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	s.CPU = (ended - begun).Seconds()
	s.Allocs = float64(after.Mallocs-before.Mallocs) / float64(s.Rows)
	return json.NewEncoder(to).Encode(s)
}

// ownCPU is the CPU time that this process has taken.
func ownCPU() (time.Duration, error) {
	var at unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &at)
	return time.Duration(at.Nano()), err
}

// reading returns how this exporter's package sums a report. Roles are known from
// an earlier reading, as they are in a daemon from its second poll on.
func reading(way, file string) (func(file string) (sums, error), error) {
	var known []*report.Mapping
	if way == byKnown {
		earlier, err := readReport(file)
		if err != nil {
			return nil, err
		}
		known = append(known, earlier.Mapping)
	}
	return func(file string) (sums, error) {
		r, err := readReport(file, known...)
		if err != nil {
			return sums{}, err
		}
		s := sums{Rows: r.Rows}
		for _, m := range r.Metrics {
			if m.Aggregate == report.AggregateSum {
				s.Totals = append(s.Totals, m.Total)
			}
		}
		return s, nil
	}, nil
}

// sumByEncodingCSV is the straightforward program: records that are used again,
// and a map by the label cells, one after the other.
func (p *plan) sumByEncodingCSV(file string) (sums, error) {
	src, err := os.Open(file)
	if err != nil {
		return sums{}, err
	}
	defer src.Close()
	in := csv.NewReader(bufio.NewReaderSize(src, 64<<10))
	in.ReuseRecord, in.Comma = true, []rune(p.Comma)[0]
	if _, err := in.Read(); err != nil {
		return sums{}, fmt.Errorf("read header: %w", err)
	}
	series := map[string][]float64{}
	var key []byte
	s := sums{Totals: make([]float64, len(p.Values))}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return sums{}, err
		}
		s.Rows++
		key = key[:0]
		for _, i := range p.Labels {
			key = append(append(key, row[i]...), 0)
		}
		values, ok := series[string(key)]
		if !ok {
			values = make([]float64, len(p.Values))
			series[string(key)] = values
		}
		for j, i := range p.Values {
			if v, err := strconv.ParseFloat(row[i], 64); err == nil {
				values[j] += v
			}
		}
	}
	for _, values := range series {
		for j, v := range values {
			s.Totals[j] += v
		}
	}
	return s, nil
}
