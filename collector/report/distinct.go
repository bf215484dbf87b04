package report

import (
	"encoding/binary"
	"slices"
)

// maxDistinct bounds what a distinctSet counts: beyond it, it stays full.
const maxDistinct = 1 << 20

// maxRecent bounds what a distinctSet remembers to recognise repetitions.
const maxRecent = 1 << 16

// distinctSet counts distinct 64-bit values, up to maxDistinct of them. It keeps
// them sorted, as the differences from one to the next, which takes two to five
// bytes for each of a million times. The zero value is empty and ready for use.
type distinctSet struct {
	n       int      // of sorted
	last    uint64   // of sorted, the greatest
	sorted  []byte   // ascending, as varints of differences
	spare   []byte   // room for the next one
	pending []uint64 // less than last and not merged yet, in any order
	recent  []uint64 // values seen lately, by hash, to keep repetitions out of pending; more where there are more values
	hasZero bool
}

// add adds v.
func (s *distinctSet) add(v uint64) {
	if v == 0 {
		s.hasZero = true
		return
	}
	if v == s.last || s.n >= maxDistinct {
		return
	}
	if v > s.last { // as it always is where times ascend
		s.sorted = binary.AppendUvarint(s.sorted, v-s.last)
		s.last = v
		s.n++
		return
	}
	if s.n >= len(s.recent) && len(s.recent) < maxRecent {
		s.recent = make([]uint64, max(1<<10, 4*len(s.recent)))
	}
	slot := &s.recent[v*0x9E3779B97F4A7C15>>32*uint64(len(s.recent))>>32]
	if *slot == v {
		return
	}
	*slot = v
	s.pending = append(s.pending, v)
	if len(s.pending) >= max(1<<10, s.n/4) {
		s.merge()
	}
}

// len returns how many distinct values were added, at most maxDistinct.
func (s *distinctSet) len() int {
	s.merge()
	n := s.n
	if s.hasZero {
		n++
	}
	return min(n, maxDistinct)
}

// merge moves what is pending to sorted.
func (s *distinctSet) merge() {
	if len(s.pending) == 0 {
		return
	}
	slices.Sort(s.pending)
	out, last, n := s.spare[:0], uint64(0), 0
	put := func(v uint64) {
		if v != last {
			out = binary.AppendUvarint(out, v-last)
			last = v
			n++
		}
	}
	pending := s.pending
	for rest, v := s.sorted, uint64(0); len(rest) > 0; {
		difference, size := binary.Uvarint(rest)
		v += difference
		rest = rest[size:]
		for len(pending) > 0 && pending[0] <= v {
			put(pending[0])
			pending = pending[1:]
		}
		put(v)
	}
	for _, v := range pending {
		put(v)
	}
	s.spare, s.sorted, s.n, s.pending = s.sorted, out, n, s.pending[:0]
}
