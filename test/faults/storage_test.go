//go:build faults

package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"statsig_exporter/collector/store"
	"statsig_exporter/test/harness"
)

// hourly is a configuration in which no second poll is due while a test runs.
func hourly(config string) string {
	return strings.Replace(config, "poll_interval: 1s", "poll_interval: 1h", 1)
}

// storageErrors returns how many operations on the storage path have failed; -1 if that is not served.
func (m page) storageErrors(operation string) int {
	n, ok := m.value(fmt.Sprintf("statsig_exporter_storage_errors_total{operation=%q}", operation))
	if !ok {
		return -1
	}
	return int(n)
}

// refused runs the exporter, which has to end soon with exit code 1 and say why, and nothing else.
func refused(t *testing.T, config string, wrapper []string, dir string, reasons ...string) {
	t.Helper()
	cmd, _, _ := exporter(t, config, "--storage.path="+dir)
	if wrapper != nil {
		path, err := exec.LookPath(wrapper[0])
		if err != nil {
			t.Skip(err)
		}
		cmd.Path, cmd.Args = path, append(wrapper, cmd.Args...)
	}
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	out, _ := cmd.CombinedOutput() // the exit code says it all
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("the exporter ended with %s, want exit code 1", cmd.ProcessState)
	}
	for _, reason := range append(reasons, dir) {
		if !bytes.Contains(out, []byte(reason)) {
			t.Errorf("the exporter does not say %q:\n%s", reason, harness.Cut(string(out), 2000))
		}
	}
	if lines := bytes.Count(out, []byte("\n")); lines != 1 {
		t.Errorf("the exporter says it in %d lines:\n%s", lines, harness.Cut(string(out), 2000))
	}
}

// command runs a program that the test needs, or skips the test where it may not do that.
func command(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Skipf("%s: %v %s", strings.Join(argv, " "), err, out)
	}
}

// mount puts an empty file system onto dir until the test ends.
func mount(t *testing.T, options, dir string) {
	t.Helper()
	command(t, "mount", "-t", "tmpfs", "-o", options, "none", dir)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() }) // it may have been done
}

func TestAnUnusableStoragePathEndsTheStart(t *testing.T) {
	t.Parallel()
	w := newWalk(t, scenario{})
	t.Run("missing", func(t *testing.T) {
		refused(t, w.config(), nil, filepath.Join(t.TempDir(), "missing"), "does not exist")
	})
	t.Run("a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, w.config(), nil, file, "not a directory")
	})
	t.Run("on a read-only disk", func(t *testing.T) {
		dir := t.TempDir()
		mount(t, "ro", dir)
		refused(t, w.config(), nil, dir, "read-only")
	})
	t.Run("of another owner", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		var wrapper []string
		if os.Geteuid() == 0 { // and may write everywhere, unless that right is dropped
			wrapper = []string{"setpriv", "--bounding-set=-all", "--"}
			command(t, "setpriv", "--bounding-set=-all", "--", "true")
		}
		refused(t, w.config(), wrapper, dir, "permission denied", "writable")
	})
	t.Run("in use", func(t *testing.T) {
		dir := t.TempDir()
		w.exporter = start(t, w.config(), "--storage.path="+dir)
		w.serveGood(t)
		refused(t, w.config(), nil, dir, "in use by another process")
		w.recover(t)
		if n := w.exporter.scrape(t).storageErrors("save"); n != 0 {
			t.Errorf("%d reports could not be stored after another process had tried", n)
		}
	})
}

// diskFault is something that keeps reports from being stored.
type diskFault struct {
	name  string
	size  string // of a file system of its own; none
	begin func(t *testing.T, dir string, p *process) (end func())
	// again is the error of a start during the fault; empty if it serves; - if the fault ends with the process.
	again string
}

func diskFaults() []diskFault {
	return []diskFault{
		{name: "a full disk", size: "size=512k", begin: func(t *testing.T, dir string, _ *process) func() {
			t.Helper()
			filler := filepath.Join(dir, "lost+found", "filler")
			if err := errors.Join(os.Mkdir(filepath.Dir(filler), 0o700), os.WriteFile(filler, make([]byte, 1<<20), 0o600)); err == nil {
				t.Fatal("the disk takes everything")
			}
			return func() { _ = os.Remove(filler) }
		}},
		{name: "a limit of the size of files", again: "-", begin: func(t *testing.T, _ string, p *process) func() {
			t.Helper()
			command(t, "prlimit", "--pid", itoa(p.PID()), "--fsize=64:unlimited")
			return func() { command(t, "prlimit", "--pid", itoa(p.PID()), "--fsize=unlimited") }
		}},
		{name: "a disk that becomes read-only", again: "read-only", begin: func(t *testing.T, dir string, _ *process) func() {
			t.Helper()
			mount(t, "ro", dir)
			return func() { _ = exec.Command("umount", "-l", dir).Run() } // or the test fails
		}},
		{name: "a directory that goes away", again: "does not exist", begin: func(t *testing.T, dir string, _ *process) func() {
			t.Helper()
			if err := os.Rename(dir, dir+".gone"); err != nil {
				t.Fatal(err)
			}
			return func() { _ = os.Rename(dir+".gone", dir) } // or the test fails
		}},
	}
}

