package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// target is a figure and the most that it should be. Less is better.
type target struct {
	what  string
	got   float64
	most  float64
	units string
}

func targetTable(all []target) table {
	t := table{title: "Targets", header: []string{"what", "measured", "at most", "met"}}
	for _, one := range all {
		met := "yes"
		if !(one.got <= one.most) {
			met = "no"
		}
		t.rows = append(t.rows, []string{one.what, digits(one.got) + one.units, digits(one.most) + one.units, met})
	}
	return t
}

// table is one table of the output.
type table struct {
	title  string
	header []string
	rows   [][]string
}

// write writes the table as Markdown.
func (t table) write(to io.Writer) {
	fmt.Fprintf(to, "### %s\n\n", t.title)
	rule := strings.Split(strings.Repeat("---,", len(t.header)-1)+"---", ",")
	for _, cells := range append([][]string{t.header, rule}, t.rows...) {
		fmt.Fprintf(to, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprintln(to)
}

// showTime shows a time with three digits.
func showTime(d time.Duration) string {
	switch {
	case d >= time.Second:
		return digits(d.Seconds()) + " s"
	case d >= time.Millisecond:
		return digits(d.Seconds()*1e3) + " ms"
	}
	return digits(d.Seconds()*1e6) + " µs"
}

// digits shows a number with three digits, and all digits before the point.
func digits(v float64) string {
	switch {
	case v >= 100:
		return grouped(int64(v + 0.5))
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

// grouped shows a whole number with commas between the thousands.
func grouped(n int64) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
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
	return os.WriteFile(file, []byte(before+opening+"\n"+generated+closing+after), 0o644) //nolint:gosec // anybody may read the document
}
