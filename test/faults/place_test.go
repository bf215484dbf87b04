//go:build faults

package faults_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// places are what stands in the place of a stored file. Elsewhere holds a report that is not to be found.
func places() map[string]func(place, elsewhere string) error {
	return map[string]func(place, elsewhere string) error{
		"directory": func(place, _ string) error { return os.MkdirAll(filepath.Join(place, "full"), 0o700) },
		"link":      func(place, elsewhere string) error { return os.Symlink(elsewhere, place) },
		"dangling":  func(place, elsewhere string) error { return os.Symlink(elsewhere+".missing", place) },
		"pipe":      func(place, _ string) error { return syscall.Mkfifo(place, 0o600) },
		"socket":    func(place, _ string) error { return syscall.Mknod(place, syscall.S_IFSOCK|0o600, 0) },
	}
}

func TestWhatIsNoFileInThePlaceOfAStoredReportIsSetAside(t *testing.T) {
	t.Parallel()
	for kind, put := range places() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRestart(t, "web", "app")
			place, elsewhere := r.reports(t)["web"], filepath.Join(t.TempDir(), "elsewhere.report")
			if err := errors.Join(os.Rename(place, elsewhere), put(place, elsewhere)); err != nil {
				t.Fatal(err)
			}
			m := r.again(t, r.config, phase{serve: (*exchange).stall})
			if web, app := m.total("web"), m.total("app"); web != -1 || app != goodTotal || m.storageErrors("load") != 1 {
				t.Errorf("the sums are %v and %v, with %d errors", web, app, m.storageErrors("load"))
			}
			if _, err := os.Lstat(place + ".damaged"); err != nil {
				t.Error(err)
			}
			if lines := strings.Count(r.exporter.Log.String(), "was set aside"); lines != 1 {
				t.Errorf("%d lines of the log say what was set aside", lines)
			}
			r.exporter.Kill()
			r.again(t, r.config, phase{report: goodReport})
			r.serveGoodAgain(t)
			harness.Eventually(t, 10*time.Second, func() error { return wantAtLeast(len(r.reports(t)), 2) })
			if n := r.exporter.scrape(t).storageErrors("save"); n != 0 {
				t.Errorf("%d reports could not be stored", n)
			}
		})
	}
}
