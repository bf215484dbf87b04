//go:build unix

package store

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWhateverIsInThePlaceOfAReportIsSetAside puts things there that are no files
// to read.
func TestWhateverIsInThePlaceOfAReportIsSetAside(t *testing.T) {
	for what, put := range map[string]func(path string) error{
		"a directory":         func(path string) error { return os.MkdirAll(filepath.Join(path, "full"), 0o700) },
		"a link to a report":  func(path string) error { return os.Symlink(elsewhere(t), path) },
		"a link to nothing":   func(path string) error { return os.Symlink(path+".missing", path) },
		"a link to itself":    func(path string) error { return os.Symlink(path, path) },
		"a link to a pipe":    func(path string) error { return os.Symlink(pipe(t, filepath.Join(t.TempDir(), "pipe")), path) },
		"a pipe":              func(path string) error { pipe(t, path); return nil },
		"a socket":            socket,
		"an unreadable file":  func(path string) error { return os.WriteFile(path, nil, 0) },
		"a link to directory": func(path string) error { return os.Symlink(t.TempDir(), path) },
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir) // The path of a socket has to be short.
			s := open(t, dir)
			if err := put(web.file()); err != nil {
				t.Fatal(err)
			}
			if _, text, err := load(t, s, web); err == nil {
				t.Errorf("loaded %q", text)
			}
			stored, problems, err := s.Tidy(all)
			if err != nil || len(stored) > 0 || len(problems) != 1 || problems[0].Err == nil {
				t.Fatalf("tidy: %v, %v, %v", stored, problems, err)
			}
			if _, err := os.Lstat(problems[0].Aside); err != nil || problems[0].Aside == "" {
				t.Errorf("it is not aside as %q: %v", problems[0].Aside, err)
			}
			save(t, s, web, "new")
			if _, text, err := load(t, s, web); err != nil || text != "new" {
				t.Errorf("loaded %q, %v, after a save", text, err)
			}
			if _, problems, err := s.Tidy(all); err != nil || len(problems) > 0 {
				t.Errorf("a second tidy: %v, %v", problems, err)
			}
		})
	}
}

// elsewhere returns the path of a whole report of web, outside of the directory.
func elsewhere(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, web, "from elsewhere")
	return filepath.Join(dir, web.file())
}

func pipe(t *testing.T, path string) string {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func socket(path string) error {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	listener.SetUnlinkOnClose(false)
	return listener.Close()
}

func TestWhatIsSetAsideReplacesWhatWasBefore(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	place := filepath.Join(dir, web.file())
	file := func() error { return os.WriteFile(place, []byte("file"), 0o600) }
	directory := func() error { return os.Mkdir(place, 0o700) }
	for i, put := range []func() error{file, directory, directory, file, file} {
		if err := put(); err != nil {
			t.Fatal(err)
		}
		if _, problems, err := s.Tidy(all); err != nil || len(problems) != 1 || problems[0].Aside == "" {
			t.Errorf("tidy %d: %v, %v", i, problems, err)
		}
	}
	if err := errors.Join(os.RemoveAll(place+asideSuffix), os.MkdirAll(filepath.Join(place+asideSuffix, "full"), 0o700), file()); err != nil {
		t.Fatal(err)
	}
	_, problems, err := s.Tidy(all)
	if err != nil || len(problems) != 1 || problems[0].Aside != "" || !strings.Contains(problems[0].Err.Error(), "rename") {
		t.Errorf("what cannot be set aside: %v, %v", problems, err)
	}
}

func TestTheLockIsNoLinkThatIsFollowed(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "made")
	if err := os.Symlink(outside, filepath.Join(dir, lockName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil {
		t.Error("a storage path whose lock is a link was opened")
	}
	if _, err := os.Lstat(outside); err == nil {
		t.Error("a file was made outside of the storage path")
	}
}
