package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawCell draws what stands in reports, and what nearly does.
func drawCell(t *rapid.T) string {
	piece := rapid.SampledFrom([]string{
		"0", "1", "12", "123", "007", "2026", "01", "31", ".", ",", "-", "/", ":", "T", "Z", " ", "'", "$", "€", "R$", "US$", "US€", "%", "e5",
		"x", "abcd", "Jan", "é", "\xff", "\u00a0", "+00:00", "2026-01-02", "03/04/2026", "1.234", "12.5", "0.125", "-1.234", "1.234,5",
	})
	return strings.Join(rapid.SliceOfN(piece, 1, 4).Draw(t, "pieces"), "")
}

// TestTheShortcutsOfEvidenceLeaveNothingOut compares what a column has shown with
// the two readings of each of its cells.
func TestTheShortcutsOfEvidenceLeaveNothingOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		semicolons, seen := rapid.Bool().Draw(t, "semicolons"), [5]int{}
		got := newEvidence(&Column{Role: rapid.SampledFrom([]Role{"", RoleTime}).Draw(t, "role")}, semicolons, 1)
		for range rapid.IntRange(1, 8).Draw(t, "cells") {
			cell := trim([]byte(drawCell(t)))
			got.see(cell, time.UTC)
			if isEmpty(cell) {
				continue
			}
			n, c := numberFormat{decimal: '.'}.parse(cell), numberFormat{decimal: ','}.parse(cell)
			for i, is := range []bool{true, n.ok, c.ok, n.unit == percent || c.unit == percent, !n.ok && !c.ok && (n.padded || c.padded)} {
				if is {
					seen[i]++
				}
			}
			comma := bytes.IndexByte(cell, ',')
			if semicolons && (comma >= 0 && !got.commas || comma >= 0 && bytes.IndexByte(cell[comma:], '.') > 0 && !got.pointEnd) {
				t.Fatalf("the comma of %q is not seen", cell)
			}
		}
		if have := [5]int{got.cells, got.point, got.comma, got.units[percent], got.padded}; have != seen {
			t.Fatalf("cells, numbers with a point and with a comma, per cent and leading zeros are %v, and should be %v", have, seen)
		}
	})
}

func FuzzEvidence(f *testing.F) {
	for _, cell := range []string{"1.234", "2026-01-02", "R$ 1,5", "US€12", "12.5", "01.2026"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := trim([]byte(text))
		if isEmpty(cell) {
			return
		}
		e := newEvidence(&Column{}, false, 1)
		e.see(cell, time.UTC)
		n, c := numberFormat{decimal: '.'}.parse(cell), numberFormat{decimal: ','}.parse(cell)
		if (e.point == 1) != n.ok || (e.comma == 1) != c.ok || (e.units[percent] == 1) != (n.unit == percent || c.unit == percent) || (e.padded == 1) != (!n.ok && !c.ok && (n.padded || c.padded)) {
			t.Errorf("%q shows %+v, and is %+v and %+v", cell, e, n, c)
		}
	})
}
