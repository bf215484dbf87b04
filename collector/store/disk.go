package store

import (
	"io"
	"os"
	"path/filepath"
)

// disk is a directory that a store changes. What a crash leaves of it depends on
// the order of these calls, which is the store's to choose.
type disk interface {
	// create makes a file with a new name that matches tempName.
	create() (tempFile, error)
	// rename gives a file another name, in the place of what had that name.
	rename(from, to string) error
	remove(name string) error
	// sync makes what the other calls did last, but for the content of files.
	sync() error
}

// tempFile is a file that is being written. Sync makes its content last.
type tempFile interface {
	io.WriteCloser
	Name() string // its path
	Sync() error
}

// directory is the disk at a path.
type directory string

func (d directory) path(name string) string { return filepath.Join(string(d), name) }

func (d directory) create() (tempFile, error) { return os.CreateTemp(string(d), "writing-*.tmp") }

func (d directory) rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d directory) remove(name string) error { return os.Remove(d.path(name)) }

func (d directory) sync() error {
	dir, err := os.Open(string(d))
	if err != nil {
		return err
	}
	defer dir.Close()
	return syncDirectory(dir)
}

// isRegular reports whether name is a regular file: a link might lead out of the
// directory, and a pipe keep its reader waiting.
func (d directory) isRegular(name string) (bool, error) {
	info, err := os.Lstat(d.path(name))
	return err == nil && info.Mode().IsRegular(), err
}
