package harness

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// How long a program may take to listen, and to end after a signal.
const (
	startsWithin = time.Minute
	endsWithin   = 30 * time.Second
)

// Log keeps what a program writes. It is safe for concurrent use.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Take returns what was written since the last call.
func (l *Log) Take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.buf.String()
	l.buf.Reset()
	return text
}

// Program is a program that has been started.
type Program struct {
	Log    *Log // both outputs
	cmd    *exec.Cmd
	exited chan struct{}
	ended  sync.Once
}

// Run starts a command. Whoever runs it must call End or Kill.
func Run(cmd *exec.Cmd) (*Program, error) {
	p := &Program{Log: &Log{}, cmd: cmd, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.Log, p.Log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.exited)
		_ = cmd.Wait() // End looks at the exit code
	}()
	return p, nil
}

// Start runs a command until the test ends. It must then end in time and with exit code 0. If the test fails, it shows the log.
func Start(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	p, err := Run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.End(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", p, Cut(p.Log.String(), 6000))
		}
	})
	return p
}

// String returns the command line, without the directory of the program.
func (p *Program) String() string {
	return strings.Join(append([]string{filepath.Base(p.cmd.Path)}, p.cmd.Args[1:]...), " ")
}

// PID returns the number of the process.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Exited returns a channel that is closed when the program has ended.
func (p *Program) Exited() <-chan struct{} { return p.exited }

// Signal sends a signal. A program that has ended ignores it.
func (p *Program) Signal(signal os.Signal) { _ = p.cmd.Process.Signal(signal) }

// End sends a signal and waits. It returns an error if the program does not end in time, or not with exit code 0. Of all calls of
// End and Kill, only the first does anything.
func (p *Program) End(signal os.Signal) (err error) {
	p.ended.Do(func() {
		p.Signal(signal)
		select {
		case <-p.exited:
		case <-time.After(endsWithin):
			err = fmt.Errorf("%s still ran %s after signal %q", p, endsWithin, signal)
			p.Signal(syscall.SIGKILL)
			<-p.exited
			return
		}
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			err = fmt.Errorf("%s ended with exit code %d (%s)", p, code, p.cmd.ProcessState)
		}
	})
	return err
}

// Kill ends the program at once and waits until it is gone.
func (p *Program) Kill() {
	p.ended.Do(func() {
		p.Signal(syscall.SIGKILL)
		<-p.exited
	})
}

// Find waits until the log matches a pattern and returns the first group of the match.
func (p *Program) Find(pattern *regexp.Regexp) (string, error) {
	var match []string
	err := Wait(startsWithin, func() error {
		gone := p.gone() // asked before the log is read, so that its last line is not missed
		match = pattern.FindStringSubmatch(p.Log.String())
		if match == nil && !gone {
			return fmt.Errorf("the log of %s does not match %s after %s:\n%s", p, pattern, startsWithin, p.Log)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if match == nil {
		return "", fmt.Errorf("%s ended before its log matched %s:\n%s", p, pattern, p.Log)
	}
	return match[1], nil
}

func (p *Program) gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// listening matches the log line of exporter-toolkit, in both formats. Prometheus and Alertmanager write it too.
var listening = regexp.MustCompile(`Listening on".*?address"?[=:]"?([^\s"]+)[\s"]`)

// Address waits until the program listens and returns the first address.
func (p *Program) Address() (string, error) { return p.Find(listening) }

// MustAddress is Address for a program that has to listen.
func (p *Program) MustAddress(t testing.TB) string {
	t.Helper()
	address, err := p.Address()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Environment returns the environment of the test without settings of the exporter and of proxies, and with the variables given
// as NAME=VALUE.
func Environment(variables ...string) []string {
	var kept []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		if !strings.HasPrefix(name, "STATSIG_") && !strings.HasSuffix(name, "_PROXY") {
			kept = append(kept, variable)
		}
	}
	return append(kept, variables...)
}

// WriteFile writes a file into a directory of its own, which lasts as long as the test, and returns the path.
func WriteFile(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Cut shortens a text for people to n bytes: the middle is left out.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:n/2] + "\n[…]\n" + text[len(text)-n/2:]
}
