package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"

	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
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
	Name    string
	Role    report.Role
	Primary bool
}

// sums are what a way has found out, and what it took.
type sums struct {
	Rows   int
	Totals []float64
	Allocs float64 // a row; 0 where it is not known
	CPU    float64 // seconds, where it is not that of the whole process
}

// everything takes as many series as there are.
const everything = 100_000_000

func readOptions() report.Options {
	o := report.DefaultOptions()
	o.SeriesLimit = everything
	return o
}

func readReport(file string, o report.Options) (*report.Report, error) {
	src, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	var kept *spool.Spool
	defer func() { _ = kept.Close() }() // its file has no name
	return report.Read(src, report.Request{Options: o, NewSpool: func() (report.Spool, error) {
		kept = spool.New("")
		return kept, nil
	}})
}

// newPlan infers what the columns of a report are.
func newPlan(file string) (*plan, error) {
	r, err := readReport(file, readOptions())
	if err != nil {
		return nil, err
	}
	p := &plan{Comma: string(rune(r.Mapping.Delimiter)), Rows: r.Rows}
	metrics := r.Metrics
	for i, c := range r.Mapping.Columns {
		p.Columns = append(p.Columns, planColumn{Name: c.Name, Role: c.Role, Primary: c.Primary})
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

// options configure the columns as the plan has them, so that nothing is inferred.
func (p *plan) options() report.Options {
	o := readOptions()
	o.Unlisted = report.UnlistedIgnore
	o.Columns = map[string]report.ColumnOptions{}
	for _, c := range p.Columns {
		o.Columns[c.Name] = report.ColumnOptions{Role: c.Role, Primary: c.Primary}
	}
	return o
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
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := p.sum(way, file)
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	s.Allocs = float64(after.Mallocs-before.Mallocs) / float64(s.Rows)
	return json.NewEncoder(to).Encode(s)
}

func (p *plan) sum(way, file string) (sums, error) {
	if way == byEncodingCSV {
		return p.sumByEncodingCSV(file)
	}
	o := readOptions()
	if way == byKnown {
		o = p.options()
	}
	r, err := readReport(file, o)
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
