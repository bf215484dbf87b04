//go:build faults

package faults_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"statsig_exporter/test/harness"
)

// process is a running exporter.
type process struct {
	*harness.Program
	address string
	file    string // its configuration
	spool   string // its TMPDIR
}

// exporter returns a command that runs the exporter with a configuration.
func exporter(t *testing.T, config string, args ...string) (cmd *exec.Cmd, file, spool string) {
	t.Helper()
	file, spool = harness.WriteFile(t, "statsig.yml", config), t.TempDir()
	cmd = exec.Command(binary, append([]string{"--config.file=" + file, "--web.listen-address=127.0.0.1:0"}, args...)...)
	cmd.Env = harness.Environment("TMPDIR=" + spool)
	return cmd, file, spool
}

// start runs the exporter with a configuration until the test ends, or stop is called.
func start(t *testing.T, config string, args ...string) *process {
	t.Helper()
	cmd, file, spool := exporter(t, config, append([]string{"--web.enable-pprof", "--log.level=debug"}, args...)...)
	p := &process{Program: harness.Start(t, cmd), file: file, spool: spool}
	p.address = p.MustAddress(t)
	return p
}

// stop ends the exporter with SIGTERM and wants exit code 0 in time.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.End(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// peak returns the greatest resident size of the process so far, in MiB.
func (p *process) peak(t *testing.T) int {
	t.Helper()
	match := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(read(t, fmt.Sprintf("/proc/%d/status", p.PID())))
	if match == nil {
		t.Fatal("/proc/PID/status has no VmHWM")
	}
	kib, _ := strconv.Atoi(string(match[1]))
	return (kib + 1023) / 1024
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
