package docs_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"statsig_exporter/app"
)

// TestTheExamplesOfTheMappingAreTrue gives every example in mapping.md to inspect.
func TestTheExamplesOfTheMappingAreTrue(t *testing.T) {
	for table, check := range map[string]func(row []string) string{
		"Header | Cells | Becomes": func(row []string) string {
			return becomes(t, code(row[0])[0], code(row[1]))
		},
		"Cell | Read as": func(row []string) string {
			return found(inspect(t, "table", ',', "date", code(row[0])), `newest time (\S+)`)
		},
		"Cell | Value": func(row []string) string {
			return amount(t, ',', code(row[0]))
		},
		"Cell in a report with semicolons | Value": func(row []string) string {
			return amount(t, ';', code(row[0]))
		},
	} {
		tables := regexp.MustCompile(`(?m)^\| `+regexp.QuoteMeta(table)+` \|\n\|[-|]+\n((?:\|.*\n)+)`).FindAllStringSubmatch(read(t, "mapping.md"), -1)
		if tables == nil {
			t.Errorf("there is no table of %s", table)
		}
		for _, m := range tables {
			for line := range strings.Lines(m[1]) {
				row := strings.Split(strings.Trim(line, "|\n"), "|")
				want := strings.TrimSpace(strings.ReplaceAll(row[len(row)-1], "`", ""))
				if got := check(row); got != want {
					t.Errorf("%s becomes %q", line, got)
				}
			}
		}
	}
}

// found returns what the group of a pattern matches, or "nothing".
func found(text, pattern string) string {
	if m := regexp.MustCompile(pattern).FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return "nothing"
}

// amount returns the value of a cell.
func amount(t *testing.T, comma rune, cells []string) string {
	t.Helper()
	text := found(inspect(t, "metrics", comma, "amount", cells), `(?m)^statsig_usage_amount\{.* (\S+)$`)
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return text
}

// becomes returns what a column becomes, in the words of the tables.
func becomes(t *testing.T, header string, cells []string) string {
	t.Helper()
	var explained struct {
		Columns []struct{ Role, Label, Metric, Aggregate string }
	}
	if err := json.Unmarshal([]byte(inspect(t, "json", ',', header, cells)), &explained); err != nil {
		t.Fatal(err)
	}
	switch c := explained.Columns[0]; c.Role {
	case "label":
		return "label " + c.Label
	case "value":
		return "value " + c.Metric + " (" + c.Aggregate + ")"
	case "ignore":
		return "ignored"
	default:
		return c.Role
	}
}

// inspect explains a report of the column and of a label column.
func inspect(t *testing.T, format string, comma rune, header string, cells []string) string {
	t.Helper()
	var text, stdout, stderr bytes.Buffer
	w := csv.NewWriter(&text)
	w.Comma = comma
	records := [][]string{{header, "thing"}}
	for i, cell := range cells {
		records = append(records, []string{cell, string(rune('a' + i))})
	}
	if err := w.WriteAll(records); err != nil {
		t.Fatal(err)
	}
	if status := app.Run(t.Context(), []string{"inspect", "--format=" + format, "-"}, &text, &stdout, &stderr); status != 0 {
		t.Fatalf("%q: %s", records, &stderr)
	}
	return stdout.String()
}
