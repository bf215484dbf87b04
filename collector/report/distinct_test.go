package report

import (
	"hash/maphash"
	"testing"
)

func TestFewDistinctValuesAreCountedAndManyAreEstimatedInAnyOrder(t *testing.T) {
	seed := maphash.MakeSeed()
	for name, hash := range map[string]func(i int) uint64{
		"values": func(i int) uint64 { return maphash.Comparable(seed, i) },
		"hours":  func(i int) uint64 { return timeHash(int64(i) * 3600e6) },
		"millis": func(i int) uint64 { return timeHash(1767225600e6 + int64(i)*1e3) },
	} {
		for _, n := range []int{0, 1, 8000, 500_000} {
			up, down := newDistincts(64)[0], newDistincts(64)[0]
			for i := range 2 * n {
				up.add(hash(i / 2))
				down.add(hash(n - 1 - i/2))
			}
			off := 0
			if n > 8000 {
				off = n / 8
			}
			got, roughly := up.count(), up.magnitude()
			if got < n-off || got > n+off || roughly < n-off*4 || roughly > n+off*8 || len(up.kept) > maxHashes/64+1 || down.magnitude() != roughly {
				t.Errorf("%d %s count as %d and %d, of which %d are kept", n, name, got, roughly, len(up.kept))
			}
		}
	}
}
