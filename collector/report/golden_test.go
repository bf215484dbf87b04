package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// source is a Source that calls a function for each reading.
type source func() io.Reader

func (s source) Reader() (io.Reader, error) { return s(), nil }

// csvText is a report that is at hand.
func csvText[T string | []byte](text T) source {
	return func() io.Reader { return strings.NewReader(string(text)) }
}

// goldenCase is one file of testdata/golden: options.json over the defaults,
// report.csv, the roles that a person would give its columns (which -update
// leaves alone), and all that came of it.
type goldenCase struct {
	archive     *txtar.Archive
	opts        Options
	input, want []byte
	roles       []string
}

func readGolden(t *testing.T, file string) goldenCase {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := goldenCase{archive: archive, opts: DefaultOptions()}
	for _, f := range archive.Files {
		switch f.Name {
		case "options.json":
			if err := json.Unmarshal(f.Data, &c.opts); err != nil {
				t.Fatal(err)
			}
		case "report.csv":
			c.input = f.Data
		case "roles":
			c.roles = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		case "want":
			c.want = f.Data
		}
	}
	return c
}

func goldenFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	return files
}

func goldenName(file string) string { return strings.TrimSuffix(filepath.Base(file), ".txtar") }

// TestReportsAreMappedAsTheGoldenFilesSay reads each report.csv of testdata/golden
// under its options.json, and compares what came of it with want.
func TestReportsAreMappedAsTheGoldenFilesSay(t *testing.T) {
	for _, file := range goldenFiles(t) {
		t.Run(goldenName(file), func(t *testing.T) {
			c := readGolden(t, file)
			got := describe(c.input, c.opts)
			switch {
			case *update:
				rewriteWant(t, file, c, got)
			case !bytes.Equal(got, c.want):
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", file, got, c.want)
			}
		})
	}
}

func rewriteWant(t *testing.T, file string, c goldenCase, got []byte) {
	t.Helper()
	at := slices.IndexFunc(c.archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	if at < 0 {
		at = len(c.archive.Files)
		c.archive.Files = append(c.archive.Files, txtar.File{Name: "want"})
	}
	c.archive.Files[at].Data = got
	if err := os.WriteFile(file, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestColumnsGetTheRolesThatAPersonWouldGiveThem compares the roles with those
// that were written down before the report was first read.
func TestColumnsGetTheRolesThatAPersonWouldGiveThem(t *testing.T) {
	for _, file := range goldenFiles(t) {
		t.Run(goldenName(file), func(t *testing.T) {
			c := readGolden(t, file)
			if c.roles == nil {
				return
			}
			r, err := Read(csvText(c.input), Request{Options: c.opts})
			if err != nil {
				t.Fatal(err)
			}
			if len(c.roles) != len(r.Mapping.Columns) {
				t.Fatalf("%d roles for %d columns", len(c.roles), len(r.Mapping.Columns))
			}
			for i, column := range r.Mapping.Columns {
				if got := roleOf(column); got != c.roles[i] {
					t.Errorf("column %q is %s, and should be %s: %s", column.Name, got, c.roles[i], column.Why)
				}
			}
		})
	}
}

func roleOf(c Column) string {
	switch {
	case c.Role == RoleValue:
		return "value " + string(c.Aggregate)
	case c.Primary:
		return "time primary"
	}
	return string(c.Role)
}

// describe reads a report and writes down all that came of it.
func describe(input []byte, opts Options) []byte {
	var out bytes.Buffer
	r, err := Read(csvText(input), Request{Options: opts, Explain: true})
	if err != nil {
		fmt.Fprintln(&out, "error:", err)
		return out.Bytes()
	}
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for i, c := range r.Mapping.Columns {
		to := c.Label + c.Metric
		if c.Role == RoleValue {
			to += " " + string(c.Aggregate)
		}
		if c.Primary {
			to += "primary"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\tdistinct %d\tskipped %d\t%s\n", c.Name, c.Role, to, r.Accounts[i].Distinct, r.Accounts[i].Skipped, c.Why)
	}
	w.Flush()
	fmt.Fprintf(&out, "rows %d, series %d, folded %d, dropped %d", r.Rows, r.Series, r.Folded, r.Dropped)
	fmt.Fprintf(&out, ", skipped {NotANumber:%d FieldCount:%d NotATime:%d}", r.Skipped.NotANumber, r.Skipped.FieldCount, r.Skipped.NotATime)
	if n := r.Skipped.TotalRow; n > 0 {
		fmt.Fprintf(&out, ", total rows %d", n)
	}
	if !r.Newest.IsZero() {
		fmt.Fprintf(&out, ", newest %s", r.Newest.Format("2006-01-02T15:04:05.999999Z07:00"))
	}
	fmt.Fprintln(&out)
	for _, warning := range r.Warnings {
		fmt.Fprintln(&out, "warning:", warning)
	}
	for i, m := range r.Metrics {
		for values, v := range r.Samples(i) {
			var labels []string
			for j, name := range r.LabelNames {
				labels = append(labels, fmt.Sprintf("%s=%q", name, values[j]))
			}
			fmt.Fprintf(&out, "%s{%s} %v\n", m.Name, strings.Join(labels, ","), v)
		}
		if m.Aggregate == AggregateSum {
			fmt.Fprintf(&out, "total %s %v\n", m.Name, m.Total)
		}
	}
	return out.Bytes()
}
