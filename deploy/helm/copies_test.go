package helm_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "copy the rules and dashboards into the chart")

// TestTheChartCarriesTheRulesAndDashboards compares the chart's copies with the originals, which are outside what a chart can read.
func TestTheChartCarriesTheRulesAndDashboards(t *testing.T) {
	var copies []string
	for pattern, dir := range map[string]string{"../prometheus/*.yml": "prometheus", "../grafana/*.json": "dashboards"} {
		originals, err := filepath.Glob(pattern)
		if err != nil || len(originals) < 2 {
			t.Fatalf("%s: %d files, error %v", pattern, len(originals), err)
		}
		for _, original := range originals {
			target := filepath.Join("statsig-exporter", "files", dir, filepath.Base(original))
			copies = append(copies, target)
			want, err := os.ReadFile(original)
			if err == nil && *update {
				err = os.WriteFile(target, want, 0o644)
			}
			got, readErr := os.ReadFile(target)
			if err := errors.Join(err, readErr); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s is not a copy of %s (%v); run: go test ./deploy/helm -update", target, original, err)
			}
		}
	}
	found, err := filepath.Glob("statsig-exporter/files/*/*")
	if slices.Sort(copies); err != nil || !slices.Equal(found, copies) {
		t.Errorf("the chart carries %v, and should carry %v (%v)", found, copies, err)
	}
}
