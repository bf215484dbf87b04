package spool

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func fill(t *testing.T, s *Spool) []byte {
	t.Helper()
	var want bytes.Buffer
	for i := range 1000 {
		line := bytes.Repeat([]byte{byte('a' + i%26)}, i)
		want.Write(line)
		if _, err := s.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	return want.Bytes()
}

func check(t *testing.T, s *Spool, want []byte) {
	t.Helper()
	for range 3 {
		r, err := s.Reader()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("read back %d bytes that differ from the %d written", len(got), len(want))
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestASpoolIsInMemoryWhereNoFileCanBeMade(t *testing.T) {
	s := New(filepath.Join(t.TempDir(), "missing"))
	check(t, s, fill(t, s))
}

func TestAFileThatTakesNoMoreMovesToMemory(t *testing.T) {
	s := New(t.TempDir())
	first := fill(t, s)
	// A file that is open for reading alone refuses writes as a full disk does.
	readOnly, err := os.Open("/proc/self/fd/" + strconv.Itoa(int(s.file.Fd())))
	if err != nil {
		t.Skipf("reopen the unlinked file: %v", err)
	}
	if err := s.file.Close(); err != nil {
		t.Fatal(err)
	}
	s.file = readOnly
	second := fill(t, s)
	if s.squeeze == nil {
		t.Fatal("the spool is still in the file")
	}
	check(t, s, append(first, second...))
}
