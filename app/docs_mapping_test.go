package app

import (
	"encoding/csv"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/report"
)

// TestTheExamplesOfTheMappingRulesAreTrue runs every row of the tables with
// examples in docs/mapping.md.
func TestTheExamplesOfTheMappingRulesAreTrue(t *testing.T) {
	rows := 0
	for _, table := range tables(t, "docs/mapping.md") {
		for _, row := range table.rows {
			rows++
			t.Run(strings.Join(row, " "), func(t *testing.T) {
				var got, want string
				switch head := strings.Join(table.header, "|"); head {
				case "Header|Cells|Becomes":
					got, want = mappedTo(t, code(row[0])[0], code(row[1])), strings.ReplaceAll(row[2], "`", "")
				case "Cell|Read as":
					got, want = timeOf(t, code(row[0])[0]), code(row[1])[0]
				case "Cell|Value":
					got, want = numberOf(t, code(row[0])[0], ','), row[1]
				case "Cell in a report with semicolons|Value":
					got, want = numberOf(t, code(row[0])[0], ';'), row[1]
				default:
					t.Fatalf("a table of examples with the header %q", head)
				}
				if got != want {
					t.Errorf("the program says %q", got)
				}
			})
		}
	}
	if rows < 60 {
		t.Errorf("only %d examples were found", rows)
	}
}

// mappedTo returns what a column becomes, in the words of the tables.
func mappedTo(t *testing.T, header string, cells []string) string {
	t.Helper()
	c := read(t, ',', header, cells).Mapping.Columns[0]
	switch c.Role {
	case report.RoleLabel, report.RoleValue:
		return strings.Replace(string(c.Role)+" "+show.Becomes(c), "label label", "label", 1)
	case report.RoleIgnore:
		return "ignored"
	}
	return string(c.Role)
}

func timeOf(t *testing.T, cell string) string {
	t.Helper()
	return read(t, ',', "date", []string{cell}).Newest.Format(time.RFC3339Nano)
}

// numberOf returns what a cell adds up to.
func numberOf(t *testing.T, cell string, comma rune) string {
	t.Helper()
	r := read(t, comma, "amount", []string{cell})
	for _, v := range r.Samples(0) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return "nothing"
}

// read maps a report of the column and of one more, which is a label.
func read(t *testing.T, comma rune, header string, cells []string) *report.Report {
	t.Helper()
	var text strings.Builder
	w := csv.NewWriter(&text)
	w.Comma = comma
	records := [][]string{{header, "thing"}}
	for i, cell := range cells {
		records = append(records, []string{cell, string(rune('a' + i))})
	}
	if err := w.WriteAll(records); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default(config.KeySource{})
	project := ingest.NewProject(ingest.Options{Settings: ingest.Settings{Config: cfg}}, cfg.Projects[0])
	m, err := project.Map(t.Context(), strings.NewReader(text.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, &text)
	}
	defer m.Close()
	return m.Report
}

// table is a table of a Markdown file.
type table struct {
	header []string
	rows   [][]string
}

// tables returns the tables of a file in their order.
func tables(t *testing.T, file string) []table {
	t.Helper()
	var all []table
	inside := false
	for line := range strings.SplitSeq(readText(t, file), "\n") {
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !inside:
			all = append(all, table{header: cells})
		case strings.Trim(line, "|-: ") != "":
			last := &all[len(all)-1]
			last.rows = append(last.rows, cells)
		}
		inside = true
	}
	return all
}

var inCode = regexp.MustCompile("`([^`]+)`")

// code returns what stands in backquotes.
func code(text string) []string {
	var found []string
	for _, m := range inCode.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}
