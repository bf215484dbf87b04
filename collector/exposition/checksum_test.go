package exposition

import (
	"hash/crc32"
	"testing"

	"pgregory.net/rapid"
)

func TestChecksumsCombineToThatOfTheConcatenation(t *testing.T) {
	bytes := rapid.SliceOfN(rapid.Byte(), 0, 3000)
	rapid.Check(t, func(t *rapid.T) {
		first, second := bytes.Draw(t, "first"), bytes.Draw(t, "second")
		sum := newChecksum(crc32.ChecksumIEEE(second), len(second))
		want := crc32.ChecksumIEEE(append(first[:len(first):len(first)], second...))
		if got := sum.appendTo(crc32.ChecksumIEEE(first)); got != want {
			t.Fatalf("got %08x, want %08x", got, want)
		}
	})
}
