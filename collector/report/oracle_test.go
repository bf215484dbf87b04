package report

import (
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// randomReport is a report whose mapping is beyond doubt: two labels, a day, and
// a value column for each aggregate, with gaps, placeholders and junk.
type randomReport struct {
	rows [][]string
}

var oracleAggregates = []Aggregate{AggregateSum, AggregateMax, AggregateMin, AggregateMean, AggregateCount, AggregateLast}

func (r randomReport) header() []string {
	header := []string{"a", "b", "day"}
	for _, how := range oracleAggregates {
		header = append(header, "v_"+string(how))
	}
	return header
}

func (r randomReport) options() Options {
	opts := DefaultOptions()
	opts.Columns = map[string]ColumnOptions{"a": {Role: RoleLabel}, "b": {Role: RoleLabel}, "day": {Role: RoleTime}}
	for _, how := range oracleAggregates {
		opts.Columns["v_"+string(how)] = ColumnOptions{Role: RoleValue, Aggregate: how}
	}
	opts.Decimal = DecimalPoint
	return opts
}

func (r randomReport) text() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(r.header())
	_ = w.WriteAll(r.rows)
	return b.String()
}

func drawReport(t *rapid.T) randomReport {
	var r randomReport
	label := rapid.SampledFrom([]string{"x", "y", "z", "other", "", "a,b", "\"q\"", "é", "new\nline"})
	day := rapid.SampledFrom([]string{"2026-01-01", "2026-01-02", "2026-01-03", "", "soon"})
	number := rapid.OneOf( // sums of these are exact
		rapid.Map(rapid.IntRange(-1000, 1000), func(n int) string { return fmt.Sprint(n) }),
		rapid.Map(rapid.IntRange(-1e9, 1e9), func(n int) string { return fmt.Sprint(float64(n) / 128) }),
		rapid.SampledFrom([]string{"", "NULL", "-", "n/a!", "1,234.5", "-$0.50", "0.25", "50%"}),
	)
	for range rapid.IntRange(1, 40).Draw(t, "rows") {
		row := []string{label.Draw(t, "a"), label.Draw(t, "b"), day.Draw(t, "day")}
		for range oracleAggregates {
			row = append(row, number.Draw(t, "cell"))
		}
		if rapid.IntRange(0, 20).Draw(t, "ragged") == 0 {
			row = row[:4]
		}
		r.rows = append(r.rows, row)
	}
	return r
}

// sampleOf reads a number as the contract defines it, for the few shapes drawn.
func sampleOf(cell string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.NewReplacer(",", "", "$", "", "50%", "0.5").Replace(cell), 64)
	return f, err == nil
}

// oracleSeries aggregates the slow way: all samples of each series, then one
// pass over them.
type oracleSeries struct {
	samples [][]float64 // by aggregate
	days    [][]string
}

func newOracleSeries() *oracleSeries {
	return &oracleSeries{samples: make([][]float64, len(oracleAggregates)), days: make([][]string, len(oracleAggregates))}
}

func (s *oracleSeries) value(how int) (float64, bool) {
	all := s.samples[how]
	if len(all) == 0 {
		return 0, false
	}
	sum, last := 0.0, 0
	for i, v := range all {
		sum += v
		if s.days[how][i] >= s.days[how][last] {
			last = i
		}
	}
	n := float64(len(all))
	return map[Aggregate]float64{
		AggregateSum: sum, AggregateMax: slices.Max(all), AggregateMin: slices.Min(all), AggregateLast: all[last],
		AggregateMean: sum / n, AggregateCount: n,
	}[oracleAggregates[how]], true
}

// oracle returns the series of a report, and one of all rows together.
func oracle(t *rapid.T, text string) (series map[[2]string]*oracleSeries, all *oracleSeries, junk int) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	series, all = map[[2]string]*oracleSeries{}, newOracleSeries()
	for n, row := range rows[1:] {
		if len(row) != len(rows[0]) {
			continue
		}
		key, day := [2]string{row[0], row[1]}, row[2]
		if day == "soon" {
			day = ""
		}
		day = fmt.Sprintf("%s %06d", day, n) // of equal days, the row further down counts as later
		for i, cell := range row[3:] {
			v, ok := sampleOf(cell)
			if !ok {
				if cell == "n/a!" {
					junk++
				}
				continue
			}
			if series[key] == nil {
				series[key] = newOracleSeries()
			}
			for _, s := range []*oracleSeries{series[key], all} {
				s.samples[i], s.days[i] = append(s.samples[i], v), append(s.days[i], day)
			}
		}
	}
	return series, all, junk
}

func TestEveryAggregateIsWhatTheSlowWayGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawReport(t)
		opts := in.options()
		opts.SeriesLimit = rapid.IntRange(3, 20).Draw(t, "limit")
		want, all, junk := oracle(t, in.text())
		r, err := Read(csvText(in.text()), Request{Options: opts})
		if err != nil && !strings.Contains(err.Error(), "rows have another number") {
			t.Fatal(err)
		}
		if err != nil || r.Skipped.TotalRow > 0 {
			return // The slow way knows no totals.
		}
		if r.Skipped.NotANumber != junk || len(want) <= opts.SeriesLimit && r.Series != len(want) || len(want) > opts.SeriesLimit && r.Series != opts.SeriesLimit {
			t.Fatalf("%d skipped cells, %d series under a limit of %d; and should be %d and %d", r.Skipped.NotANumber, r.Series, opts.SeriesLimit, junk, len(want))
		}
		if total, _ := all.value(0); r.Metrics[0].Total != total {
			t.Fatalf("the total is %v, and should be %v", r.Metrics[0].Total, total)
		}
		served := map[[2]string]*oracleSeries{}
		for i := range r.Metrics {
			for values := range r.Samples(i) {
				served[[2]string{values[0], values[1]}] = want[[2]string{values[0], values[1]}]
			}
		}
		rest := [2]string{other, other}
		if r.Folded > 0 {
			served[rest] = foldedRest(want, served)
		}
		smallest := math.Inf(1)
		for i, how := range oracleAggregates {
			samples := 0
			for values, v := range r.Samples(i) {
				key := [2]string{values[0], values[1]}
				if w, ok := served[key].value(i); !ok || v != w {
					t.Fatalf("%s%q is %v, and should be %v", how, values, v, w)
				}
				if samples++; i == 0 && (r.Folded == 0 || key != rest) {
					smallest = min(smallest, math.Abs(v))
				}
			}
			for key, s := range served {
				if _, ok := s.value(i); ok {
					samples--
				} else if i == 0 && key != rest {
					smallest = 0
				}
			}
			if samples != 0 {
				t.Fatalf("%s has %d series too many", how, samples)
			}
		}
		for key, s := range want {
			if w, ok := s.value(0); ok && served[key] == nil && math.Abs(w) > smallest {
				t.Fatalf("%q with %v is folded, and one with %v is kept", key, w, smallest)
			}
		}
	})
}

// foldedRest puts the samples together of all series that are not served, and of a real
// one that reads other.
func foldedRest(want, served map[[2]string]*oracleSeries) *oracleSeries {
	rest := newOracleSeries()
	for key, s := range want {
		if served[key] != nil && key != [2]string{other, other} {
			continue
		}
		for i := range oracleAggregates {
			rest.samples[i] = append(rest.samples[i], s.samples[i]...)
			rest.days[i] = append(rest.days[i], s.days[i]...)
		}
	}
	return rest
}
