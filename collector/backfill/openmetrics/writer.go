// Package openmetrics writes the samples of many moments as one OpenMetrics text,
// in memory that does not grow with their number: samples arrive a moment at a
// time, and are written a series at a time.
package openmetrics

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/spool"
)

// Writer collects samples and then writes them. It is used by one goroutine.
type Writer struct {
	aside    *os.File // runs, one after the other
	to       *bufio.Writer
	size     int64 // of aside, with what is still in to
	families map[string]*family
}

// family holds what was added under one name.
type family struct {
	help string
	runs map[string][]run // by group
}

// run is where the samples of one moment are set aside, sorted by labels.
type run struct {
	at         time.Time
	begin, end int64
}

// New returns a Writer that sets samples aside in dir, in a file without a name,
// which takes about a third of the room of the text.
func New(dir string) (*Writer, error) {
	file, err := spool.Nameless(dir)
	if err != nil {
		return nil, fmt.Errorf("set samples aside: %w", err)
	}
	return &Writer{aside: file, to: bufio.NewWriterSize(file, 256<<10), families: map[string]*family{}}, nil
}

// Close gives back what the Writer holds.
func (w *Writer) Close() error { return w.aside.Close() }

// Add adds the samples of f at one moment, and returns their number. The samples
// of a series are all of one group and of different moments. Labels without a
// value are left out: Prometheus takes them for none.
func (w *Writer) Add(group string, f exposition.Family, at time.Time) (int, error) {
	samples := collect(f)
	if len(samples) == 0 {
		return 0, nil
	}
	begin, before := w.size, ""
	for _, s := range samples {
		w.put(s, before)
		before = s.labels
	}
	known := w.families[f.Name]
	if known == nil {
		known = &family{help: f.Help, runs: map[string][]run{}}
		w.families[f.Name] = known
	}
	known.runs[group] = append(known.runs[group], run{at, begin, w.size})
	// Most errors of the file show here already, and all by the time it is read.
	if err := w.to.Flush(); err != nil {
		return 0, fmt.Errorf("set samples aside: %w", err)
	}
	return len(samples), nil
}

// put sets one sample aside: how many bytes its labels share with those before, the
// others, and the value. An error stays until Flush.
func (w *Writer) put(s sample, before string) {
	shared := 0
	for shared < min(len(before), len(s.labels)) && before[shared] == s.labels[shared] {
		shared++
	}
	var head []byte
	head = binary.AppendUvarint(head, uint64(shared))
	head = binary.AppendUvarint(head, uint64(len(s.labels)-shared))
	head = append(head, s.labels[shared:]...)
	head = binary.BigEndian.AppendUint64(head, math.Float64bits(s.value))
	_, _ = w.to.Write(head)
	w.size += int64(len(head))
}

type sample struct {
	labels string // as they are written
	value  float64
}

// collect returns the samples of a family, sorted by their labels.
func collect(f exposition.Family) []sample {
	var all []sample
	var text []byte
	for values, v := range f.Samples {
		text = text[:0]
		for i, value := range values {
			if value == "" {
				continue
			}
			if len(text) > 0 {
				text = append(text, ',')
			}
			text = append(text, f.LabelNames[i]...)
			text = append(text, '=', '"')
			text = exposition.AppendEscaped(text, value)
			text = append(text, '"')
		}
		all = append(all, sample{string(text), v})
	}
	slices.SortFunc(all, func(a, b sample) int { return strings.Compare(a.labels, b.labels) })
	return all
}
