package helm_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "copy the rules and dashboards into the chart")

// TestTheChartCarriesTheRulesAndDashboards holds the chart's copies to the files that
// they are copies of: a chart cannot reach what is outside it.
func TestTheChartCarriesTheRulesAndDashboards(t *testing.T) {
	carried := map[string]bool{}
	for pattern, dir := range map[string]string{"../prometheus/*.yml": "prometheus", "../grafana/*.json": "dashboards"} {
		originals, err := filepath.Glob(pattern)
		if err != nil || len(originals) < 2 {
			t.Fatalf("%s: %d files, error %v", pattern, len(originals), err)
		}
		for _, original := range originals {
			target := filepath.Join("statsig-exporter", "files", dir, filepath.Base(original))
			carried[target] = true
			want, err := os.ReadFile(original)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(target, want, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := os.ReadFile(target); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s is no copy of %s (%v); run: go test ./deploy/helm -update", target, original, err)
			}
		}
	}
	copies, err := filepath.Glob("statsig-exporter/files/*/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range copies {
		if !carried[file] {
			t.Errorf("%s is a copy of nothing", file)
		}
	}
}
