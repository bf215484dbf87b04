package report

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// ordered is a series on its way to its place: the next few bytes of its key, so
// that most comparisons need not look the key up.
type ordered struct {
	next   uint64
	length uint8 // how many bytes of next there are
	series int32
}

// maxChunks bounds how many times inOrder looks at the next few bytes.
const maxChunks = 32

// inOrder returns all series sorted by label values.
func (t *table) inOrder() []int32 {
	all := make([]ordered, len(t.keys))
	for i := range all {
		all[i].series = int32(i)
	}
	t.sort(all, 0, 0, maxChunks)
	sorted := make([]int32, len(all))
	for i, o := range all {
		sorted[i] = o.series
	}
	return sorted
}

// sort sorts series whose keys are the same up to a label value that begins at
// label, and in the first done bytes of it: by the next few bytes, then those in
// which these are the same by what follows.
func (t *table) sort(all []ordered, label, done, chunks int) {
	if len(all) < 2 {
		return // its key may have no label value
	}
	if chunks == 0 {
		slices.SortFunc(all, func(a, b ordered) int { return compareKeys(t.keys[a.series], t.keys[b.series]) })
		return
	}
	for i := range all {
		all[i].next, all[i].length = chunk(t.keys[all[i].series][label:], done)
	}
	slices.SortFunc(all, func(a, b ordered) int {
		if a.next != b.next {
			return cmp.Compare(a.next, b.next)
		}
		return cmp.Compare(a.length, b.length)
	})
	for len(all) > 0 {
		first, same := all[0], 1
		for same < len(all) && all[same].next == first.next && all[same].length == first.length {
			same++
		}
		if first.length == chunkBytes {
			t.sort(all[:same], label, done+chunkBytes, chunks-1)
		} else {
			n, size := uvarint(t.keys[first.series][label:])
			t.sort(all[:same], label+size+n, 0, chunks-1)
		}
		all = all[same:]
	}
}

const chunkBytes = 8

// chunk returns the first chunkBytes of the first label value in key that stand
// behind done others, as a number that is ordered as they are, and how many there
// are.
func chunk(key string, done int) (next uint64, length uint8) {
	n, size := uvarint(key)
	value := key[size+done : size+n]
	if len(value) >= chunkBytes {
		var bytes [chunkBytes]byte
		copy(bytes[:], value)
		return binary.BigEndian.Uint64(bytes[:]), chunkBytes
	}
	for i := range chunkBytes {
		next <<= 8
		if i < len(value) {
			next |= uint64(value[i])
		}
	}
	return next, uint8(len(value))
}
