package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// table is one table of the output.
type table struct {
	title  string
	header []string
	rows   [][]string
	notes  []string
}

// write writes the table as Markdown.
func (t table) write(to io.Writer) {
	fmt.Fprintf(to, "### %s\n\n", t.title)
	writeRow(to, t.header)
	rule := make([]string, len(t.header))
	for i := range rule {
		rule[i] = "---"
	}
	writeRow(to, rule)
	for _, row := range t.rows {
		writeRow(to, row)
	}
	fmt.Fprintln(to)
	for _, note := range t.notes {
		fmt.Fprintf(to, "%s\n\n", note)
	}
}

func writeRow(to io.Writer, cells []string) {
	fmt.Fprintf(to, "| %s |\n", strings.Join(cells, " | "))
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

// showBytes shows a size with three digits.
func showBytes(n int64) string {
	switch {
	case n >= 1<<20:
		return digits(float64(n)/(1<<20)) + " MiB"
	case n >= 1<<10:
		return digits(float64(n)/(1<<10)) + " KiB"
	}
	return fmt.Sprintf("%d B", n)
}

// showRatio shows a part of something.
func showRatio(part, whole float64) string { return digits(part/whole) + " ×" }

// digits shows a number with three digits, and all of those before the point.
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
