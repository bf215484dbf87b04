package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// checkEvidence compares what cells have shown of a column with the two readings of
// each: the shortcuts on the way leave nothing out.
func checkEvidence(t fatal, role Role, semicolons bool, cells ...string) {
	m := Mapping{Columns: []Column{{Role: role}}, Delimiter: ','}
	if semicolons {
		m.Delimiter = ';'
	}
	got, want := newEvidence(&m.Columns[0], m.Columns[0].times(time.UTC), &m), [5]int{}
	for _, text := range cells {
		cell := trim([]byte(text))
		got.see(cell, 1)
		if isEmpty(cell) {
			continue
		}
		n, c := numberFormat{decimal: '.'}.parse(cell), numberFormat{decimal: ','}.parse(cell)
		for i, is := range []bool{true, n.ok, c.ok, n.unit == percent || c.unit == percent, !n.ok && !c.ok && (n.padded || c.padded)} {
			if is {
				want[i]++
			}
		}
		comma := bytes.IndexByte(cell, ',')
		if semicolons && comma >= 0 && (!got.commas || bytes.IndexByte(cell[comma:], '.') > 0 && !got.pointEnd) {
			t.Fatalf("the comma of %q is not seen", cell)
		}
	}
	if have := [5]int{got.cells, int(got.point.n), int(got.comma.n), got.units[percent], got.padded}; have != want {
		t.Fatalf("%q: cells, numbers with a point and with a comma, per cent and leading zeros are %v, and should be %v", cells, have, want)
	}
}

func TestTheShortcutsOfEvidenceLeaveNothingOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// What stands in reports, and what nearly does.
		piece := rapid.SampledFrom([]string{
			"0", "1", "12", "123", "007", "2026", "01", "31", ".", ",", "-", "/", ":", "T", "Z", " ", "'", "$", "€", "R$", "US$", "US€", "%", "e5",
			"x", "abcd", "Jan", "é", "\xff", "\u00a0", "+00:00", "2026-01-02", "03/04/2026", "1.234", "12.5", "0.125", "-1.234", "1.234,5",
		})
		cell := rapid.Map(rapid.SliceOfN(piece, 1, 4), func(pieces []string) string { return strings.Join(pieces, "") })
		role := rapid.SampledFrom([]Role{"", RoleTime}).Draw(t, "role")
		checkEvidence(t, role, rapid.Bool().Draw(t, "semicolons"), rapid.SliceOfN(cell, 1, 8).Draw(t, "cells")...)
	})
}

func FuzzEvidence(f *testing.F) {
	for _, cell := range []string{"1.234", "2026-01-02", "R$ 1,5", "US€12", "12.5", "01.2026"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) { checkEvidence(t, "", false, cell) })
}
