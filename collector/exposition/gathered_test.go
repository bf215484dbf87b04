package exposition_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"statsig_exporter/collector/exposition"
)

// counting is a gatherer of one gauge, and the number of times that it was asked.
func counting(gauge prometheus.Gauge) (prometheus.Gatherer, *atomic.Int64) {
	reg, calls := registry(gauge), &atomic.Int64{}
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		calls.Add(1)
		return reg.Gather()
	}), calls
}

func TestGatheredMetricsAreNeverOlderThanTheirAgeAndGatheredNoMoreOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "g", Help: "G."})
		gatherer, calls := counting(gauge)
		g := exposition.NewGathered(gatherer, time.Second)
		segments := map[*exposition.Segment]bool{}
		for i := range 100 {
			gauge.Set(float64(i))
			segments[g.Segment()] = true
			<-time.After(100 * time.Millisecond)
		}
		if n := calls.Load(); n != 10 || len(segments) != 10 {
			t.Errorf("in ten seconds: gathered %d times, into %d segments", n, len(segments))
		}
	})
}

func TestThoseWhoAskWhileMetricsAreGatheredShareThem(t *testing.T) {
	gatherer, calls := counting(prometheus.NewGauge(prometheus.GaugeOpts{Name: "g", Help: "G."}))
	release := make(chan struct{})
	slow := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		<-release
		return gatherer.Gather()
	})
	g := exposition.NewGathered(slow, time.Hour)
	var scrapers sync.WaitGroup
	var got [20]*exposition.Segment
	for i := range got {
		scrapers.Go(func() { got[i] = g.Segment() })
	}
	close(release)
	scrapers.Wait()
	for _, s := range got {
		if s == nil || s != got[0] {
			t.Error("not all got the same segment")
		}
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("gathered %d times", n)
	}
}

func TestWhatIsGatheredUntilItChangesIsSeenAtOnceWhenItHas(t *testing.T) {
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "g", Help: "G."})
	gatherer, calls := counting(gauge)
	g := exposition.NewGathered(gatherer, exposition.UntilChanged)
	for i, want := range []string{"g 0\n", "g 1\n", "g 2\n"} {
		gauge.Set(float64(i))
		g.Changed()
		for range 3 {
			_, body := scrape(t, serve(t, exposition.Content{Process: g.Segment()}), "", nil)
			if got := string(body[len(body)-len(want):]); got != want {
				t.Errorf("after change %d: %q, want %q", i, got, want)
			}
		}
	}
	if n := calls.Load(); n != 3 {
		t.Errorf("gathered %d times for three changes", n)
	}
}

func TestWhatIsGatheredEveryTimeIsEncodedAnewOnlyWhenItHasChanged(t *testing.T) {
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "g", Help: "G."})
	gatherer, _ := counting(gauge)
	g := exposition.NewGathered(gatherer, 0)
	first := g.Segment()
	if g.Segment() != first {
		t.Error("nothing has changed, and there is another segment")
	}
	gauge.Set(1)
	if g.Segment() == first {
		t.Error("a change is not shown")
	}
}
