package report

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSeriesAreInTheOrderOfTheirLabelValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"", "\x00", "a", "b", "é", "1234567", "12345678", "123456789", strings.Repeat("x", 300)})
		labels := rapid.IntRange(0, 3).Draw(t, "labels")
		table := newTable([]Aggregate{AggregateSum}, 0)
		var want [][]string
		for range rapid.IntRange(1, 30).Draw(t, "series") {
			var key []byte
			values := make([]string, labels)
			for i := range values {
				values[i] = strings.Join(rapid.SliceOfN(piece, 0, 3).Draw(t, "value"), "")
				key = appendValue(key, []byte(values[i]))
			}
			if _, known := table.rows[string(key)]; !known {
				table.add(key)
				want = append(want, values)
			}
		}
		slices.SortFunc(want, slices.Compare[[]string])
		values := make([]string, labels)
		for i, series := range table.inOrder() {
			splitKey(table.keys[series], values)
			if !slices.Equal(values, want[i]) {
				t.Fatalf("series %d of %q is %q, and should be %q", i, want, values, want[i])
			}
		}
	})
}
