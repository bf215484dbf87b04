package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// endsWithin is how long a process may take to end once it has been asked to.
const endsWithin = 15 * time.Second

// process is a server that runs, with the workers that it started.
type process struct {
	cmd    *exec.Cmd
	output bytes.Buffer
	exited chan struct{}
	pids   []int
	url    string // of its metrics
	// ready is how long it took from its start to the first answer with status 200.
	ready time.Duration
}

// launch starts a program that serves /metrics at address, and waits for that.
// Its environment is this one, without the settings that the exporter reads.
func launch(ctx context.Context, address, program string, args ...string) (*process, error) {
	cmd := exec.Command(program, args...) //nolint:noctx,gosec // stop ends it with SIGTERM; the script chooses the programs
	p := &process{cmd: cmd, exited: make(chan struct{}), url: "http://" + address + "/metrics"}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "STATSIG_") {
			p.cmd.Env = append(p.cmd.Env, variable)
		}
	}
	begun := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(program), err)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // ProcessState says how it ended
	}()
	if err := p.await(ctx); err != nil {
		p.stop()
		return nil, fmt.Errorf("start %s: %w; it says:\n%s", filepath.Base(program), err, p.output.String())
	}
	p.ready = time.Since(begun)
	p.pids = append(workers(p.cmd.Process.Pid), p.cmd.Process.Pid)
	return p, nil
}

// await asks for the metrics until they come.
func (p *process) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	for {
		if s, err := fetch(ctx, p.url, gzipped); err == nil && s.status == http.StatusOK {
			return nil
		}
		select {
		case <-p.exited:
			return errors.New("it ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// stop ends the process and its workers.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // one that has ended needs none
	select {
	case <-p.exited:
	case <-time.After(endsWithin):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}

// cpu returns the CPU time of the process so far, as the scheduler counts it.
func (p *process) cpu() (time.Duration, error) {
	var sum time.Duration
	for _, pid := range p.pids {
		var at unix.Timespec
		// The clock of a process, in nanoseconds, as clock_getcpuclockid(3) makes
		// it: /proc/PID/stat only counts hundredths of a second.
		if err := unix.ClockGettime(int32(^pid)<<3|2, &at); err != nil {
			return 0, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
		}
		sum += time.Duration(at.Nano())
	}
	return sum, nil
}

// memory returns the resident bytes of the process, now and at most.
func (p *process) memory() (now, peak int64, err error) {
	for _, pid := range p.pids {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return 0, 0, err
		}
		now += kibibytes(status, "VmRSS:")
		peak += kibibytes(status, "VmHWM:")
	}
	if now == 0 || peak == 0 {
		return 0, 0, errors.New("/proc/PID/status has no VmRSS or VmHWM")
	}
	return now, peak, nil
}

func kibibytes(status []byte, key string) int64 {
	_, after, _ := bytes.Cut(status, []byte("\n"+key))
	number, _, _ := bytes.Cut(bytes.TrimSpace(after), []byte(" "))
	kib, _ := strconv.ParseInt(string(number), 10, 64) // zero is looked for above
	return kib << 10
}

// workers returns the processes that a process has started.
func workers(parent int) []int {
	var found []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	for _, file := range stats {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// The name, in parentheses, may hold anything.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			found = append(found, pid)
		}
	}
	return found
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
