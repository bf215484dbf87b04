package app

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
