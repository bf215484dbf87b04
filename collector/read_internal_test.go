package collector

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"statsig_exporter/collector/report"
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

func TestTheSecondReadingOfAReportEndsWithTheContext(t *testing.T) {
	const csv = "event,events\nx,1\n"
	for _, endsEarly := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		src := ending{strings.NewReader(csv), func() {}}
		if endsEarly {
			src.end = cancel
		}
		r, err := readSpooled(ctx, src, report.Request{Options: report.DefaultOptions()}, t.TempDir())
		if endsEarly && !errors.Is(err, context.Canceled) || !endsEarly && (err != nil || r.Series != 1) {
			t.Errorf("ends early: %t: error %v", endsEarly, err)
		}
	}
}

func TestNoMoreThanTheLastHeadersAreKept(t *testing.T) {
	kept := roles{limit: leastKept}
	read := func(header string) {
		known, whole := report.Recall(strings.NewReader(header+"\nx,1\n"), kept.all())
		r, err := readSpooled(t.Context(), whole, report.Request{Options: report.DefaultOptions(), Known: known}, t.TempDir())
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
