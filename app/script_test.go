package app

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"statsig_exporter/test/harness"
)

// patience bounds every wait of a script. A wait ends as soon as its event occurs.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){name: func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		status := Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		stop()
		os.Exit(status)
	}})
}

// TestTheProgramDoesWhatItsScriptsSay runs the program in testdata/script. Beside
// the commands of testscript, the scripts can use the map below.
func TestTheProgramDoesWhatItsScriptsSay(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"upstream":   onStage((*stage).upstreamCmd),
			"fault":      onStage((*stage).faultCmd),
			"requests":   onStage((*stage).requestsCmd),
			"daemon":     onStage((*stage).daemonCmd),
			"logs":       onStage((*stage).logsCmd),
			"shutdown":   onStage((*stage).shutdownCmd),
			"occupied":   occupiedCmd,
			"http":       onStage((*stage).httpCmd),
			"slowclient": onStage((*stage).slowClientCmd),
			"probes":     onStage((*stage).probesCmd),
			"subst":      substCmd,
		},
	})
}

// stage holds what runs beside one script: a simulated Console API and a daemon.
type stage struct {
	env      []string // of the daemon
	upstream *upstream
	daemon   *harness.Program
}

type stageKey struct{}

func setUpScript(env *testscript.Env) error {
	// No test has a fixed port; and flags from the environment are tried all along.
	env.Setenv("STATSIG_EXPORTER_WEB_LISTEN_ADDRESS", "127.0.0.1:0")
	s := &stage{env: env.Vars}
	env.Values[stageKey{}] = s
	env.Defer(func() {
		if s.upstream != nil {
			s.upstream.close()
		}
	})
	return nil
}

// onStage makes a method of stage a command of scripts.
func onStage(cmd func(*stage, *testscript.TestScript, bool, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		cmd(ts.Value(stageKey{}).(*stage), ts, neg, args)
	}
}

// substCmd is "subst FILE…": replaces $NAME and ${NAME} in files by variables of
// the script.
func substCmd(ts *testscript.TestScript, _ bool, files []string) {
	for _, file := range files {
		text := os.Expand(ts.ReadFile(file), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

// wantArgs ends a script whose command has the wrong number of arguments.
func wantArgs(ts *testscript.TestScript, usage string, ok bool) {
	if !ok {
		ts.Fatalf("usage: %s", strings.TrimSpace(usage))
	}
}
