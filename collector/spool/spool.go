// Package spool keeps one report while it is read: in a file without a name or,
// where that cannot be written, in memory, compressed.
package spool

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/s2"
)

// Spool holds what is written to it until it is closed. It is used by one
// goroutine.
type Spool struct {
	file    *os.File // nil where none could be made
	written int64    // bytes in file
	memory  bytes.Buffer
	squeeze *s2.Writer // into memory; nil as long as the file serves
}

// New returns an empty spool in dir, or in the system's directory for temporary
// files if dir is empty. It never fails: a directory that cannot be written
// means memory.
func New(dir string) *Spool {
	s := &Spool{}
	if dir == "" {
		dir = os.TempDir()
	}
	file, err := Nameless(dir)
	if err != nil {
		s.toMemory()
		return s
	}
	s.file = file
	return s
}

// unlinked returns a new file in dir whose name it has removed: the file is gone
// with the process, however that ends, but not if it ends right here.
func unlinked(dir string) (*os.File, error) {
	file, err := os.CreateTemp(dir, "statsig_exporter-*.csv")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close() // nothing was written to it
		return nil, err
	}
	return file, nil
}

func (s *Spool) toMemory() {
	s.squeeze = s2.NewWriter(&s.memory, s2.WriterConcurrency(1))
}

// Write adds p. A file that takes no more moves to memory.
func (s *Spool) Write(p []byte) (int, error) {
	if s.squeeze == nil {
		n, err := s.file.WriteAt(p, s.written)
		if err == nil {
			s.written += int64(n)
			return n, nil
		}
		s.toMemory()
		if _, err := io.Copy(s.squeeze, io.NewSectionReader(s.file, 0, s.written)); err != nil {
			return 0, fmt.Errorf("move spooled report to memory: %w", err)
		}
	}
	return s.squeeze.Write(p)
}

// Reader returns everything that was written, from the beginning, each time it is
// called. Nothing may be written after it was called.
func (s *Spool) Reader() (io.Reader, error) {
	if s.squeeze == nil {
		return io.NewSectionReader(s.file, 0, s.written), nil
	}
	if err := s.squeeze.Close(); err != nil {
		return nil, fmt.Errorf("finish spooled report: %w", err)
	}
	return s2.NewReader(bytes.NewReader(s.memory.Bytes())), nil
}

// Close gives back what the spool holds. Its readers may not be used any more. A
// nil spool holds nothing, and a closed one may be closed again.
func (s *Spool) Close() error {
	if s == nil {
		return nil
	}
	s.memory = bytes.Buffer{}
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file = nil
	return file.Close()
}
