package exposition

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
)

// Gathered keeps the families of a gatherer as a segment, and makes a new one only
// when they have changed. It is safe for concurrent use.
type Gathered struct {
	gatherer prometheus.Gatherer
	maxAge   time.Duration
	changed  atomic.Bool

	mu       sync.Mutex // held while gathering, so that whoever waits shares what comes
	at       time.Time
	families []*dto.MetricFamily
	segment  *Segment
}

// UntilChanged is an age that nothing reaches.
const UntilChanged = time.Duration(math.MaxInt64)

// NewGathered returns the families of gatherer. Segment gathers again once maxAge has
// passed or Changed has been called; with a maxAge of 0 it gathers at every call.
func NewGathered(gatherer prometheus.Gatherer, maxAge time.Duration) *Gathered {
	return &Gathered{gatherer: gatherer, maxAge: maxAge}
}

// Changed makes the next call of Segment gather again. It never waits.
func (g *Gathered) Changed() { g.changed.Store(true) }

// Segment returns the gathered families. The scrapes that the segment answers report
// an error of the gatherer.
func (g *Gathered) Segment() *Segment {
	g.mu.Lock()
	defer g.mu.Unlock()
	changed := g.changed.Swap(false) // before gathering, so that no change is missed
	if g.segment != nil && !changed && time.Since(g.at) < g.maxAge {
		return g.segment
	}
	families, err := g.gatherer.Gather()
	g.at = time.Now()
	if g.segment == nil || err != nil || g.segment.err != nil || !slices.EqualFunc(families, g.families, equal) {
		g.families, g.segment = families, GatheredSegment(families, err)
	}
	return g.segment
}

func equal(a, b *dto.MetricFamily) bool { return proto.Equal(a, b) }
