//go:build faults

package faults_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestADiskThatHangsHoldsUpPublishingForFiveSecondsAtMost freezes the file system under the storage path.
func TestADiskThatHangsHoldsUpPublishingForFiveSecondsAtMost(t *testing.T) {
	t.Parallel()
	image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
	if err := os.WriteFile(image, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "mkfs.ext4", "-q", image)
	command(t, "mount", "-o", "loop", image, dir)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() }) // the kernel does it when all else has ended
	command(t, "fsfreeze", "-f", dir)
	command(t, "fsfreeze", "-u", dir)
	w := newWalk(t, scenario{projects: []string{"web", "app"}})
	w.exporter = start(t, w.config(), "--storage.path="+dir)
	thaw := func() { _ = exec.Command("fsfreeze", "-u", dir).Run() } // it may have been done
	t.Cleanup(thaw)
	w.serveGood(t)
	command(t, "fsfreeze", "-f", dir)
	frozen := time.Now()
	w.upstream.set(t, phase{report: laterReport})
	w.recover(t)
	if took := time.Since(frozen); took < 4*time.Second || took > 12*time.Second {
		t.Errorf("new reports were published %s after the disk hung, want 5 s of holding up at most, and the interval", took)
	}
	eventually(t, 10*time.Second, "errors of storage", func() error {
		return wantAtLeast(w.exporter.scrape(t).storageErrors("save"), 4)
	})
	w.before = w.exporter.scrape(t)
	w.usable(t)
	if lines := strings.Count(w.exporter.log.String(), `msg="Report could not be stored`); lines != len(w.projects) {
		t.Errorf("the log has %d lines about storage of %d projects, want one line per change of state", lines, len(w.projects))
	}
	thaw()
	w.storedAgain(t)
	w.survives(t, dir)
}
