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

// Gathered is what a gatherer says, as a segment that is made anew only when it
// has changed. It is safe for concurrent use.
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

// NewGathered returns what gatherer says, gathered again once maxAge has passed, or
// Changed has been called. With a maxAge of 0, that is at every call of Segment.
func NewGathered(gatherer prometheus.Gatherer, maxAge time.Duration) *Gathered {
	return &Gathered{gatherer: gatherer, maxAge: maxAge}
}

// Changed says that the gatherer has something else to say. It never waits.
func (g *Gathered) Changed() { g.changed.Store(true) }

// Segment returns what is gathered. An error of the gatherer is reported by the
// scrapes that the segment answers.
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
