//go:build faults

package faults_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// freezable returns the directory of a file system of its own, and what makes it hang and answer again.
func freezable(t *testing.T) (dir string, freeze, thaw func()) {
	t.Helper()
	image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
	if err := os.WriteFile(image, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "mkfs.ext4", "-q", image)
	command(t, "mount", "-o", "loop", image, dir)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() }) // the kernel does it when all else has ended
	command(t, "fsfreeze", "-f", dir)
	command(t, "fsfreeze", "-u", dir)
	return dir, func() { command(t, "fsfreeze", "-f", dir) }, func() { _ = exec.Command("fsfreeze", "-u", dir).Run() } // it may have been done
}

// TestADiskThatHangsHoldsUpPublishingForFiveSecondsAtMost freezes the file system under the storage path.
func TestADiskThatHangsHoldsUpPublishingForFiveSecondsAtMost(t *testing.T) {
	t.Parallel()
	dir, freeze, thaw := freezable(t)
	w := newWalk(t, scenario{projects: []string{"web", "app"}})
	w.exporter = start(t, w.config(), "--storage.path="+dir)
	t.Cleanup(thaw)
	w.serveGood(t)
	freeze()
	frozen := time.Now()
	w.upstream.set(t, phase{report: laterReport})
	w.recover(t)
	if took := time.Since(frozen); took < 4*time.Second || took > 12*time.Second {
		t.Errorf("new reports were published %s after the disk hung, want 5 s of holding up at most, and the interval", took)
	}
	harness.Eventually(t, 10*time.Second, func() error {
		return wantAtLeast(w.exporter.scrape(t).storageErrors("save"), 4)
	})
	harness.Eventually(t, 20*time.Second, func() error {
		w.before = w.exporter.scrape(t)
		for _, project := range w.projects {
			by, ok := w.before.value(fmt.Sprintf(`statsig_usage_restated{metric="statsig_usage_billable_events",project=%q,window="day"}`, project))
			if !ok || by != 0 {
				return fmt.Errorf("project %s was restated by %v", project, by)
			}
		}
		return nil
	})
	w.usable(t)
	if lines := strings.Count(w.exporter.Log.String(), `msg="Report could not be stored`); lines != len(w.projects) {
		t.Errorf("the log has %d lines about storage of %d projects, want one line per change of state", lines, len(w.projects))
	}
	thaw()
	w.storedAgain(t)
	w.survives(t, dir)
}

// TestAReloadWaitsForNoDiskThatHangs removes a project whose report cannot be removed, and brings it back.
func TestAReloadWaitsForNoDiskThatHangs(t *testing.T) {
	t.Parallel()
	dir, freeze, thaw := freezable(t)
	w := newWalk(t, scenario{projects: []string{"web", "app"}})
	config := hourly(w.config())
	without := strings.Replace(config, "  - {name: app, api_key: "+w.keys[1]+"}\n", "", 1)
	w.exporter = start(t, config, "--storage.path="+dir, "--web.enable-lifecycle")
	t.Cleanup(thaw)
	w.serveGood(t)
	freeze()
	begun := time.Now()
	if m := w.reloaded(t, without); strings.Contains(string(m), `project="app"`) || m.total("web") != goodTotal {
		t.Errorf("the page is not of the project web alone:\n%s", m.usage())
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("the reload took %s", took)
	}
	w.upstream.set(t, phase{report: laterReport})
	w.reloaded(t, config)
	harness.Eventually(t, 20*time.Second, func() error {
		if total := w.exporter.scrape(t).total("app"); total != laterTotal {
			return fmt.Errorf("sum %v", total)
		}
		return nil
	})
}
