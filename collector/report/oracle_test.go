package report

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"reflect"
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

// outcomes are the values of series, by their labels a and b, for each aggregate.
type outcomes map[Aggregate]map[[2]string]float64

// slowly aggregates the slow way: it gathers all samples of each series, and then passes
// over them. rename gives a series its labels. junk counts the cells that are not numbers.
func slowly(t *rapid.T, text string, rename func(labels [2]string) [2]string) (got outcomes, junk int) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type series struct {
		how    Aggregate
		labels [2]string
	}
	samples := map[series]map[string]float64{} // by day and row: of equal days, the row further down is later
	for n, row := range rows[1:] {
		if len(row) != len(rows[0]) {
			continue
		}
		day := fmt.Sprintf("%s %06d", strings.TrimPrefix(row[2], "soon"), n)
		for i, how := range oracleAggregates {
			v, ok := sampleOf(row[3+i])
			if row[3+i] == "n/a!" {
				junk++
			}
			if s := (series{how, rename([2]string{row[0], row[1]})}); ok && samples[s] == nil {
				samples[s] = map[string]float64{day: v}
			} else if ok {
				samples[s][day] = v
			}
		}
	}
	got = outcomes{}
	for _, how := range oracleAggregates {
		got[how] = map[[2]string]float64{}
	}
	for s, of := range samples {
		got[s.how][s.labels] = aggregateSlowly(s.how, of)
	}
	return got, junk
}

func aggregateSlowly(how Aggregate, samples map[string]float64) float64 {
	sum, all, n := 0.0, slices.Collect(maps.Values(samples)), float64(len(samples))
	for _, v := range all {
		sum += v
	}
	return map[Aggregate]float64{
		AggregateSum: sum, AggregateMax: slices.Max(all), AggregateMin: slices.Min(all), AggregateMean: sum / n, AggregateCount: n,
		AggregateLast: samples[slices.Max(slices.Collect(maps.Keys(samples)))],
	}[how]
}

func TestEveryAggregateIsWhatTheSlowWayGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawReport(t)
		opts := in.options()
		opts.SeriesLimit = rapid.IntRange(3, 20).Draw(t, "limit")
		r, err := Read(csvText(in.text()), Request{Options: opts})
		if err != nil && !strings.Contains(err.Error(), "rows have another number") {
			t.Fatal(err)
		}
		if err != nil || r.Skipped.TotalRow > 0 {
			return // The slow way knows no totals.
		}
		got, served := outcomes{}, map[[2]string]bool{}
		for i, how := range oracleAggregates {
			got[how] = map[[2]string]float64{}
			for values, v := range r.Samples(i) {
				labels := [2]string{values[0], values[1]}
				got[how][labels], served[labels] = v, true
			}
		}
		rest := [2]string{other, other}
		want, junk := slowly(t, in.text(), func(labels [2]string) [2]string {
			if served[labels] {
				return labels
			}
			return rest
		})
		if !reflect.DeepEqual(got, want) || r.Skipped.NotANumber != junk || r.Series != len(served) {
			t.Fatalf("%d series, %d cells that are not numbers, %v;\nand should be %d, %d and %v", r.Series, r.Skipped.NotANumber, got, len(served), junk, want)
		}
		if together, _ := slowly(t, in.text(), func([2]string) [2]string { return rest }); r.Metrics[0].Total != together[AggregateSum][rest] {
			t.Fatalf("the total is %v, and should be %v", r.Metrics[0].Total, together)
		}
		checkLargest(t, r, served, in.text(), opts.SeriesLimit)
	})
}

// checkLargest holds the served series to the limit: only as many as needed are folded,
// and none that is larger than one that is kept.
func checkLargest(t *rapid.T, r *Report, served map[[2]string]bool, text string, limit int) {
	single, _ := slowly(t, text, func(labels [2]string) [2]string { return labels })
	all := map[[2]string]float64{}
	for _, of := range single {
		for labels := range of {
			all[labels] = math.Abs(single[AggregateSum][labels])
		}
	}
	if len(served) != min(len(all), limit) || (r.Folded > 0) != (len(all) > limit) {
		t.Fatalf("%d of %d series are served and %d folded under a limit of %d", len(served), len(all), r.Folded, limit)
	}
	delete(served, [2]string{other, other})
	for folded, size := range all {
		for kept := range served {
			if !served[folded] && folded != [2]string{other, other} && size > all[kept] {
				t.Fatalf("%q with %v is folded, and %q with %v is kept", folded, size, kept, all[kept])
			}
		}
	}
}
