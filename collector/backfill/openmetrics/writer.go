// Package openmetrics writes the samples of many moments as one OpenMetrics text,
// in memory that does not grow with their number: samples arrive a moment at a
// time, and are written a series at a time.
package openmetrics

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
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
	if len(samples.all) == 0 {
		return 0, nil
	}
	samples.sort()
	begin := w.size
	for i := range samples.all {
		w.put(samples.shared(i), samples.labels(i), samples.all[i].value)
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
	return len(samples.all), nil
}

// put sets one sample aside: how many bytes its labels share with those before, the
// others, and the value. An error stays until Flush.
func (w *Writer) put(shared int, labels []byte, value float64) {
	var head []byte
	head = binary.AppendUvarint(head, uint64(shared))
	head = binary.AppendUvarint(head, uint64(len(labels)-shared))
	head = append(head, labels[shared:]...)
	head = binary.BigEndian.AppendUint64(head, math.Float64bits(value))
	_, _ = w.to.Write(head)
	w.size += int64(len(head))
}

// samples are the samples of one family at one time.
type samples struct {
	text []byte // the labels of all, as they are written
	all  []placed
}

type placed struct {
	begin, end int
	value      float64
}

func collect(f exposition.Family) samples {
	var s samples
	for values, v := range f.Samples {
		begin := len(s.text)
		for i, value := range values {
			if value == "" {
				continue
			}
			if len(s.text) > begin {
				s.text = append(s.text, ',')
			}
			s.text = append(s.text, f.LabelNames[i]...)
			s.text = append(s.text, '=', '"')
			s.text = exposition.AppendEscaped(s.text, value)
			s.text = append(s.text, '"')
		}
		s.all = append(s.all, placed{begin, len(s.text), v})
	}
	return s
}

func (s *samples) labels(i int) []byte { return s.text[s.all[i].begin:s.all[i].end] }

func (s *samples) sort() {
	slices.SortFunc(s.all, func(a, b placed) int {
		return bytes.Compare(s.text[a.begin:a.end], s.text[b.begin:b.end])
	})
}

// shared returns how many bytes the labels of a sample share with those before.
func (s *samples) shared(i int) int {
	if i == 0 {
		return 0
	}
	before, labels := s.labels(i-1), s.labels(i)
	n := 0
	for n < min(len(before), len(labels)) && before[n] == labels[n] {
		n++
	}
	return n
}
