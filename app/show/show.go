// Package show writes names, numbers and times for people to read.
package show

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"statsig_exporter/collector/report"
	"statsig_exporter/statsig"
)

// Limit is how many characters of a text from outside are shown.
const Limit = 500

// Text returns s with control, format and bidirectional characters escaped, so that
// it cannot steer a terminal, add a line or reorder a page. The escapes are those
// of JSON for all characters that a string in JSON can hold as they are.
func Text(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r < ' ':
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	return b.String()
}

// hidden reports whether a character changes how its neighbours appear, or does
// not appear at all.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

// Lines is Text for several lines.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Text(line)
	}
	return strings.Join(lines, "\n")
}

// Short returns Text of s, cut to at most n characters.
func Short(s string, n int) string { return Cut(Text(s), n) }

// Cut cuts s to at most n characters.
func Cut(s string, n int) string {
	if len(s) <= n { // no more characters than bytes
		return s
	}
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}

// List joins as many items as fit into n characters, and counts the others.
func List(items []string, n int) string {
	var b strings.Builder
	for i, item := range items {
		item = Text(item)
		if i > 0 && b.Len()+len(item) > n {
			fmt.Fprintf(&b, ", … and %s more", Count(len(items)-i))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(Cut(item, n))
	}
	return b.String()
}

// Labels writes the labels of a series that have a value.
func Labels(names, values []string) string {
	var parts []string
	for i, value := range values {
		if value != "" {
			parts = append(parts, names[i]+"="+strconv.Quote(Cut(value, 40)))
		}
	}
	return strings.Join(parts, ", ")
}

// Becomes says what a column is in the exposition.
func Becomes(c report.Column) string {
	switch c.Role {
	case report.RoleLabel:
		return "label " + c.Label
	case report.RoleValue:
		return fmt.Sprintf("%s (%s)", c.Metric, c.Aggregate)
	case report.RoleTime:
		if c.Primary {
			return "the time of a row"
		}
	}
	return "-"
}

// Window writes a window as a person would: one day as its date.
func Window(w statsig.Window) string {
	start, end := w.Start, w.End
	if end.Equal(start.AddDate(0, 0, 1)) && start.Hour() == 0 {
		return start.Format("Monday, 2 January 2006 (MST)")
	}
	return start.Format("2006-01-02 15:04") + " to " + end.Format("2006-01-02 15:04 MST")
}

// Ago says how long ago something was.
func Ago(d time.Duration) string {
	if d < time.Second {
		return "just now"
	}
	return roughly(d) + " ago"
}

// Within says how soon something will be.
func Within(d time.Duration) string {
	if d < time.Second {
		return "now"
	}
	return "in " + roughly(d)
}

// roughly writes a duration with one unit, or two where one says little.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

// Value writes a value for a person: grouped, with at most six decimals.
func Value(v float64) string {
	if math.Abs(v) >= 1e15 || v != 0 && math.Abs(v) < 1e-6 {
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	whole, decimals, _ := strings.Cut(strconv.FormatFloat(v, 'f', 6, 64), ".")
	decimals = strings.TrimRight(decimals, "0")
	if decimals == "" {
		return group(whole)
	}
	return group(whole) + "." + decimals
}

// Count writes a number of things.
func Count(n int) string { return group(strconv.Itoa(n)) }

// group puts thin spaces between the thousands.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return sign + s
}

// Bytes writes a size with its unit.
func Bytes(n int64) string {
	value, unit := float64(n), "B"
	for _, next := range []string{"KiB", "MiB", "GiB"} {
		if value < 1024 {
			break
		}
		value, unit = value/1024, next
	}
	if unit == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, unit)
}
