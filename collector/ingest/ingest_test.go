package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/ingest"
)

// newProject returns a project that reads reports which are at hand.
func newProject(t *testing.T, change func(*ingest.Options)) *ingest.Project {
	t.Helper()
	cfg := config.Default(config.KeySource{})
	o := ingest.Options{Settings: ingest.Settings{Config: cfg}, SpoolDir: t.TempDir()}
	if change != nil {
		change(&o)
	}
	return ingest.NewProject(o, cfg.Projects[0])
}

func TestTheReadingOfAReportEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	endless := readerFunc(func(p []byte) (int, error) {
		cancel()
		return copy(p, "x,1\n"), nil
	})
	_, err := newProject(t, nil).Map(ctx, config.Window{}, io.MultiReader(strings.NewReader("event,events\n"), endless))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestWhatCanBeNoReportIsRefusedBeforeItsEnd(t *testing.T) {
	row := strings.Repeat("x", 1<<20)
	for text, want := range map[string]string{
		"\ufeff\r\n <html>":                    "the body is not CSV: it begins with '<'",
		"\xff\xfe<\x00h\x00":                   "the body is not CSV: it begins with '<'",
		"{":                                    "the body is not CSV: it begins with '{'",
		"a,b\n" + strings.Repeat(row, 17):      "a row is longer than 16 MiB",
		"a,b\n" + strings.Repeat(row, 15):      "read on",
		strings.Repeat(row[1:]+"\n", 20) + "x": "read on",
	} {
		goesOn := io.MultiReader(strings.NewReader(text), iotest.ErrReader(errors.New("read on")))
		if _, err := newProject(t, nil).Map(t.Context(), config.Window{}, goesOn); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%.20q…: error %v, and should be %s", text, err, want)
		}
	}
}

func TestABodyThatBreaksOffLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	project := newProject(t, func(o *ingest.Options) { o.SpoolDir = dir })
	for _, n := range []int{0, 10, 64 << 10, 3*64<<10 + 1} {
		broken := errors.New("connection reset")
		_, err := project.Map(t.Context(), config.Window{}, io.MultiReader(strings.NewReader(strings.Repeat("x", n)), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: error %v", n, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d names are left, error %v", len(left), err)
	}
}

// small and large are reports, the second of a size that is mapped alone.
var (
	small = "event,events\nx,1\n"
	large = "event,events\n" + strings.Repeat("x,1\n", 3<<20)
)

func TestAReportWaitsForItsTurnToBeMapped(t *testing.T) {
	for _, c := range []struct {
		held []string
		next string
	}{
		{[]string{small, small}, small},
		{[]string{small}, large},
		{[]string{large}, small},
	} {
		synctest.Test(t, func(t *testing.T) {
			turns := ingest.NewTurns(2)
			project := newProject(t, func(o *ingest.Options) { o.Turns = turns })
			var held []*ingest.Mapped
			for _, text := range c.held {
				m, err := project.Map(t.Context(), config.Window{}, strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				defer m.Close()
				held = append(held, m)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			read := func() {
				m, err := project.Map(ctx, config.Window{}, strings.NewReader(c.next))
				if err == nil {
					m.Close()
				}
				ended <- err
			}
			go read()
			synctest.Wait()
			cancel()
			if err := <-ended; err == nil || err.Error() != "wait until another report has been read: context canceled" {
				t.Errorf("error %v", err)
			}
			ctx = t.Context()
			go read()
			synctest.Wait()
			held[0].EndTurn()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// roles maps a report and returns the roles of its columns, by name.
func roles(t *testing.T, project *ingest.Project, text string) string {
	t.Helper()
	m, err := project.Map(t.Context(), config.Window{}, strings.NewReader(text))
	if err != nil {
		return err.Error()
	}
	defer m.Close()
	all := map[string]string{}
	for _, c := range m.Mapping.Columns {
		all[c.Name] = string(c.Role)
	}
	return fmt.Sprint(all)
}

func TestTheHeadersThatWereUsedLastAreKept(t *testing.T) {
	project := newProject(t, func(o *ingest.Options) { o.Headers = 8 })
	header := func(i int) string { return "event,size" + strings.Repeat("s", i) }
	for i := range 24 {
		roles(t, project, header(i)+"\nx,1\n")
		roles(t, project, "event,size\nx,1\n") // What is used stays.
	}
	for _, c := range []struct {
		header int
		role   string
	}{{0, "value"}, {23, "value"}, {17, "value"}, {16, "label"}} { // in this order: each is the last used then
		if got := roles(t, project, header(c.header)+"\nx,big\nx,1\n"); !strings.HasSuffix(got, ":"+c.role+"]") {
			t.Errorf("header %d: %s, want %s", c.header, got, c.role)
		}
	}
}

func TestOfWideHeadersOnlyTheLastIsKept(t *testing.T) {
	project := newProject(t, nil)
	read := func(name, cell string) string {
		return roles(t, project, strings.Repeat("x,", 6000)+name+"\n"+strings.Repeat("1,", 6000)+cell+"\n")
	}
	for _, c := range []struct{ name, cell, role string }{{"a", "1", "value"}, {"a", "big", "value"}, {"b", "1", "value"}, {"a", "big", "label"}} {
		if got := read(c.name, c.cell); !strings.Contains(got, "["+c.name+":"+c.role+" ") {
			t.Errorf("column %s of %s: %.40s, want %s", c.name, c.cell, got, c.role)
		}
	}
}
