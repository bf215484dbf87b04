package spool

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// watched returns a directory, and a func that reports whether a name was made in it.
func watched(t *testing.T) (dir string, named func() bool) {
	t.Helper()
	dir = t.TempDir()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Skipf("watch a directory: %v", err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE); err != nil {
		t.Skipf("watch a directory: %v", err)
	}
	return dir, func() bool {
		n, err := unix.Read(fd, make([]byte, 4096))
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
		return n > 0
	}
}

func TestASpoolNeverHasANameSoThatNoKillLeavesOne(t *testing.T) {
	dir, named := watched(t)
	file, err := os.OpenFile(dir, os.O_RDWR|unix.O_TMPFILE, 0o600)
	if err != nil {
		t.Skipf("the file system has no files without a name: %v", err)
	}
	file.Close()
	s := New(dir)
	want := fill(t, s)
	if named() {
		t.Error("the spool had a name")
	}
	if s.squeeze != nil {
		t.Error("the spool is in memory although the directory can be written")
	}
	check(t, s, want)
}

func TestWhereAFileNeedsANameTheSpoolRemovesIt(t *testing.T) {
	dir, named := watched(t)
	file, err := unlinked(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !named() {
		t.Error("the watch did not see that the file had a name")
	}
	if names, _ := os.ReadDir(dir); len(names) != 0 {
		t.Errorf("the file has a name still: %v", names)
	}
	s := &Spool{file: file}
	check(t, s, fill(t, s))
}
