// Package exposition turns metric families into the answers to scrapes.
//
// What is served changes far less often than it is scraped, so it is encoded once:
// a Segment holds families, and keeps one compressed block of each for every format
// that a scrape has asked for. A scrape sorts the blocks of its segments by family
// and copies them into one response.
//
// The text in a block is raw deflate data that refers to nothing before it and
// ends with a flush, so blocks may follow each other in any order. With their
// checksums combined, a header before them and an empty final block after them,
// they are one gzip member. A response without compression is inflated from the
// blocks, or once if it is short, and zstd's blocks are made from them once. The
// compressed text is all that is kept of the usage: other formats are encoded from it.
package exposition

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Segment is an immutable set of families that is encoded at most once per
// format. It is safe for concurrent use.
type Segment struct {
	families []source // by name
	// legacy: no name needs escaping, so that all escaping schemes share one encoding.
	legacy bool
	// err names what is missing from the families.
	err error

	mu        sync.Mutex // guards the map, never held while encoding
	encodings map[variant]*encoding
}

// encoding is a segment in one format.
type encoding struct {
	// blocks and whole encode at the first call and keep the result. Families that
	// cannot be encoded are left out and named in the error. whole is all families one
	// after the other, as they stand in a response.
	blocks func() ([]*block, error)
	whole  func() (*chunk, error)
	// asked and askedZstd say whether a scrape, and not only a preparation, has used
	// this encoding and its zstd blocks.
	asked, askedZstd atomic.Bool
}

// GatheredSegment returns a segment of gathered families, sorted by name, and of the
// gatherer's error. The families may not change any more. Nothing is encoded yet.
func GatheredSegment(families []*dto.MetricFamily, err error) *Segment {
	s := &Segment{legacy: true, encodings: map[variant]*encoding{}}
	if err != nil {
		s.err = fmt.Errorf("gather own metrics: %w", err)
	}
	for _, mf := range families {
		if len(mf.Metric) > 0 {
			s.families = append(s.families, protoFamily{mf})
			s.legacy = s.legacy && hasLegacyNames(mf)
		}
	}
	return s
}

// protoFamily is a family that is encoded as it is.
type protoFamily struct{ *dto.MetricFamily }

func (g protoFamily) name() string { return g.GetName() }

func (g protoFamily) kind() dto.MetricType { return g.GetType() }

// namedApart returns families as OpenMetrics can have them side by side: there a
// counter x_total is the family x. A counter that stands beside another family x keeps
// its name and loses its type.
func namedApart(families []source) []source {
	names := map[string]bool{}
	for _, f := range families {
		names[f.name()] = true
	}
	apart := slices.Clone(families)
	for i, f := range families {
		g, ok := f.(protoFamily)
		base, _ := strings.CutSuffix(f.name(), "_total")
		if ok && g.GetType() == dto.MetricType_COUNTER && base != f.name() && names[base] {
			apart[i] = protoFamily{untyped(g.MetricFamily)}
		}
	}
	return apart
}

// untyped returns the metrics of a counter without their type.
func untyped(counter *dto.MetricFamily) *dto.MetricFamily {
	mf := &dto.MetricFamily{Name: counter.Name, Help: counter.Help, Unit: counter.Unit, Type: dto.MetricType_UNTYPED.Enum()}
	for _, m := range counter.Metric {
		mf.Metric = append(mf.Metric, &dto.Metric{Label: m.Label, TimestampMs: m.TimestampMs, Untyped: &dto.Untyped{Value: m.GetCounter().Value}})
	}
	return mf
}

// Err names what is missing from the segment.
func (s *Segment) Err() error { return s.err }

// Family returns the family with this name of a segment that Encode has made. Its
// samples are read from the encoded text, and can be read at any time and
// concurrently. It reports false if there are no samples.
func (s *Segment) Family(name string) (Family, bool) {
	i := slices.IndexFunc(s.families, func(f source) bool { return f.name() == name })
	if i < 0 {
		return Family{}, false
	}
	f, encoded := s.families[i].(Family)
	return f, encoded
}

// in returns the segment's encoding in v, which makes its blocks when they are needed.
func (s *Segment) in(v variant, c *codecs) *encoding {
	if s.legacy {
		v.escaping = model.NoEscaping
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.encodings[v]
	if e == nil {
		families := s.families
		if v.format == expfmt.TypeOpenMetrics {
			families = namedApart(families)
		}
		e = &encoding{
			blocks: sync.OnceValues(func() ([]*block, error) { return encodeAll(families, v, c, math.MaxInt) }),
			whole:  sync.OnceValues(func() (*chunk, error) { return encodeWhole(families, v, c) }),
		}
		s.encodings[v] = e
	}
	return e
}

// precedes reports whether the names of all families come before all names of others.
func (s *Segment) precedes(others []*Segment) bool {
	if len(s.families) == 0 {
		return true
	}
	last := s.families[len(s.families)-1].name()
	return !slices.ContainsFunc(others, func(o *Segment) bool { return len(o.families) > 0 && o.families[0].name() <= last })
}

// asked returns the formats that scrapes have asked this segment for, and for each
// whether any wanted zstd. Nobody has asked a nil segment.
func (s *Segment) asked() map[variant]bool {
	asked := map[variant]bool{}
	if s == nil {
		return asked
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for v, e := range s.encodings {
		if e.asked.Load() {
			asked[v] = e.askedZstd.Load()
		}
	}
	return asked
}
