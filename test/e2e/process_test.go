//go:build e2e

package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// start runs a program found in PATH until the test ends and returns the address that it listens on.
// It is asked to end with SIGTERM then, and must do so within ten seconds and with exit code 0.
func start(t *testing.T, name string, args ...string) string {
	t.Helper()
	log := &listenLog{address: make(chan string, 1)}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // it always reports the cancelled context; the exit code is what counts
	}()
	t.Cleanup(func() {
		<-exited
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%s %s ended with exit code %d", name, strings.Join(args, " "), code)
		}
		if t.Failed() {
			t.Logf("output of %s:\n%s", name, log)
		}
	})
	select {
	case address := <-log.address:
		return address
	case <-exited:
		t.Fatalf("%s ended before it listened", name)
	case <-time.After(30 * time.Second):
		t.Fatalf("%s does not listen after 30 s", name)
	}
	return ""
}

// environment is the process's own, without settings of the exporter.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "STATSIG_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// listenLog keeps what a program writes and finds the address in the line of exporter-toolkit, which both programs use.
type listenLog struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	found   bool
	address chan string
}

var listening = regexp.MustCompile(`msg="Listening on".* address=(\S+)\n`)

func (l *listenLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Write(p)
	if match := listening.FindSubmatch(l.buf.Bytes()); match != nil && !l.found {
		l.found = true
		l.address <- string(match[1])
	}
	return len(p), nil
}

func (l *listenLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