func TestReportsThatCannotBeStoredAreServed(t *testing.T) {
	t.Parallel()
	for _, fault := range diskFaults() {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "storage")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if fault.size != "" {
				mount(t, fault.size, dir)
			}
			w := newWalk(t, scenario{projects: []string{"web", "app"}})
			w.exporter = start(t, w.config(), "--storage.path="+dir)
			w.serveGood(t)
			end := fault.begin(t, dir, w.exporter)
			w.unstored(t)
			if names, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(names) > len(w.projects) {
				t.Errorf("saves that went wrong have left %s", names)
			}
			if fault.again != "-" {
				w.exporter.Kill()
				w.startDuring(t, fault, dir)
			}
			end()
			if fault.again == "-" || fault.again == "" {
				w.storedAgain(t)
			} else {
				w.exporter = start(t, w.config(), "--storage.path="+dir)
				w.recover(t)
			}
			w.survives(t, dir)
		})
	}
}

// unstored wants new reports to be served although they cannot be stored, and that to be told.
func (w *walk) unstored(t *testing.T) {
	t.Helper()
	w.recover(t)
	eventually(t, func() error {
		if lines := strings.Count(w.exporter.Log.String(), `msg="Report could not be stored`); lines != len(w.projects) {
			return fmt.Errorf("the log has %d lines about storage of %d projects, want one line per change of state", lines, len(w.projects))
		}
		return wantAtLeast(w.exporter.scrape(t).storageErrors("save"), 4)
	})
}

// startDuring starts the exporter while the fault lasts and the upstream does not answer.
func (w *walk) startDuring(t *testing.T, fault diskFault, dir string) {
	t.Helper()
	if fault.again != "" {
		refused(t, w.config(), nil, dir, fault.again)
		return
	}
	w.upstream.set(phase{serve: (*exchange).stall})
	w.exporter = start(t, w.config(), "--storage.path="+dir)
	for m, i := w.exporter.scrape(t), 0; i < len(w.projects); i++ {
		if total, up := m.total(w.projects[i]), m.of("statsig_up", w.projects[i]); total != goodTotal || up != 1 {
			t.Errorf("project %s: sum %v and statsig_up %v, want what was stored before", w.projects[i], total, up)
		}
	}
	w.exporter.Kill()
	w.upstream.set(phase{report: laterReport})
	w.exporter = start(t, w.config(), "--storage.path="+dir)
	w.unstored(t)
}

// storedAgain waits until the log says so, and wants the counter to rest.
func (w *walk) storedAgain(t *testing.T) {
	t.Helper()
	eventually(t, func() error {
		return wantAtLeast(strings.Count(w.exporter.Log.String(), `msg="Reports can be stored again"`), len(w.projects))
	})
	before := w.exporter.scrape(t)
	w.usableStorage(t, before)
}

func (w *walk) usableStorage(t *testing.T, before page) {
	t.Helper()
	eventually(t, func() error {
		return wantAtLeast(w.exporter.scrape(t).polls(w.projects[0], success), before.polls(w.projects[0], success)+2)
	})
	if n := w.exporter.scrape(t).storageErrors("save"); n != before.storageErrors("save") {
		t.Errorf("%d errors of storage after the fault, %d before", n, before.storageErrors("save"))
	}
}

// survives wants the later report on the first page after a kill, and nothing else in the directory.
func (w *walk) survives(t *testing.T, dir string) {
	t.Helper()
	w.exporter.Kill()
	w.upstream.set(phase{serve: (*exchange).stall})
	w.exporter = start(t, w.config(), "--storage.path="+dir)
	m := w.exporter.scrape(t)
	for _, project := range w.projects {
		if total, up := m.total(project), m.of("statsig_up", project); total != laterTotal || up != 1 {
			t.Errorf("project %s: sum %v and statsig_up %v after a kill", project, total, up)
		}
	}
	if n := m.storageErrors("load"); n != 0 {
		t.Errorf("%d stored reports could not be read", n)
	}
	reports, _ := filepath.Glob(filepath.Join(dir, "*.report")) // the patterns are well formed
	damaged, _ := filepath.Glob(filepath.Join(dir, "*.damaged"))
	if len(reports) != len(w.projects) || len(damaged) > 0 {
		t.Errorf("the storage path holds %s", append(reports, damaged...))
	}
}

// rewrite changes the account of a stored report. No process may own the directory.
func rewrite(t *testing.T, dir string, key store.Key, change func(*store.Meta)) {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var meta store.Meta
	var text []byte
	err = s.Load(key, func(m store.Meta, r io.Reader) (err error) {
		meta = m
		text, err = io.ReadAll(r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	change(&meta)
	if err := s.Save(meta, bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}
