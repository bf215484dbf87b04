package openmetrics

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"statsig_exporter/collector/exposition"
)

// mergeBytes is shared among the buffers for the runs of one family and group. Each gets
// minBuffer to maxBuffer.
const (
	mergeBytes           = 16 << 20
	minBuffer, maxBuffer = 2 << 10, 64 << 10
)

// checkEvery is after how many samples the context is looked at.
const checkEvery = 10_000

// Write writes everything that was added: families by name, in each one series after
// another, and in each series samples by time. Call it once, at the end. It ends early
// with ctx.
func (w *Writer) Write(ctx context.Context, out io.Writer) error {
	to := bufio.NewWriterSize(out, 256<<10)
	for _, name := range slices.Sorted(maps.Keys(w.families)) {
		f := w.families[name]
		_, _ = fmt.Fprintf(to, "# TYPE %s gauge\n# HELP %[1]s %s\n", name, exposition.AppendEscaped(nil, f.help)) // an error stays until Flush
		for _, group := range slices.Sorted(maps.Keys(f.runs)) {
			if err := w.merge(ctx, to, name, f.runs[group]); err != nil {
				return err
			}
		}
	}
	_, _ = to.WriteString("# EOF\n")
	return to.Flush()
}

// merge writes the samples of a family and group.
func (w *Writer) merge(ctx context.Context, to *bufio.Writer, name string, runs []run) error {
	size := min(max(mergeBytes/len(runs), minBuffer), maxBuffer)
	var next cursors
	for _, r := range runs {
		c := &cursor{at: r.at, stamp: stamp(r.at), from: bufio.NewReaderSize(io.NewSectionReader(w.aside, r.begin, r.end-r.begin), size)}
		if err := c.advance(); err != nil { // A run is never empty.
			return fmt.Errorf("read samples that were set aside: %w", err)
		}
		next = append(next, c)
	}
	heap.Init(&next)
	var line []byte
	for n := 0; len(next) > 0; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c := next[0]
		line = c.appendLine(line[:0], name)
		if _, err := to.Write(line); err != nil {
			return err
		}
		switch err := c.advance(); {
		case err == io.EOF: //nolint:errorlint // it is advance's own
			heap.Pop(&next)
		case err != nil:
			return fmt.Errorf("read samples that were set aside: %w", err)
		default:
			heap.Fix(&next, 0)
		}
	}
	return nil
}

// stamp writes a moment in seconds.
func stamp(at time.Time) []byte {
	return strconv.AppendFloat(nil, float64(at.UnixMilli())/1000, 'f', -1, 64)
}

// cursor is a place in a run.
type cursor struct {
	at     time.Time
	stamp  []byte
	from   *bufio.Reader
	labels []byte
	value  float64
}

// advance goes to the next sample. The error is io.EOF behind the last one.
func (c *cursor) advance() error {
	shared, err := binary.ReadUvarint(c.from)
	if err != nil {
		return err
	}
	more, err := binary.ReadUvarint(c.from)
	if err != nil {
		return err
	}
	c.labels = slices.Grow(c.labels[:shared], int(more))[:shared+more]
	if _, err := io.ReadFull(c.from, c.labels[shared:]); err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	var bits [8]byte
	if _, err := io.ReadFull(c.from, bits[:]); err != nil {
		return fmt.Errorf("value: %w", err)
	}
	c.value = math.Float64frombits(binary.BigEndian.Uint64(bits[:]))
	return nil
}

func (c *cursor) appendLine(line []byte, name string) []byte {
	line = append(line, name...)
	line = append(line, '{')
	line = append(line, c.labels...)
	line = append(line, '}', ' ')
	line = strconv.AppendFloat(line, c.value, 'g', -1, 64)
	line = append(line, ' ')
	line = append(line, c.stamp...)
	return append(line, '\n')
}

// cursors is a heap: first the series with the least labels, then the earliest
// sample of it.
type cursors []*cursor

// Len implements heap.Interface.
func (h cursors) Len() int { return len(h) }

// Less implements heap.Interface.
func (h cursors) Less(i, j int) bool {
	return cmp.Or(bytes.Compare(h[i].labels, h[j].labels), h[i].at.Compare(h[j].at)) < 0
}

// Swap implements heap.Interface.
func (h cursors) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *cursors) Push(c any) { *h = append(*h, c.(*cursor)) }

// Pop implements heap.Interface.
func (h *cursors) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	*h = (*h)[:last]
	return c
}
