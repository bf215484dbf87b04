package collector

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
)

// received takes down a report that is at hand.
func received(t *testing.T, text string) *spool.Spool {
	t.Helper()
	s, err := receive(strings.NewReader(text), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestTheReadingOfAReportEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := until{received(t, "event,events\nx,1\n"), ctx}.Reader()
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestWhatCanBeNoReportIsRefusedBeforeItsEnd(t *testing.T) {
	row := strings.Repeat("x", 1<<20)
	for text, want := range map[string]string{
		"\ufeff\r\n <html>":                    "the body is no CSV: it begins with '<'",
		"{":                                    "the body is no CSV: it begins with '{'",
		"a,b\n" + strings.Repeat(row, 17):      "a row is longer than 16 MiB",
		"a,b\n" + strings.Repeat(row, 15):      "read on",
		strings.Repeat(row[1:]+"\n", 20) + "x": "read on",
	} {
		goesOn := io.MultiReader(strings.NewReader(text), iotest.ErrReader(errors.New("read on")))
		if s, err := receive(goesOn, t.TempDir()); s != nil || err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%.20q…: spool %v, error %v, and should be %s", text, s, err, want)
		}
	}
}

func TestABodyThatBreaksOffLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []int{0, 10, receiveBytes, 3*receiveBytes + 1} {
		broken := errors.New("connection reset")
		s, err := receive(io.MultiReader(strings.NewReader(strings.Repeat("x", n)), iotest.ErrReader(broken)), dir)
		if s != nil || !errors.Is(err, broken) {
			t.Errorf("after %d bytes: spool %v, error %v", n, s, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d names are left, error %v", len(left), err)
	}
}

func TestNoMoreReportsAreMappedAtATimeThanConcurrencySays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := &Collector{}, &project{config: config.Project{Report: report.DefaultOptions()}, slots: make(chan struct{}, 1), roles: roles{limit: leastKept}}
		text := received(t, "event,events\nx,1\n")
		p.slots <- struct{}{} // another report
		ended := make(chan error, 1)
		go func() {
			_, err := c.read(t.Context(), p, text)
			ended <- err
		}()
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("read without a slot: %v", err)
		default:
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.read(ctx, p, text); err == nil || err.Error() != "wait until another report has been read: context canceled" {
			t.Errorf("error %v", err)
		}
		<-p.slots
		if err := <-ended; err != nil || len(p.slots) != 0 {
			t.Errorf("read: %v, %d slots are held", err, len(p.slots))
		}
	})
}

func TestAHeaderIsRecalledInEveryDialect(t *testing.T) {
	r, err := report.Read(received(t, "event,events\nx,1\n"), report.Request{Options: report.DefaultOptions()})
	if err != nil {
		t.Fatal(err)
	}
	for text, found := range map[string]bool{
		"event,events\nx,1\n":                   true,
		"\n\r\n\"events\";\"event\"\r\n1;x\r\n": true,
		"\ufeffevent\tevents\nx\t1\n":           true,
		"sep=;\nevent;events\nx;1\n":            true,
		"\xff\xfee\x00v\x00e\x00n\x00t\x00,\x00e\x00v\x00e\x00n\x00t\x00s\x00\n\x00": true,
		"event,events\n" + strings.Repeat("x,1\n", 1e5):                              true,
		"event,events,more\nx,1,2\n":                                                 false,
		"event,Events\nx,1\n":                                                        false,
		"":                                                                           false,
		"\"event,events\nx,1\n":                                                      false,
	} {
		if known := report.Recall(received(t, text), []*report.Mapping{r.Mapping}); (known != nil) != found {
			t.Errorf("%.40q: recalled: %t", text, known != nil)
		}
	}
}

func TestNoMoreThanTheLastHeadersAreKept(t *testing.T) {
	kept := roles{limit: leastKept}
	read := func(header string) {
		text := received(t, header+"\nx,1\n")
		known := report.Recall(text, kept.all())
		r, err := report.Read(text, report.Request{Options: report.DefaultOptions(), Known: known})
		if err != nil || !kept.keep(r.Mapping, known) {
			t.Fatal(err)
		}
	}
	for i := range 3 * leastKept {
		read("event,events" + strings.Repeat("s", i))
		read("event,events") // What is used stays.
	}
	if got := kept.all(); len(got) != leastKept || len(got[0].Columns[1].Name) != len("events") {
		t.Errorf("%d headers are kept, the last used is %v", len(got), got[0].Columns)
	}
}
