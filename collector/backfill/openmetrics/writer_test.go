package openmetrics

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/collector/exposition"
)

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

// family is one with a sample of each row: label values, then the value.
func familyOf(name, help string, labels []string, rows ...[]string) exposition.Family {
	return exposition.Family{Name: name, Help: help, LabelNames: labels, Samples: func(yield func([]string, float64) bool) {
		for _, row := range rows {
			v, err := strconv.ParseFloat(row[len(labels)], 64)
			if err != nil {
				panic(err)
			}
			if !yield(row[:len(labels)], v) {
				return
			}
		}
	}}
}

func newWriter(t *testing.T) *Writer {
	t.Helper()
	w, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func add(t *testing.T, w *Writer, group string, f exposition.Family, at time.Time) {
	t.Helper()
	if _, err := w.Add(group, f, at); err != nil {
		t.Fatal(err)
	}
}

func written(t *testing.T, w *Writer) string {
	t.Helper()
	var out strings.Builder
	if err := w.Write(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFamiliesFollowEachOtherAndSoDoTheSamplesOfASeries(t *testing.T) {
	w := newWriter(t)
	add(t, w, "web", familyOf("b", `Of "b".`, []string{"event"}, []string{"y", "2"}, []string{"x", "1"}), day(3))
	add(t, w, "web", familyOf("a", "Of a\\b.\n", []string{"event"}, []string{"x", "-0.5"}), day(2))
	add(t, w, "web", familyOf("b", `Of "b".`, []string{"event", "sdk"}, []string{"x", "", "1e30"}, []string{"y", "go", "4"}), day(2))
	add(t, w, "app", familyOf("b", `Of "b".`, []string{"event"}, []string{"x\"\\\n", "NaN"}), day(3).Add(250*time.Millisecond))
	add(t, w, "app", familyOf("none", "Of nothing.", nil), day(3))
	add(t, w, "app", familyOf("bare", "Without labels.", nil, []string{"+Inf"}), day(3))
	want := `# TYPE a gauge
# HELP a Of a\\b.\n
a{event="x"} -0.5 1767312000
# TYPE b gauge
# HELP b Of \"b\".
b{event="x\"\\\n"} NaN 1767398400.25
b{event="x"} 1e+30 1767312000
b{event="x"} 1 1767398400
b{event="y"} 2 1767398400
b{event="y",sdk="go"} 4 1767312000
# TYPE bare gauge
# HELP bare Without labels.
bare{} +Inf 1767398400
# EOF
`
	if got := written(t, w); got != want {
		t.Errorf("written:\n%s\nwant:\n%s", got, want)
	}
}

// A year of days of many series: a million samples, some 80 MB of text.
const (
	manyDays   = 365
	manySeries = 3_000
)

func TestMemoryGrowsWithTheSamplesOfOneMomentAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a year of 3,000 series")
	}
	w := newWriter(t)
	before, most := liveHeap(), uint64(0)
	names, key := []string{"event", "project"}, []string{"", "web"}
	for n := range manyDays {
		f := exposition.Family{Name: "statsig_usage_events", LabelNames: names, Samples: func(yield func([]string, float64) bool) {
			for i := range manySeries {
				key[0] = "an_event_with_a_name_" + strconv.Itoa(i)
				if !yield(key, float64(n*i)) {
					return
				}
			}
		}}
		add(t, w, "web", f, day(1).AddDate(0, 0, n))
		if n%40 == 0 {
			most = max(most, liveHeap())
		}
	}
	out := &counter{every: 20 << 20, do: func() { most = max(most, liveHeap()) }}
	if err := w.Write(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if out.size < manyDays*manySeries*50 {
		t.Errorf("%d bytes were written", out.size)
	}
	if 3*w.size > out.size {
		t.Errorf("%d bytes were set aside for %d bytes of text", w.size, out.size)
	}
	if most <= before || most-before > 24<<20 {
		t.Errorf("the heap grew by %d KiB", int64(most-before)>>10)
	}
}

// counter counts what is written, and calls do each time it is so much more.
type counter struct {
	size, next, every int64
	do                func()
}

func (c *counter) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	if c.size >= c.next {
		c.next += c.every
		c.do()
	}
	return len(p), nil
}

// liveHeap returns the bytes that are in use after a collection.
func liveHeap() uint64 {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func TestAnErrorOfTheOutputOrTheContextEndsIt(t *testing.T) {
	w := newWriter(t)
	for n := range 3 {
		add(t, w, "web", familyOf("m", "", []string{"x"}, []string{"1", "1"}), day(1+n))
	}
	full := errors.New("no space left on device")
	read, write := io.Pipe()
	_ = read.CloseWithError(full)
	if err := w.Write(t.Context(), write); !errors.Is(err, full) {
		t.Errorf("Write: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(full)
	if err := w.Write(ctx, io.Discard); !errors.Is(err, full) {
		t.Errorf("Write under a context that has ended: %v", err)
	}
}

func TestSamplesThatCannotBeSetAsideAreAnError(t *testing.T) {
	w := newWriter(t)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add("web", familyOf("m", "", nil, []string{"1"}), day(1)); !errors.Is(err, os.ErrClosed) || !strings.HasPrefix(err.Error(), "set samples aside: ") {
		t.Errorf("Add: %v", err)
	}
}
