package app

import (
	"log/slog"
	"os/exec"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestABuildKnowsItsVersionWithoutAStamp(t *testing.T) {
	for recorded, want := range map[string]string{
		"v1.4.2": "1.4.2",
		"v0.0.0-20261123005520-b1e70e8a38c9+dirty": "0.0.0-20261123005520-b1e70e8a38c9+dirty",
		"(devel)": "devel",
		"":        "devel",
	} {
		if got := builtVersion(&debug.BuildInfo{Main: debug.Module{Version: recorded}}); got != want {
			t.Errorf("%q makes the version %q, want %q", recorded, got, want)
		}
	}
	if got := builtVersion(nil); got != "devel" {
		t.Errorf("a binary without build information has the version %q", got)
	}
}

func TestASignalEndsInspectWhileItWaitsForInput(t *testing.T) {
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "inspect", "-")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// More than a pipe holds: once this has been written, the program is reading.
	if _, err := input.Write([]byte("Event,Units\n" + strings.Repeat("a,1\n", 1<<18))); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the program ended as if its input had")
		}
	case <-time.After(patience):
		t.Error("the program still waits for input")
	}
}

func TestTheGarbageCollectorIsSetUnlessTheEnvironmentSaysOtherwise(t *testing.T) {
	percent, limit := debug.SetGCPercent(73), debug.SetMemoryLimit(-1)
	defer func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}()
	t.Setenv("GOMEMLIMIT", "1TiB")
	t.Setenv("GOGC", "73")
	limitMemory(slog.New(slog.DiscardHandler))
	if got := debug.SetGCPercent(-1); got != 73 {
		t.Errorf("with GOGC: %d", got)
	}
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("with GOMEMLIMIT: the limit is %d, was %d", got, limit)
	}
	t.Setenv("GOGC", "")
	limitMemory(slog.New(slog.DiscardHandler))
	if got := debug.SetGCPercent(percent); got != gcPercent {
		t.Errorf("without GOGC: %d", got)
	}
}
