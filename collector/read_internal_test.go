package collector

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
)

// ending is a reader that calls end when all has been read.
type ending struct {
	io.Reader
	end func()
}

func (e ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		e.end()
	}
	return n, err
}

func TestTheReadingOfAReportEndsWithTheContext(t *testing.T) {
	const csv = "event,events\nx,1\n"
	for _, endsEarly := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		src := ending{strings.NewReader(csv), func() {}}
		if endsEarly {
			src.end = cancel
		}
		r, _, err := readSpooled(ctx, src, report.Request{Options: report.DefaultOptions()}, t.TempDir())
		if endsEarly && !errors.Is(err, context.Canceled) || !endsEarly && (err != nil || r.Series != 1) {
			t.Errorf("ends early: %t: error %v", endsEarly, err)
		}
	}
}

func TestTheSecondReadingOfAReportEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := spooled{spool.New(t.TempDir()), ctx}
	defer s.Close()
	if _, err := io.WriteString(s, "event,events\nx,1\n"); err != nil {
		t.Fatal(err)
	}
	r, err := s.Reader()
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestAHeaderIsRecalledInEveryDialectAndNothingIsLost(t *testing.T) {
	read := func(text string) (*report.Mapping, string) {
		r, _, err := readSpooled(t.Context(), strings.NewReader("event,events\nx,1\n"), report.Request{Options: report.DefaultOptions()}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		known, whole := report.Recall(strings.NewReader(text), []*report.Mapping{r.Mapping})
		rest, err := io.ReadAll(whole)
		if err != nil {
			t.Fatal(err)
		}
		return known, string(rest)
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
		"<html>":                                                                     false,
		"\"event,events\nx,1\n":                                                      false,
	} {
		known, rest := read(text)
		if (known != nil) != found || rest != text {
			t.Errorf("%.40q: recalled: %t, %d of %d bytes are left", text, known != nil, len(rest), len(text))
		}
	}
}

func TestNoMoreThanTheLastHeadersAreKept(t *testing.T) {
	kept := roles{limit: leastKept}
	read := func(header string) {
		known, whole := report.Recall(strings.NewReader(header+"\nx,1\n"), kept.all())
		r, _, err := readSpooled(t.Context(), whole, report.Request{Options: report.DefaultOptions(), Known: known}, t.TempDir())
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
