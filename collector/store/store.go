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
	"regexp"
	"slices"
	"sync"
	"syscall"
)

// Names in the directory of a store. All other names are left alone.
const (
	lockName    = "lock"
	suffix      = ".report"
	asideSuffix = ".damaged"
	recentName  = "recent.json"
)

var (
	reportName = regexp.MustCompile(`^[0-9a-f]{24}\.report$`)
	tempName   = regexp.MustCompile(`^writing-[0-9]+\.tmp$`)
)

// Store is a directory of reports that one process owns. Its methods are safe
// for concurrent use; saves of the same key are the caller's to put in order.
type Store struct {
	path directory
	disk disk // path, but for tests

	mu    sync.Mutex  // guards what follows
	held  fs.FileInfo // the directory that is locked
	locks []*os.File
}

// Open takes possession of the directory dir, which must exist and be writable.
// The error says so, or that another process has it.
func Open(dir string) (*Store, error) {
	s := &Store{path: directory(dir), disk: directory(dir)}
	if err := s.own(); err != nil {
		return nil, err
	}
	return s, nil
}

// own makes sure that this process has the directory that is at the path now: it
// may have been deleted and made anew.
func (s *Store) own() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	here, err := os.Stat(string(s.path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("storage path %s does not exist; create it, owned by the user that runs this", s.path)
	case err != nil:
		return fmt.Errorf("open storage path: %w", err)
	case !here.IsDir():
		return fmt.Errorf("storage path %s is not a directory", s.path)
	case os.SameFile(here, s.held):
		return nil
	}
	_ = s.unlock() // nothing was written
	// The directory's lock cannot be deleted; the file's holds between the hosts of
	// a network file system too.
	if err = s.lock(".", os.O_RDONLY); err == nil {
		err = s.lock(lockName, os.O_RDWR|os.O_CREATE)
	}
	if err != nil {
		_ = s.unlock()
		return fmt.Errorf("storage path %s %w", s.path, err)
	}
	s.held = here
	return nil
}

// lock locks a file of the directory, or the directory itself.
func (s *Store) lock(name string, flags int) error {
	if regular, err := s.path.isRegular(name); err == nil && !regular && name != "." {
		return fmt.Errorf("holds a %s that is not a regular file", name)
	}
	file, err := os.OpenFile(s.path.path(name), flags, 0o600)
	if err != nil {
		return fmt.Errorf("must be writable: %w", err)
	}
	s.locks = append(s.locks, file)
	mine, err := lock(file)
	if err == nil && !mine {
		err = errors.New("is in use by another process; give each its own")
	}
	return err
}

func (s *Store) unlock() error {
	var errs []error
	for _, file := range s.locks {
		errs = append(errs, file.Close())
	}
	s.locks, s.held = nil, nil
	return errors.Join(errs...)
}

// Close gives the directory back. The store may not be used any more. A nil
// store has nothing to give.
func (s *Store) Close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unlock()
}

// Save stores the report of meta in the place of the one that is stored for the
// same key. Once it returns nil, the report survives a crash at any moment; until
// then, and after an error, the earlier one does.
func (s *Store) Save(meta Meta, report io.Reader) error {
	if err := s.replace(meta.file(), func(to io.Writer) error { return encode(to, meta, report) }); err != nil {
		return fmt.Errorf("store report: %w", err)
	}
	return nil
}

// SaveRecent stores what happened lately in the place of what was stored before.
func (s *Store) SaveRecent(data []byte) error {
	write := func(to io.Writer) error {
		_, err := to.Write(data)
		return err
	}
	if err := s.replace(recentName, write); err != nil {
		return fmt.Errorf("store recent requests: %w", err)
	}
	return nil
}

// LoadRecent returns what SaveRecent has stored. The error is fs.ErrNotExist where
// nothing is stored.
func (s *Store) LoadRecent() ([]byte, error) {
	file, err := s.open(recentName)
	if err != nil {
		return nil, fmt.Errorf("load recent requests: %w", err)
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxMetaBytes))
}

// replace makes what write writes the content of a file. Until it returns nil, and
// after an error, the file is as it was.
func (s *Store) replace(name string, write func(io.Writer) error) error {
	if err := s.own(); err != nil {
		return err
	}
	temp, err := s.disk.create()
	if err != nil {
		return err
	}
	err = write(temp)
	if err == nil {
		err = temp.Sync()
	}
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = s.disk.rename(filepath.Base(temp.Name()), name)
	}
	if err != nil {
		_ = s.disk.remove(filepath.Base(temp.Name())) // else the next Tidy removes it
		return err
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

// Problem is a file in the place of a report that is not a whole report of this program.
type Problem struct {
	File  string // its name in the directory, before it was set aside
	Aside string // its name now; empty if it could not be renamed
	Err   error
}

// Tidy looks through the files that have a name that a store gives: it removes
// what an interrupted save has left and the reports for which keep returns false,
// sets aside what is not a whole report of this program, and returns what is
// stored, sorted by key. To know, it reads every report to its end; it follows no
// link.
func (s *Store) Tidy(keep func(Key) bool) (stored []Meta, problems []Problem, err error) {
	entries, err := os.ReadDir(string(s.path))
	if err != nil {
		return nil, nil, fmt.Errorf("list storage path: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if tempName.MatchString(name) && entry.Type().IsRegular() {
			err = errors.Join(err, s.disk.remove(name))
		}
		if !reportName.MatchString(name) {
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

// verify reads a file to its end and returns its description.
func (s *Store) verify(name string) (Meta, error) {
	var meta Meta
	err := s.read(name, func(m Meta, body io.Reader) error {
		meta = m
		_, err := io.Copy(io.Discard, body)
		return err
	})
	if err == nil && meta.file() != name {
		err = errors.New("the file has the name of a different report")
	}
	return meta, err
}

// setAside renames a file, so that it is not found again, in the place of what was
// set aside under the same name before. Only its owner may read it then.
func (s *Store) setAside(name string, why error) Problem {
	problem := Problem{File: name, Aside: name + asideSuffix, Err: why}
	err := s.disk.rename(name, problem.Aside)
	if err != nil && s.disk.remove(problem.Aside) == nil { // A file and a directory do not replace each other.
		err = s.disk.rename(name, problem.Aside)
	}
	if err != nil {
		problem.Aside, problem.Err = "", errors.Join(why, err)
		return problem
	}
	if regular, _ := s.path.isRegular(problem.Aside); regular {
		problem.Err = errors.Join(why, os.Chmod(s.path.path(problem.Aside), 0o600))
	}
	return problem
}

// Load hands the stored report of key to read. The error is fs.ErrNotExist where
// none is stored; a report that turns out to be damaged while it is read is an
// error of the reader it is read from.
func (s *Store) Load(key Key, read func(Meta, io.Reader) error) error {
	return s.read(key.file(), read)
}

// open opens a file to read it, if it is a regular one.
func (s *Store) open(name string) (*os.File, error) {
	regular, err := s.path.isRegular(name)
	if err == nil && !regular {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, err
	}
	return os.OpenFile(s.path.path(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

func (s *Store) read(name string, read func(Meta, io.Reader) error) error {
	file, err := s.open(name)
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
	err := s.own()
	if err == nil {
		err = s.disk.remove(key.file())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove stored report: %w", err)
	}
	return s.sync()
}
