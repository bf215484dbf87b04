package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// daemon is the program, serving.
type daemon struct {
	cmd    *exec.Cmd
	log    *logBuffer
	exited chan struct{} // closed once cmd has ended
}

// logBuffer keeps what the daemon writes.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// listeningOn finds the address in the line that exporter-toolkit logs.
var listeningOn = regexp.MustCompile(`msg="Listening on" address=(\S+)`)

// daemonCmd is "daemon [NAME=VALUE…] [FLAG…]": starts the program, waits until it
// listens and sets $ADDRESS. There is one daemon at a time.
func (s *stage) daemonCmd(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, "daemon [NAME=VALUE…] [FLAG…]", s.daemon == nil)
	path, err := exec.LookPath(name)
	ts.Check(err)
	env := s.env
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && strings.Contains(args[0], "=") {
		env, args = append(env[:len(env):len(env)], args[0]), args[1:]
	}
	d := &daemon{cmd: exec.Command(path, args...), log: &logBuffer{}, exited: make(chan struct{})}
	d.cmd.Dir, d.cmd.Env = ts.MkAbs("."), env
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	ts.Check(d.cmd.Start())
	s.daemon = d
	go func() {
		defer close(d.exited)
		_ = d.cmd.Wait() // shutdown looks at the exit code
	}()
	ts.Check(eventually(func() error {
		if m := listeningOn.FindStringSubmatch(d.log.String()); m != nil {
			ts.Setenv("ADDRESS", m[1])
			return nil
		}
		return fmt.Errorf("the daemon does not listen; its log:\n%s", d.log)
	}))
}

// occupiedCmd is "occupied": takes an address and sets $OCCUPIED to it, and
// $OCCUPIED_LAST to it after many that are free: to find that out takes longer
// than a first request.
func occupiedCmd(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, "occupied", len(args) == 0 && !neg)
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() }) // nobody connects
	ts.Setenv("OCCUPIED", listener.Addr().String())
	ts.Setenv("OCCUPIED_LAST", strings.Repeat("127.0.0.1:0\n", 400)+listener.Addr().String())
}

// kill ends a daemon that is still there.
func (d *daemon) kill() {
	_ = d.cmd.Process.Kill() // it may have ended
	<-d.exited
}

// logsCmd is "logs PATTERN": waits until the daemon's log matches; or "! logs
// PATTERN": fails if it does.
func (s *stage) logsCmd(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, "logs PATTERN", len(args) == 1 && s.daemon != nil)
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	if neg {
		if pattern.MatchString(s.daemon.log.String()) {
			ts.Fatalf("the log matches %q:\n%s", args[0], s.daemon.log)
		}
		return
	}
	ts.Check(eventually(func() error {
		if !pattern.MatchString(s.daemon.log.String()) {
			return fmt.Errorf("the log does not match %q:\n%s", args[0], s.daemon.log)
		}
		return nil
	}))
}

// endsWithin is how long the daemon may take to end.
const endsWithin = 10 * time.Second

// shutdownCmd is "shutdown SIGNAL": sends TERM or INT, wants the daemon to end in time
// with exit code 0, and puts its log into stdout.
func (s *stage) shutdownCmd(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT}
	wantArgs(ts, "shutdown TERM|INT", len(args) == 1 && signals[args[0]] != 0 && s.daemon != nil)
	ts.Check(s.daemon.cmd.Process.Signal(signals[args[0]]))
	select {
	case <-s.daemon.exited:
	case <-time.After(endsWithin):
		ts.Fatalf("the daemon has not ended %s after SIG%s; its log:\n%s", endsWithin, args[0], s.daemon.log)
	}
	if code := s.daemon.cmd.ProcessState.ExitCode(); code != 0 {
		ts.Fatalf("the daemon ended with exit code %d; its log:\n%s", code, s.daemon.log)
	}
	_, err := io.WriteString(ts.Stdout(), s.daemon.log.String())
	ts.Check(err)
	s.daemon = nil
}
