package bench

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// result is a figure of this exporter. Less is better.
type result struct {
	what  string
	unit  string // seconds, MiB, or empty
	own   float64
	with  string  // what it is compared with; empty: nothing
	other float64 // the figure of that
	most  float64 // the target of own, or of own divided by other; 0: none
}

// table shows results as Markdown.
func table(results []result) string {
	rows := [][]string{{"what", "this exporter", "compared with", "ratio", "at most", "met"}, {"---", "---", "---", "---", "---", "---"}}
	for _, r := range results {
		row := []string{r.what, show(r.own, r.unit), "", "", "", ""}
		bounded, unit := r.own, r.unit
		if r.with != "" {
			bounded, unit = r.own/r.other, "×"
			row[2], row[3] = show(r.other, r.unit)+", "+r.with, show(bounded, unit)
		}
		if r.most > 0 {
			row[4], row[5] = show(r.most, unit), "no"
			if bounded <= r.most {
				row[5] = "yes"
			}
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	return b.String()
}

// show shows a number with three digits, and all digits before the point.
func show(v float64, unit string) string {
	if unit == "seconds" {
		switch d := time.Duration(v * 1e9); {
		case d >= time.Second:
			return show(v, "s")
		case d >= time.Millisecond:
			return show(v*1e3, "ms")
		}
		return show(v*1e6, "µs")
	}
	text := fmt.Sprintf("%.2g", v)
	switch {
	case v >= 100:
		text = fmt.Sprintf("%.0f", v)
		for at := len(text) - 3; at > 0; at -= 3 {
			text = text[:at] + "," + text[at:]
		}
	case v >= 10:
		text = fmt.Sprintf("%.1f", v)
	case v >= 1:
		text = fmt.Sprintf("%.2f", v)
	}
	return strings.TrimSpace(text + " " + unit)
}

// median returns the value in the middle, or the upper one of two.
func median[T cmp.Ordered](all []T) T { return slices.Sorted(slices.Values(all))[len(all)/2] }

// medianOf returns the median of one property.
func medianOf[T any, N cmp.Ordered](all []T, property func(T) N) N {
	values := make([]N, len(all))
	for i, one := range all {
		values[i] = property(one)
	}
	return median(values)
}

// The generated part of a document stands between these lines.
const (
	opening = "<!-- written by test/bench/run --write -->\n"
	closing = "<!-- end of what is written by test/bench/run --write -->\n"
)

// writeInto replaces the generated part of a document.
func writeInto(file, generated string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, opened := strings.Cut(string(text), opening)
	_, after, closed := strings.Cut(rest, closing)
	if !opened || !closed {
		return fmt.Errorf("%s: the lines %q and %q are not both there, in this order", file, opening, closing)
	}
	return os.WriteFile(file, []byte(before+opening+"\n"+generated+"\n"+closing+after), 0o644)
}

func TestOnlyTheGeneratedPartOfADocumentIsReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	for old, want := range map[string]string{
		"a\n" + opening + "old\n" + closing + "b\n": "a\n" + opening + "\nnew\n\n" + closing + "b\n",
		closing + opening: "",
	} {
		if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		err := writeInto(file, "new\n")
		if got, _ := os.ReadFile(file); err == nil && string(got) != want || err != nil && want != "" {
			t.Errorf("%q becomes %q, error %v", old, got, err)
		}
	}
}

func TestATargetThatIsMissedSaysSo(t *testing.T) {
	got := table([]result{
		{what: "a", unit: "seconds", own: 0.0123, with: "b", other: 0.01, most: 1.23},
		{what: "c", own: 1200.4, most: 400},
		{what: "d", unit: "MiB", own: 0.00033},
	})
	_, got, _ = strings.Cut(got, "--- |\n")
	if want := "| a | 12.3 ms | 10.0 ms, b | 1.23 × | 1.23 × | yes |\n| c | 1,200 |  |  | 400 | no |\n| d | 0.00033 MiB |  |  |  |  |\n"; got != want {
		t.Error(got)
	}
}
