package app

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"statsig_exporter/test/harness"
)

// daemonCmd is "daemon [NAME=VALUE…] [FLAG…]": starts the program, waits until it
// listens and sets $ADDRESS. There is one daemon at a time.
func (s *stage) daemonCmd(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, "daemon [NAME=VALUE…] [FLAG…]", s.daemon == nil)
	env := s.env
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && strings.Contains(args[0], "=") {
		env, args = append(env[:len(env):len(env)], args[0]), args[1:]
	}
	path, err := exec.LookPath(name)
	ts.Check(err)
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), env
	s.daemon, err = harness.Run(cmd)
	ts.Check(err)
	ts.Defer(s.daemon.Kill)
	address, err := s.daemon.Address()
	ts.Check(err)
	ts.Setenv("ADDRESS", address)
}

// probesOn finds the address of the probes in the daemon's log.
var probesOn = regexp.MustCompile(`msg="Listening for probes" probe_address=(\S+)`)

// probesCmd is "probes": sets $ADDRESS to the address of the daemon's probes.
func (s *stage) probesCmd(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, "probes", len(args) == 0 && !neg && s.daemon != nil)
	address, err := s.daemon.Find(probesOn)
	ts.Check(err)
	ts.Setenv("ADDRESS", address)
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

// logsCmd is "logs PATTERN": waits until the daemon's log matches; or "! logs
// PATTERN": fails if it does.
func (s *stage) logsCmd(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, "logs PATTERN", len(args) == 1 && s.daemon != nil)
	pattern, err := regexp.Compile("(?m)(" + args[0] + ")")
	ts.Check(err)
	if !neg {
		_, err := s.daemon.Find(pattern)
		ts.Check(err)
	} else if pattern.MatchString(s.daemon.Log.String()) {
		ts.Fatalf("the log matches %q:\n%s", args[0], s.daemon.Log)
	}
}

var signals = map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT}

// shutdownCmd is "shutdown SIGNAL": sends a signal, wants the daemon to end in time
// with exit code 0, and puts its log into stdout.
func (s *stage) shutdownCmd(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, "shutdown TERM|INT", len(args) == 1 && signals[args[0]] != nil && s.daemon != nil)
	ts.Check(s.daemon.End(signals[args[0]]))
	_, err := io.WriteString(ts.Stdout(), s.daemon.Log.String())
	ts.Check(err)
	s.daemon = nil
}
