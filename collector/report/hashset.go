package report

import "math/bits"

// maxDistinct bounds what a hashSet counts: beyond it, it stays full.
const maxDistinct = 1 << 20

// hashSet counts distinct 64-bit values, up to maxDistinct of them, in some ten
// bytes each. The zero value is empty and ready for use.
type hashSet struct {
	slots   []uint64
	n       int
	hasZero bool
}

// add adds v, which is spread over the set as it is mixed here.
func (s *hashSet) add(v uint64) {
	if v == 0 {
		s.hasZero = true
		return
	}
	if s.n >= maxDistinct {
		return
	}
	if s.n*4 >= len(s.slots)*3 {
		s.grow()
	}
	s.put(v)
}

// len returns how many distinct values were added, at most about maxDistinct.
func (s *hashSet) len() int {
	if s.hasZero {
		return s.n + 1
	}
	return s.n
}

func (s *hashSet) put(v uint64) {
	mask := uint64(len(s.slots) - 1)
	hi, lo := bits.Mul64(v, 0x9E3779B97F4A7C15)
	for i := (hi ^ lo) & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case v:
			return
		case 0:
			s.slots[i] = v
			s.n++
			return
		}
	}
}

func (s *hashSet) grow() {
	old := s.slots
	s.slots = make([]uint64, max(64, 2*len(old)))
	s.n = 0
	for _, v := range old {
		if v != 0 {
			s.put(v)
		}
	}
}
