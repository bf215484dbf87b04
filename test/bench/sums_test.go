package bench

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"statsig_exporter/bench/series"
	"statsig_exporter/collector/report"
)

// source is a file that can be read again and again.
type source struct{ *os.File }

func (s source) Reader() (io.Reader, error) { return io.NewSectionReader(s, 0, math.MaxInt64), nil }

// byPackage sums the value columns with the exporter's package. With a known mapping, roles come from an earlier reading, as in a
// daemon from its second poll on.
func byPackage(src source, known ...*report.Mapping) ([]float64, *report.Mapping, error) {
	r, err := report.Read(src, report.Request{Options: report.DefaultOptions(), Known: known})
	if err != nil {
		return nil, nil, err
	}
	var totals []float64
	for _, m := range r.Metrics {
		totals = append(totals, m.Total)
	}
	return totals, r.Mapping, nil
}

// byEncodingCSV sums as a straightforward program does: with records that are used again, and a map by the label cells.
func byEncodingCSV(src source, mapping *report.Mapping) ([]float64, error) {
	var labels, values []int
	for i, c := range mapping.Columns {
		switch c.Role {
		case report.RoleLabel:
			labels = append(labels, i)
		case report.RoleValue:
			values = append(values, i)
		case report.RoleTime, report.RoleIgnore:
		}
	}
	from, _ := src.Reader()
	in := csv.NewReader(bufio.NewReaderSize(from, 64<<10))
	in.ReuseRecord = true
	if _, err := in.Read(); err != nil {
		return nil, err
	}
	all, key := map[string][]float64{}, []byte{}
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
		sums, ok := all[string(key)]
		if !ok {
			sums = make([]float64, len(values))
			all[string(key)] = sums
		}
		for j, i := range values {
			if v, err := strconv.ParseFloat(row[i], 64); err == nil {
				sums[j] += v
			}
		}
	}
	totals := make([]float64, len(values))
	for _, sums := range all {
		for j, v := range sums {
			totals[j] += v
		}
	}
	return totals, nil
}

// compareSums goes all ways from a report to its sums in turn, again and again. They have to come to the same sums.
func (b *bench) compareSums() {
	file, err := os.Create(filepath.Join(b.TempDir(), "report.csv"))
	b.check(err)
	defer file.Close()
	b.check(series.Rows(b.rows)(file, 0))
	src := source{file}
	want, mapping, err := byPackage(src)
	b.check(err)
	type cost struct{ cpu, allocations float64 }
	costs := map[string][]cost{}
	for i := range b.rounds {
		progress("%d rows, round %d", b.rows, i+1)
		for name, way := range map[string]func() ([]float64, error){
			"encoding/csv":   func() ([]float64, error) { return byEncodingCSV(src, mapping) },
			"known roles":    func() ([]float64, error) { sums, _, err := byPackage(src, mapping); return sums, err },
			"inferred roles": func() ([]float64, error) { sums, _, err := byPackage(src); return sums, err },
		} {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			begun := b.ownCPU()
			sums, err := way()
			ended := b.ownCPU()
			runtime.ReadMemStats(&after)
			b.check(err)
			if !slices.Equal(sums, want) {
				b.Fatalf("%s: the sums are %v, not %v", name, sums, want)
			}
			costs[name] = append(costs[name], cost{(ended - begun).Seconds(), float64(after.Mallocs-before.Mallocs) / float64(b.rows)})
		}
	}
	cpu := func(c cost) float64 { return c.cpu }
	rows := show(float64(b.rows), "") + " rows, "
	for _, way := range []struct {
		name string
		most float64
	}{{"known roles", 0.6}, {"inferred roles", 1}} {
		got := costs[way.name]
		b.results = append(b.results,
			result{"CPU, sums of " + rows + way.name, "seconds", medianOf(got, cpu), "encoding/csv", medianOf(costs["encoding/csv"], cpu), way.most},
			result{what: "allocations a row, sums of " + rows + way.name, own: medianOf(got, func(c cost) float64 { return c.allocations }), most: 0.1})
	}
}

// ownCPU returns the CPU time of this process so far.
func (b *bench) ownCPU() time.Duration {
	var at unix.Timespec
	b.check(unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &at))
	return time.Duration(at.Nano())
}

func TestAllWaysComeToTheSameSums(t *testing.T) {
	b := &bench{T: t, rows: 20_000, rounds: 1}
	if b.compareSums(); len(b.results) != 4 {
		t.Errorf("%+v", b.results)
	}
}
