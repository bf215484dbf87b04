//go:build faults

package faults_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// endsWithin is how long the exporter may take to end after SIGTERM, whatever goes on.
const endsWithin = 10 * time.Second

// process is a running exporter.
type process struct {
	cmd     *exec.Cmd
	address string
	log     *log
	exited  chan struct{}
	ended   sync.Once
}

// start runs the exporter with a configuration until the test ends, or stop is called.
func start(t *testing.T, config string, args ...string) *process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "statsig.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{
		"--config.file=" + file, "--web.listen-address=127.0.0.1:0", "--web.enable-pprof", "--log.level=debug",
	}, args...)
	p := &process{cmd: exec.Command(binary, args...), log: &log{address: make(chan string, 1)}, exited: make(chan struct{})}
	p.cmd.Env = append(environment(), "TMPDIR="+t.TempDir())
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start the exporter: %v", err)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // the exit code says it all
	}()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			t.Logf("log of the exporter:\n%s", cut(p.log.String(), 6000))
		}
	})
	select {
	case p.address = <-p.log.address:
	case <-p.exited:
		t.Fatal("the exporter ended before it listened")
	case <-time.After(30 * time.Second):
		t.Fatal("the exporter does not listen after 30 s")
	}
	return p
}

// stop ends the exporter with SIGTERM and wants exit code 0 in time. Only the first call does anything.
func (p *process) stop(t *testing.T) {
	t.Helper()
	p.ended.Do(func() {
		begun := time.Now()
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // one that has ended already shows in its exit code
		select {
		case <-p.exited:
		case <-time.After(endsWithin):
			t.Errorf("the exporter still runs %s after SIGTERM", time.Since(begun).Round(time.Second))
			_ = p.cmd.Process.Kill()
			<-p.exited
		}
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("the exporter ended with exit code %d (%s)", code, p.cmd.ProcessState)
		}
	})
}

// peak returns the greatest resident size of the process so far, in MiB.
func (p *process) peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if match == nil {
		t.Fatal("/proc/PID/status has no VmHWM")
	}
	kib, _ := strconv.Atoi(string(match[1]))
	return (kib + 1023) / 1024
}

// environment is the test's own, without settings of the exporter and of proxies.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		if !strings.HasPrefix(name, "STATSIG_") && !strings.HasSuffix(name, "_PROXY") && name != "TMPDIR" {
			kept = append(kept, variable)
		}
	}
	return kept
}

// log keeps all that the exporter writes, and finds the address in it.
type log struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	found   bool
	address chan string
}

var listening = regexp.MustCompile(`msg="Listening on".* address=(\S+)\n`)

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Write(p)
	if !l.found {
		if match := listening.FindSubmatch(l.buf.Bytes()); match != nil {
			l.found = true
			l.address <- string(match[1])
		}
	}
	return len(p), nil
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// cut shortens a text for people.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n/2] + "\n[…]\n" + s[len(s)-n/2:]
}
