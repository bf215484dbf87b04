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
	file    string
	archive *txtar.Archive
	opts    Options
	input   []byte
	roles   []string
	want    int // of the files in archive
}

func readGolden(t *testing.T, file string) goldenCase {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := goldenCase{file: file, archive: archive, opts: DefaultOptions()}
	for i, f := range archive.Files {
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
			c.want = i
		}
	}
	return c
}

// goldenCases returns the files of testdata/golden by name.
func goldenCases(t *testing.T) map[string]goldenCase {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	cases := map[string]goldenCase{}
	for _, file := range files {
		cases[strings.TrimSuffix(filepath.Base(file), ".txtar")] = readGolden(t, file)
	}
	return cases
}

// TestReportsAreMappedAsTheGoldenFilesSay reads each report.csv under its options.json.
// It compares the roles with those that were written down before the report was first
// read, and all that came of it with want.
func TestReportsAreMappedAsTheGoldenFilesSay(t *testing.T) {
	for name, c := range goldenCases(t) {
		t.Run(name, func(t *testing.T) {
			r, err := Read(csvText(c.input), Request{Options: c.opts, Explain: true})
			got := describe(r, err)
			switch {
			case *update:
				c.archive.Files[c.want].Data = got
				if err := os.WriteFile(c.file, txtar.Format(c.archive), 0o644); err != nil {
					t.Fatal(err)
				}
			case !bytes.Equal(got, c.archive.Files[c.want].Data):
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", c.file, got, c.archive.Files[c.want].Data)
			}
			if c.roles == nil {
				return
			}
			var roles []string
			for _, column := range r.Mapping.Columns {
				roles = append(roles, roleOf(column))
			}
			if !slices.Equal(roles, c.roles) {
				t.Errorf("the roles are %q, and should be %q", roles, c.roles)
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

// describe writes down all that came of a report.
func describe(r *Report, err error) []byte {
	var out bytes.Buffer
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
