package bench

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"statsig_exporter/test/harness"
)

// process is a server that runs, with the workers that it has started.
type process struct {
	*harness.Program
	pids  []int
	url   string        // of its metrics
	ready time.Duration // from its start to the first answer with status 200
}

// launch starts a program that serves at an address, and waits until it does.
func (b *bench) launch(address, program string, args ...string) *process {
	b.Helper()
	cmd := exec.Command(program, args...) // stop ends it with SIGTERM
	cmd.Env = harness.Environment()
	begun := time.Now()
	p := &process{Program: harness.Start(b, cmd), url: "http://" + address + "/metrics"}
	for _, err := b.read(p); err != nil; _, err = b.read(p) {
		select {
		case <-p.Exited():
			b.Fatalf("%s has ended", p)
		case <-time.After(200 * time.Microsecond):
		}
	}
	p.ready = time.Since(begun)
	workers, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", p.PID()))
	b.check(err)
	for _, text := range append(strings.Fields(string(workers)), strconv.Itoa(p.PID())) {
		pid, err := strconv.Atoi(text)
		b.check(err)
		p.pids = append(p.pids, pid)
	}
	return p
}

func (p *process) stop() { _ = p.End(syscall.SIGTERM) } // the exit codes of others do not matter

// cpu returns the CPU time of the process so far, as the scheduler counts it.
func (b *bench) cpu(p *process) (sum time.Duration) {
	for _, pid := range p.pids {
		var at unix.Timespec
		// The clock of a process, made as by clock_getcpuclockid(3). /proc/PID/stat only counts hundredths of a second.
		b.check(unix.ClockGettime(int32(^pid)<<3|2, &at))
		sum += time.Duration(at.Nano())
	}
	return sum
}

// memory returns the resident bytes of the process, now and at most.
func (b *bench) memory(p *process) (now, peak float64) {
	for _, pid := range p.pids {
		proc, err := procfs.NewProc(pid)
		b.check(err)
		status, err := proc.NewStatus()
		b.check(err)
		now, peak = now+float64(status.VmRSS), peak+float64(status.VmHWM)
	}
	return now, peak
}

// address returns a loopback address that nobody listens on. Some of the servers cannot choose one themselves.
func (b *bench) address() string {
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	b.check(err)
	b.check(listener.Close())
	return listener.Addr().String()
}

// launchGaugeVec starts an exporter of n series that is made as most are.
func (b *bench) launchGaugeVec(n int) *process {
	address := b.address()
	return b.launch(address, b.program("gaugevec"), address, strconv.Itoa(n))
}
