package store

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock takes a file for this process until file is closed, and does nothing for a
// directory. It reports false if another process has it.
func lock(file *os.File) (bool, error) {
	if info, err := file.Stat(); err != nil || info.IsDir() {
		return err == nil, err
	}
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// syncDirectory does nothing: Windows cannot sync a directory.
func syncDirectory(*os.File) error { return nil }
