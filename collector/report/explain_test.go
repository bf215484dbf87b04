package report

import (
	"hash/maphash"
	"testing"
)

func TestFewDistinctValuesAreCountedAndManyAreEstimated(t *testing.T) {
	seed := maphash.MakeSeed()
	for _, n := range []int{0, 1, 8000, 500_000} {
		d := newDistincts(64)[0]
		for i := range 2 * n {
			d.add(maphash.Comparable(seed, i/2))
		}
		off := 0
		if n > 8000 {
			off = n / 8
		}
		if got := d.count(); got < n-off || got > n+off || len(d.kept) > maxHashes/64+1 {
			t.Errorf("%d values count as %d, of which %d are kept", n, got, len(d.kept))
		}
	}
}
