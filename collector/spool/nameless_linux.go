package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// Nameless returns a new file in dir that has no name, and never had one where
// the file system can do that: nothing is left of it then, whenever the process
// is killed.
func Nameless(dir string) (*os.File, error) {
	file, err := os.OpenFile(dir, os.O_RDWR|os.O_EXCL|unix.O_TMPFILE, 0o600)
	if err != nil {
		return unlinked(dir)
	}
	return file, nil
}
