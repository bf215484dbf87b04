//go:build !windows

package store

import (
	"errors"
	"os"
	"syscall"
)

// lock takes a file or directory for this process until file is closed. It reports
// false if another process has it.
func lock(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func syncDirectory(dir *os.File) error { return dir.Sync() }
