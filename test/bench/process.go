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

	"statsig_exporter/test/harness"
)

// process is a running server, with the workers that it has started.
type process struct {
	*harness.Program
	pids []int
	url  string // of its metrics
	// ready is the time from its start to the first answer with status 200.
	ready time.Duration
}

// launch starts a program that serves /metrics at address, and waits until it does.
func launch(ctx context.Context, address, program string, args ...string) (*process, error) {
	cmd := exec.Command(program, args...) //nolint:noctx,gosec // stop ends it with SIGTERM; the script chooses the programs
	cmd.Env = harness.Environment()
	begun := time.Now()
	started, err := harness.Run(cmd)
	if err != nil {
		return nil, err
	}
	p := &process{Program: started, url: "http://" + address + "/metrics"}
	if err := p.await(ctx); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w:\n%s", p, err, p.Log)
	}
	p.ready = time.Since(begun)
	p.pids = append(workers(p.PID()), p.PID())
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
		case <-p.Exited():
			return errors.New("the program has ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (p *process) stop() { _ = p.End(syscall.SIGTERM) } // the exit codes of others do not matter

// cpu returns the CPU time of the process so far, as the scheduler counts it.
func (p *process) cpu() (sum time.Duration, err error) {
	for _, pid := range p.pids {
		var at unix.Timespec
		// The clock of a process, made as by clock_getcpuclockid(3). /proc/PID/stat only counts hundredths of a second.
		if err := unix.ClockGettime(int32(^pid)<<3|2, &at); err != nil {
			return 0, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
		}
		sum += time.Duration(at.Nano())
	}
	return sum, nil
}

// memory returns the resident bytes of the process, now and at most.
func (p *process) memory() (now, peak float64, err error) {
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

func kibibytes(status []byte, key string) float64 {
	_, after, _ := bytes.Cut(status, []byte("\n"+key))
	number, _, _ := bytes.Cut(bytes.TrimSpace(after), []byte(" "))
	kib, _ := strconv.ParseInt(string(number), 10, 64) // memory looks for zero
	return float64(kib << 10)
}

// workers returns the processes that a process has started.
func workers(parent int) []int {
	var found []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
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

// freeAddress returns a loopback address that nobody listens on. Some of the servers cannot choose one themselves.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// idle lets time pass.
func idle(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
