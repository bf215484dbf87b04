// Package store keeps the last good report of each project and window on disk,
// so that it survives the process. It does not know what a report means.
package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// File names in the directory of a store.
const (
	lockName    = "lock"
	suffix      = ".report"
	asideSuffix = ".damaged"
	tempPattern = "writing-*.tmp"
)

// Store is a directory of reports that one process owns. Its methods are safe
// for concurrent use; saves of the same key are the caller's to put in order.
type Store struct {
	dir  string
	disk disk
	lock *os.File
}

// Open takes possession of the directory dir, which must exist and be writable.
// The error says so, or that another process has it.
func Open(dir string) (*Store, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("storage path %s does not exist; create it, owned by the user that runs this", dir)
	case err != nil:
		return nil, fmt.Errorf("open storage path: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("storage path %s is not a directory", dir)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open storage path %s: it must be writable: %w", dir, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close() // nothing was written to it
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("storage path %s is in use by another process; give each its own", dir)
		}
		return nil, fmt.Errorf("lock storage path %s: %w", dir, err)
	}
	return &Store{dir: dir, disk: directory(dir), lock: lock}, nil
}

// Close gives the directory back. The store may not be used any more. A nil
// store has nothing to give.
func (s *Store) Close() error {
	if s == nil {
		return nil
	}
	return s.lock.Close()
}

// Save stores the report of meta in the place of the one that is stored for the
// same key. Once it returns nil, the report survives a crash at any moment; until
// then, and after an error, the earlier one does.
func (s *Store) Save(meta Meta, report io.Reader) error {
	temp, err := s.disk.create()
	if err != nil {
		return fmt.Errorf("store report: %w", err)
	}
	err = encode(temp, meta, report)
	if err == nil {
		err = temp.Sync()
	}
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = s.disk.rename(filepath.Base(temp.Name()), meta.file())
	}
	if err != nil {
		_ = s.disk.remove(filepath.Base(temp.Name())) // what cannot be removed is when the store is next opened
		return fmt.Errorf("store report: %w", err)
	}
	return s.sync()
}

// sync makes renames and removals last.
func (s *Store) sync() error {
	if err := s.disk.sync(); err != nil {
		return fmt.Errorf("sync storage path: %w", err)
	}
	return nil
}

// Problem is a file that is no report of this program, or not a whole one.
type Problem struct {
	File  string // its name in the directory, before it was set aside
	Aside string // its name now; empty if it could not be renamed
	Err   error
}

// Tidy looks through the directory: it removes what an interrupted save has left
// and the reports for which keep returns false, sets aside the files that are no
// whole reports of this program, and whatever else is in the place of one, and
// returns what is stored, sorted by key. To tell, it reads every report to its
// end; it follows no link.
func (s *Store) Tidy(keep func(Key) bool) (stored []Meta, problems []Problem, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("list storage path: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case name == lockName || strings.HasSuffix(name, asideSuffix):
			continue
		case !entry.Type().IsRegular() && !strings.HasSuffix(name, suffix):
			continue // such as lost+found
		case isTemp(name):
			err = errors.Join(err, s.disk.remove(name))
			continue
		}
		meta, damage := s.verify(name)
		switch {
		case damage != nil:
			problems = append(problems, s.setAside(name, damage))
		case !keep(meta.Key):
			err = errors.Join(err, s.disk.remove(name))
		default:
			stored = append(stored, meta)
		}
	}
	slices.SortFunc(stored, func(a, b Meta) int { return a.compare(b.Key) })
	return stored, problems, errors.Join(err, s.sync())
}

func isTemp(name string) bool {
	matched, err := filepath.Match(tempPattern, name)
	return err == nil && matched
}

// verify reads a file to its end and returns what it says it is.
func (s *Store) verify(name string) (Meta, error) {
	file, err := openRegular(filepath.Join(s.dir, name))
	if err != nil {
		return Meta{}, err
	}
	defer file.Close()
	meta, body, err := decode(file)
	if err != nil {
		return Meta{}, err
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return Meta{}, err
	}
	if meta.file() != name {
		return Meta{}, errors.New("the file does not have the name of what it holds")
	}
	return meta, nil
}

// setAside renames a file, so that it is not found again, in the place of what was
// set aside under the same name before.
func (s *Store) setAside(name string, why error) Problem {
	problem := Problem{File: name, Aside: name + asideSuffix, Err: why}
	err := s.disk.rename(name, problem.Aside)
	if err != nil && s.disk.remove(problem.Aside) == nil { // A file and a directory do not replace each other.
		err = s.disk.rename(name, problem.Aside)
	}
	if err != nil {
		problem.Aside, problem.Err = "", errors.Join(why, err)
	}
	return problem
}

// Load hands the stored report of key to read. The error is fs.ErrNotExist where
// none is stored; a report that turns out to be damaged while it is read is an
// error of the reader it is read from.
func (s *Store) Load(key Key, read func(Meta, io.Reader) error) error {
	file, err := openRegular(filepath.Join(s.dir, key.file()))
	if err != nil {
		return fmt.Errorf("load report: %w", err)
	}
	defer file.Close()
	meta, body, err := decode(file)
	if err != nil {
		return fmt.Errorf("load report: %w", err)
	}
	return read(meta, body)
}

// Remove removes the stored report of key, if there is one.
func (s *Store) Remove(key Key) error {
	err := s.disk.remove(key.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove stored report: %w", err)
	}
	return s.sync()
}
