package report

import "maps"

// maxHashes bounds how many hashes are kept of one kind of values, over all columns.
const maxHashes = 1 << 19

// distinct counts distinct hashes. Once there are too many, it keeps those that end in
// some zero bits, and estimates how many there are.
type distinct struct {
	most  int // that are kept
	kept  map[uint64]struct{}
	zeros int
	last  uint64 // that was kept: columns repeat themselves
}

// newDistincts returns n counts that share the bound.
func newDistincts(n int) []distinct {
	all := make([]distinct, n)
	for i := range all {
		all[i] = distinct{most: maxHashes/n + 1}
	}
	return all
}

func (d *distinct) add(hash uint64) {
	if !d.keeps(hash) || hash == d.last && len(d.kept) > 0 {
		return
	}
	if d.kept == nil {
		d.kept = map[uint64]struct{}{}
	}
	d.kept[hash], d.last = struct{}{}, hash
	for len(d.kept) > d.most {
		d.zeros++
		maps.DeleteFunc(d.kept, func(hash uint64, _ struct{}) bool { return !d.keeps(hash) })
	}
}

func (d *distinct) keeps(hash uint64) bool { return hash&(1<<d.zeros-1) == 0 }

func (d *distinct) count() int { return len(d.kept) << d.zeros }

// magnitude returns the count as long as it is exact, and else a power of two times most:
// columns with like counts have the same.
func (d *distinct) magnitude() int {
	if d.zeros > 0 {
		return d.most << d.zeros
	}
	return len(d.kept)
}
