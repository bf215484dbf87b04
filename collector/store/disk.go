package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// disk is a directory that a store changes. What a crash leaves of it depends on
// the order of these calls, which is the store's to choose.
type disk interface {
	// create makes a file with a new name, after tempPattern.
	create() (tempFile, error)
	// rename gives a file another name, in the place of what had that.
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

func (d directory) create() (tempFile, error) { return os.CreateTemp(string(d), tempPattern) }

func (d directory) rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d directory) remove(name string) error { return os.Remove(d.path(name)) }

func (d directory) sync() error {
	dir, err := os.Open(string(d))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Why a file is not read.
var (
	errLink       = errors.New("the file is a link")
	errNotRegular = errors.New("the file is no regular one")
)

// openRegular opens a file to read it, if it is a regular one: a link might lead
// out of the directory, and a pipe keep its reader waiting.
func openRegular(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, errLink
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		_ = file.Close() // nothing was read from it
		return nil, err
	}
	return file, nil
}
