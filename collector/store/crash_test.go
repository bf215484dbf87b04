package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// operation is one that a store did with its disk, or the end of what it was told
// to do.
type operation struct {
	kind string // create, write, sync, rename, remove, sync directory, done
	name string
	to   string // of a rename
	data []byte // of a write
}

// recorder is a disk that writes down what is done with it.
type recorder struct {
	disk
	done []operation
}

func (r *recorder) note(o operation) { r.done = append(r.done, o) }

func (r *recorder) create() (tempFile, error) {
	file, err := r.disk.create()
	if err != nil {
		return nil, err
	}
	r.note(operation{kind: "create", name: filepath.Base(file.Name())})
	return recordedFile{file, r}, nil
}

func (r *recorder) rename(from, to string) error {
	r.note(operation{kind: "rename", name: from, to: to})
	return r.disk.rename(from, to)
}

func (r *recorder) remove(name string) error {
	r.note(operation{kind: "remove", name: name})
	return r.disk.remove(name)
}

func (r *recorder) sync() error {
	r.note(operation{kind: "sync directory"})
	return r.disk.sync()
}

type recordedFile struct {
	tempFile
	r *recorder
}

func (f recordedFile) Write(p []byte) (int, error) {
	f.r.note(operation{kind: "write", name: filepath.Base(f.Name()), data: bytes.Clone(p)})
	return f.tempFile.Write(p)
}

func (f recordedFile) Sync() error {
	f.r.note(operation{kind: "sync", name: filepath.Base(f.Name())})
	return f.tempFile.Sync()
}

// inode is a file, whatever its name.
type inode struct{ synced, written []byte }

// platter holds what a crash leaves on a disk, and what it may leave.
type platter struct {
	synced  map[string]*inode // names that last
	current map[string]*inode
	// pending are the changes of names since they were synced. Each may have
	// reached the disk or not, whatever became of the others.
	pending []func(names map[string]*inode)
}

func (p *platter) change(f func(names map[string]*inode)) {
	f(p.current)
	p.pending = append(p.pending, f)
}

func (p *platter) do(o operation) {
	file := p.current[o.name]
	switch o.kind {
	case "create":
		made := &inode{}
		p.change(func(names map[string]*inode) { names[o.name] = made })
	case "write":
		file.written = slices.Concat(file.written, o.data)
	case "sync":
		file.synced = file.written
	case "rename":
		p.change(func(names map[string]*inode) { delete(names, o.name); names[o.to] = file })
	case "remove":
		p.change(func(names map[string]*inode) { delete(names, o.name) })
	case "sync directory":
		p.synced, p.pending = maps.Clone(p.current), nil
	}
}

// crashes yields what a crash may leave: every choice of the pending changes of
// names, and of each file that was not synced nothing, a part, zeros or all of
// what was written since.
func (p *platter) crashes(yield func(left map[string][]byte)) {
	for choice := range 1 << len(p.pending) {
		names := maps.Clone(p.synced)
		for i, change := range p.pending {
			if choice>>i&1 == 1 {
				change(names)
			}
		}
		for _, content := range []func(*inode) []byte{
			func(f *inode) []byte { return f.synced },
			func(f *inode) []byte { return f.written[:(len(f.synced)+len(f.written))/2] },
			func(f *inode) []byte {
				return append(bytes.Clone(f.synced), make([]byte, len(f.written)-len(f.synced))...)
			},
			func(f *inode) []byte { return f.written },
		} {
			left := map[string][]byte{}
			for name, file := range names {
				left[name] = content(file)
			}
			yield(left)
		}
	}
}

// found returns what a store that is opened after a crash has for web; empty for
// nothing. A file that it would have to set aside is an error.
func found(t *testing.T, left map[string][]byte) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range left {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir)
	defer s.Close()
	if _, problems, err := s.Tidy(all); err != nil || len(problems) > 0 {
		return "", fmt.Errorf("%v %w", problems, err)
	}
	_, text, err := load(t, s, web)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return text, err
}

// fingerprint returns a text that differs if the files do.
func fingerprint(files map[string][]byte) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%s %x\n", name, sha256.Sum256(files[name]))
	}
	return b.String()
}

// life has a store save a report, save another in its place and remove that, and
// returns what it did, and what is stored at first and after each of the three.
func life(t *testing.T) (done []operation, stored []string) {
	t.Helper()
	noise := make([]byte, 600_000) // so that it takes several writes
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	stored = []string{"", "old", string(noise), ""}
	s := open(t, t.TempDir())
	r := &recorder{disk: s.disk}
	s.disk = r
	for _, text := range stored[1:3] {
		save(t, s, web, text)
		r.note(operation{kind: "done"})
	}
	if err := s.Remove(web); err != nil {
		t.Fatal(err)
	}
	r.note(operation{kind: "done"})
	return r.done, stored
}

// losses returns at which crashes during done something else is found than what
// was stored before, or what was being stored.
func losses(t *testing.T, done []operation, stored []string) (losses []string) {
	t.Helper()
	p := &platter{synced: map[string]*inode{}, current: map[string]*inode{}}
	may := stored[:1]
	type outcome struct {
		text string
		err  error
	}
	known := map[string]outcome{} // by what is left: most crashes leave the same
	for i, o := range done {
		p.do(o)
		if o.kind == "done" {
			stored = stored[1:]
			may = stored[:1]
		} else {
			may = stored[:2]
		}
		p.crashes(func(left map[string][]byte) {
			key := fingerprint(left)
			got, ok := known[key]
			if !ok {
				got.text, got.err = found(t, left)
				known[key] = got
			}
			if got.err != nil || !slices.Contains(may, got.text) {
				losses = append(losses, fmt.Sprintf("after operation %d (%s %s): %d bytes, %v", i, o.kind, o.name, len(got.text), got.err))
			}
		})
	}
	return losses
}

func TestACrashAtAnyOperationLeavesTheEarlierOrTheNewReport(t *testing.T) {
	done, stored := life(t)
	if got := losses(t, done, stored); len(got) > 0 {
		t.Errorf("%d crashes lose a report; the first %s", len(got), got[0])
	}
}
