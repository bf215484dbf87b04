package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// memorySpool is the simplest Spool.
type memorySpool struct{ bytes.Buffer }

func (s *memorySpool) Reader() (io.Reader, error) { return &s.Buffer, nil }

func newMemorySpool() (Spool, error) { return &memorySpool{}, nil }

// TestReportsAreMappedAsTheGoldenFilesSay reads each report.csv of testdata/golden
// under its options.json, and compares what came of it with want.
func TestReportsAreMappedAsTheGoldenFilesSay(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			golden(t, file)
		})
	}
}

func golden(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	opts := DefaultOptions()
	var input, want []byte
	wantAt := -1
	for i, f := range archive.Files {
		switch f.Name {
		case "options.json":
			if err := json.Unmarshal(f.Data, &opts); err != nil {
				t.Fatal(err)
			}
		case "report.csv":
			input = f.Data
		case "want":
			want, wantAt = f.Data, i
		}
	}
	got := describe(input, opts)
	if *update {
		if wantAt < 0 {
			archive.Files = append(archive.Files, txtar.File{Name: "want"})
			wantAt = len(archive.Files) - 1
		}
		archive.Files[wantAt].Data = got
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

// describe reads a report and writes down all that came of it.
func describe(input []byte, opts Options) []byte {
	var out bytes.Buffer
	r, err := Read(bytes.NewReader(input), Request{Options: opts, NewSpool: newMemorySpool, Explain: true})
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
	fmt.Fprintf(&out, "rows %d, series %d, folded %d, dropped %d, skipped %+v", r.Rows, r.Series, r.Folded, r.Dropped, r.Skipped)
	if !r.Newest.IsZero() {
		fmt.Fprintf(&out, ", newest %s", r.Newest.Format("2006-01-02T15:04:05.999999Z07:00"))
	}
	fmt.Fprintln(&out)
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
