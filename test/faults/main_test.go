//go:build faults

// Package faults_test puts the real exporter behind an upstream that misbehaves on purpose, one named scenario at a
// time, and holds it to what a pager needs: what was served stays, the right counter moves and no other, the key is
// nowhere, memory is bounded, no goroutine is left, and the next good answer is served.
//
// Run it with go test -tags=faults ./test/faults. It reads /proc, so it needs Linux. Two variables of the environment
// matter: STATSIG_EXPORTER_BINARY names a built exporter to test instead of building one, and FAULTS=full adds the
// scenarios that take minutes, or a processor of their own.
package faults_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// atOnce is how many scenarios run at a time. They mostly wait for backoffs, so that it exceeds the cores by far.
const atOnce = "16"

// patience is how long what must happen may take where the machine is slow and busy.
const patience = 2 * time.Minute

// binary is the exporter under test. Only TestMain writes it.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			return 0, err
		}
	}
	if binary = os.Getenv("STATSIG_EXPORTER_BINARY"); binary != "" {
		return m.Run(), nil
	}
	dir, err := os.MkdirTemp("", "faults-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a directory for temporary files is emptied some day
	binary = filepath.Join(dir, "statsig_exporter")
	build := exec.Command("go", "build", "-o", binary, "statsig_exporter")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the exporter: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// full skips a test that takes too long for every change.
func full(t *testing.T) {
	t.Helper()
	if !isFull() {
		t.Skip("takes long, or a whole processor: set FAULTS=full")
	}
}

// eventually fails the test unless check returns nil in time.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	harness.Eventually(t, patience, check)
}

func isFull() bool { return os.Getenv("FAULTS") == "full" }
