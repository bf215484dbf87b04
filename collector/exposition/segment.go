// Package exposition turns metric families into the answers to scrapes.
//
// Usage series change only when a poll publishes a snapshot, so they are
// encoded once: a Segment holds the families of one snapshot, and for each
// format that somebody asks for it keeps one compressed block of samples per
// family. A scrape splices the blocks of its segments into one response and
// encodes anew only the small families of the process itself.
//
// A block is a run of raw deflate data that refers to nothing before it and
// ends with a flush, so blocks may follow each other in any order. With the
// blocks' checksums combined, a header before them and an empty final block
// after them, they are one gzip member. A response without compression is
// inflated from the blocks, and one with zstd is a sequence of frames that are
// made from the blocks once.
package exposition

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/proto"
)

// Family is one metric family's part of a segment: gauges that share their
// label names.
type Family struct {
	// Name is the full metric name.
	Name string
	// Help is the HELP text. It must depend on Name alone: where several
	// segments have a family, the text of the first one is sent.
	Help string
	// LabelNames are the names of all labels, constant ones included, sorted
	// and without repetition.
	LabelNames []string
	// Samples yields the label values, one per label name, and the value of
	// each series, ordered by label values. The slice may be reused after the
	// yield; the strings in it may not change. Samples may be called more than
	// once, at any time in the life of the segment and concurrently, and must
	// yield the same each time. Label values are valid UTF-8. A family without
	// samples is not sent.
	Samples iter.Seq2[[]string, float64]
}

// Segment is an immutable set of families that is encoded at most once per
// format. It is safe for concurrent use.
type Segment struct {
	families []Family
	// legacy says that no name needs escaping, so that all escaping schemes
	// share one encoding.
	legacy bool

	mu        sync.Mutex // guards the map, never held while encoding
	encodings map[variant]*encoding
}

// encoding is a segment in one format.
type encoding struct {
	// blocks encodes at the first call and is a look-up from then on. Families
	// that could not be encoded are left out and named in the error.
	blocks func() ([]*block, error)
	// asked and askedZstd say whether a scrape, rather than a preparation, has
	// used this encoding and its zstd frames.
	asked, askedZstd atomic.Bool
}

// NewSegment returns a segment of families, whose names must differ. It takes
// ownership of the slice and encodes nothing yet.
func NewSegment(families []Family) *Segment {
	s := &Segment{families: families, legacy: true, encodings: map[variant]*encoding{}}
	slices.SortFunc(s.families, func(a, b Family) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range families {
		s.legacy = s.legacy && isLegacy(f.Name) && !slices.ContainsFunc(f.LabelNames, isNotLegacy)
	}
	return s
}

// in returns the segment's encoding in v, which may have to be made yet.
func (s *Segment) in(v variant, c *codecs) *encoding {
	if s.legacy {
		v.escaping = model.NoEscaping
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.encodings[v]
	if e == nil {
		e = &encoding{blocks: sync.OnceValues(func() ([]*block, error) {
			return encodeAll(s.families, v, c)
		})}
		s.encodings[v] = e
	}
	return e
}

// asked returns what scrapes have asked this segment for: the formats, and for
// each whether its zstd frames were among it.
func (s *Segment) asked() map[variant]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := make(map[variant]bool, len(s.encodings))
	for v, e := range s.encodings {
		if e.asked.Load() {
			asked[v] = e.askedZstd.Load()
		}
	}
	return asked
}

// batchSize is the number of series that are encoded at a time. It bounds the
// memory of an encoding whatever the number of series.
const batchSize = 256

// batches yields the family in parts of at most batchSize metrics. All parts
// share one family and its metrics, which are overwritten by the next part.
func (f *Family) batches(yield func(*dto.MetricFamily) bool) {
	part := &dto.MetricFamily{
		Name: proto.String(f.Name),
		Help: proto.String(f.Help),
		Type: dto.MetricType_GAUGE.Enum(),
	}
	slab := make([]*dto.Metric, 0, batchSize)
	n := 0
	for values, v := range f.Samples {
		if n == batchSize {
			part.Metric = slab
			if !yield(part) {
				return
			}
			n = 0
		}
		if n == len(slab) {
			slab = append(slab, f.newMetric())
		}
		for i, value := range values {
			*slab[n].Label[i].Value = value
		}
		*slab[n].Gauge.Value = v
		n++
	}
	if part.Metric = slab[:n]; n > 0 {
		yield(part)
	}
}

// newMetric returns a gauge with the family's label names and room for values.
func (f *Family) newMetric() *dto.Metric {
	m := &dto.Metric{
		Label: make([]*dto.LabelPair, len(f.LabelNames)),
		Gauge: &dto.Gauge{Value: new(float64)},
	}
	for i := range m.Label {
		m.Label[i] = &dto.LabelPair{Name: &f.LabelNames[i], Value: new(string)}
	}
	return m
}

// variant is what distinguishes the encodings of a family: the versions of a
// format that are written alike are one variant.
type variant struct {
	format   expfmt.FormatType
	escaping model.EscapingScheme
}

func isLegacy(name string) bool { return model.LegacyValidation.IsValidMetricName(name) }

func isNotLegacy(name string) bool { return !isLegacy(name) }
