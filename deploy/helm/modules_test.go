//go:build chart || cluster

package helm_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
)

// The modules whose custom resources the chart may make.
const (
	operator = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
	gateway  = "sigs.k8s.io/gateway-api@v1.4.0"
)

// moduleFile returns a file of a module, which is downloaded if need be.
func moduleFile(t *testing.T, dir, module, path string) string {
	t.Helper()
	download := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	download.Dir = dir
	out, err := download.Output()
	if err != nil {
		t.Fatalf("download %s: %v\n%s", module, err, out)
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(found.Dir, path)
}

// customResources are the files that define the custom resources that the chart may make.
func customResources(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(moduleFile(t, dir, operator, "example/prometheus-operator-crd/*.yaml"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%s has %d definitions (%v)", operator, len(files), err)
	}
	return append(files, moduleFile(t, dir, gateway, "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"))
}
