package app

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// backfillCmd is "backfill [FLAG…]": starts the command, which goes on beside the
// script.
func (s *stage) backfillCmd(ts *testscript.TestScript, _ bool, args []string) {
	path, err := exec.LookPath(name)
	ts.Check(err)
	d := &daemon{cmd: exec.Command(path, append([]string{"backfill"}, args...)...), log: &logBuffer{}, exited: make(chan struct{})}
	d.cmd.Dir, d.cmd.Env = ts.MkAbs("."), s.env
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	ts.Check(d.cmd.Start())
	s.backfill = d
	go func() {
		defer close(d.exited)
		_ = d.cmd.Wait() // interrupt looks at the exit code
	}()
	ts.Defer(d.kill)
}

// interruptCmd is "interrupt SIGNAL": sends TERM or INT to the backfill, wants it to
// end in time with exit code 1, and puts what it has said into stderr.
func (s *stage) interruptCmd(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT}
	wantArgs(ts, "interrupt TERM|INT", len(args) == 1 && signals[args[0]] != 0 && s.backfill != nil)
	d := s.backfill
	ts.Check(d.cmd.Process.Signal(signals[args[0]]))
	select {
	case <-d.exited:
	case <-time.After(endsWithin):
		ts.Fatalf("the backfill has not ended %s after SIG%s; it said:\n%s", endsWithin, args[0], d.log)
	}
	if code := d.cmd.ProcessState.ExitCode(); code != 1 {
		ts.Fatalf("the backfill ended with exit code %d; it said:\n%s", code, d.log)
	}
	_, err := io.WriteString(ts.Stderr(), d.log.String())
	ts.Check(err)
}

// leftoversCmd is "leftovers": fails if the directory has a hidden file.
func leftoversCmd(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, "leftovers", len(args) == 0 && !neg)
	entries, err := os.ReadDir(ts.MkAbs("."))
	ts.Check(err)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".statsig_exporter") {
			ts.Fatalf("%s is left over", entry.Name())
		}
	}
}
