package report

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestADistinctSetCountsLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var set distinctSet
		seen := map[uint64]bool{}
		value := rapid.OneOf(rapid.Uint64Range(0, 50), rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, math.MaxUint64}))
		for _, v := range rapid.SliceOf(value).Draw(t, "values") {
			set.add(v)
			seen[v] = true
			if v%7 == 0 && set.len() != len(seen) {
				t.Fatalf("%d, and should be %d", set.len(), len(seen))
			}
		}
		if set.len() != len(seen) {
			t.Fatalf("%d, and should be %d", set.len(), len(seen))
		}
	})
}

func TestADistinctSetOfManyIsExactUntilItIsFull(t *testing.T) {
	var set distinctSet
	for i := range uint64(3 * 200_000) {
		set.add(i % 200_000 * 0x9E3779B97F4A7C15)
	}
	if set.len() != 200_000 {
		t.Errorf("%d", set.len())
	}
	for i := range uint64(maxDistinct + 5000) {
		set.add(1767225600000000 + i*1000)
	}
	if set.len() != maxDistinct {
		t.Errorf("%d when full", set.len())
	}
}
