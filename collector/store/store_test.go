package store

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	web = Key{Project: "web", Window: "day"}
	app = Key{Project: "app", Window: "day"}
)

func meta(key Key) Meta {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return Meta{Key: key, Period: "day", Start: day, End: day.AddDate(0, 0, 1), Time: day.Add(30 * time.Hour)}
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func save(t *testing.T, s *Store, key Key, text string) {
	t.Helper()
	if err := s.Save(meta(key), strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, s *Store, key Key) (Meta, string, error) {
	t.Helper()
	var got Meta
	var text []byte
	err := s.Load(key, func(m Meta, r io.Reader) (err error) {
		got = m
		text, err = io.ReadAll(r)
		return err
	})
	return got, string(text), err
}

func all(Key) bool { return true }

func TestWhatIsSavedIsLoadedByTheNextProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	big := strings.Repeat("event,1\n", 1<<18)
	part := web
	part.Part = "1-2"
	save(t, s, web, "old")
	save(t, s, web, big)
	save(t, s, part, "part")
	save(t, s, app, "")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir)
	stored, problems, err := s.Tidy(all)
	if err != nil || len(problems) != 0 {
		t.Fatalf("tidy: %v, %v", problems, err)
	}
	if want := []Meta{meta(app), meta(web), meta(part)}; !slices.Equal(stored, want) {
		t.Fatalf("stored: %+v", stored)
	}
	for key, want := range map[Key]string{web: big, part: "part", app: ""} {
		if got, text, err := load(t, s, key); err != nil || got != meta(key) || text != want {
			t.Errorf("loaded %+v, %d bytes, %v", got, len(text), err)
		}
	}
}

func TestAStoreHoldsOneFileForEachProjectAndWindow(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for i := range 3 {
		for _, project := range []string{"web", "app", "../web", strings.Repeat("long", 10_000)} {
			for _, window := range []string{"day", "month"} {
				save(t, s, Key{Project: project, Window: window}, strings.Repeat("x\n", i*1000))
			}
		}
	}
	if err := s.Save(meta(Key{Project: strings.Repeat("x", 16<<20)}), strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "more than can be stored") {
		t.Errorf("a name of 16 MiB: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 4*2+1 {
		t.Errorf("%d files, want 8 and the lock: %v %v", len(entries), entries, err)
	}
}

func TestASecondProcessCannotHaveTheSameDirectory(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	for range 2 {
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "in use by another process") {
			t.Errorf("second open: %v", err)
		}
		_ = os.Remove(filepath.Join(dir, lockName))
	}
}

func TestADirectoryThatIsDeletedAndMadeAnewIsItsNextOwners(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	anew := func() {
		if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	anew()
	second := open(t, dir)
	save(t, second, web, "second")
	if err := first.Save(meta(web), strings.NewReader("first")); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a save in the directory of another process: %v", err)
	}
	if _, text, err := load(t, second, web); err != nil || text != "second" {
		t.Errorf("loaded %q, %v", text, err)
	}
	anew()
	save(t, first, web, "first")
	if _, err := Open(dir); err == nil {
		t.Error("the directory was opened a second time")
	}
}

func TestEveryChangedByteAndEveryTruncationIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, web, "Event,Count\nsignup,12\n")
	path := filepath.Join(dir, web.file())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, i int, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, text, err := load(t, s, web); err == nil {
			t.Errorf("%s %d: loaded %q", what, i, text)
		}
		if _, problems, _ := s.Tidy(all); len(problems) != 1 {
			t.Errorf("%s %d: problems %v", what, i, problems)
		}
	}
	for i := range whole {
		check("cut at", i, whole[:i])
		flipped := bytes.Clone(whole)
		flipped[i] ^= 0x40
		check("changed byte", i, flipped)
	}
	check("appended to", len(whole), append(bytes.Clone(whole), 'x'))
}

func TestTidyTouchesOnlyFilesOfItsOwnNames(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, web, "a,b\n1,2\n")
	save(t, s, app, "a,b\n1,2\n")
	whole, err := os.ReadFile(filepath.Join(dir, web.file()))
	if err != nil {
		t.Fatal(err)
	}
	none := strings.Repeat("0", 24) + suffix
	for name, text := range map[string]string{
		"statsig.yml": "projects: []", "web.key": "k", "0123.report": magic, "copy.report": string(whole),
		"writing-mine.tmp": "x", "writing-17.tmp": "cut", none: string(whole),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, problems, err := s.Tidy(func(k Key) bool { return k == web })
	if err != nil || len(stored) != 1 || stored[0].Key != web || len(problems) != 1 || problems[0].Aside != none+asideSuffix {
		t.Errorf("stored %v, problems %v, error %v", stored, problems, err)
	}
	want := []string{none + asideSuffix, "0123.report", web.file(), "copy.report", lockName, "statsig.yml", "web.key", "writing-mine.tmp"}
	slices.Sort(want)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("files are %q, want %q", got, want)
	}
	if info, err := os.Stat(filepath.Join(dir, none+asideSuffix)); err != nil || info.Mode() != 0o600 {
		t.Errorf("what is set aside has the mode %v, %v", info.Mode(), err)
	}
	if _, problems, _ := s.Tidy(all); len(problems) != 0 {
		t.Errorf("a second tidy finds %v", problems)
	}
}

func TestAFailedSaveLeavesTheEarlierReportAndNoLitter(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, web, "first")
	broken := io.MultiReader(strings.NewReader("second"), iotestErr{})
	if err := s.Save(meta(web), broken); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("save: %v", err)
	}
	if _, text, err := load(t, s, web); err != nil || text != "first" {
		t.Errorf("loaded %q, %v", text, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("files: %v", entries)
	}
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// FuzzDecode feeds any file to the reader: it may refuse it, but what it accepts
// equals what was written.
func FuzzDecode(f *testing.F) {
	var whole bytes.Buffer
	if err := encode(&whole, meta(web), strings.NewReader("Event,Count\nsignup,12\n")); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, file []byte) {
		m, body, err := decode(bytes.NewReader(file))
		if err != nil {
			return
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := encode(&again, m, bytes.NewReader(text)); err != nil {
			return
		}
		m2, body, err := decode(bytes.NewReader(again.Bytes()))
		if err != nil || !m2.Start.Equal(m.Start) || m2.Key != m.Key {
			t.Fatalf("read back %+v as %+v, %v", m, m2, err)
		}
		if back, err := io.ReadAll(body); err != nil || !bytes.Equal(back, text) {
			t.Fatalf("read back %d bytes as %d, %v", len(text), len(back), err)
		}
	})
}
