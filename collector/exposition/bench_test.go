package exposition_test

import (
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"statsig_exporter/collector/exposition"
)

// prometheus3 is a scrape as Prometheus 3 sends it.
func prometheus3(encoding string) *http.Request {
	req := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	req.Header.Set("Accept", accepts["Prometheus 3"])
	req.Header.Set("Accept-Encoding", encoding)
	return req
}

// discard is a client that reads all and keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) WriteHeader(int)             {}
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// wide returns one family of n series with three labels.
func wide(n int) exposition.Family {
	all := make([]series, n)
	for i := range all {
		all[i] = series{[]string{"event_name_" + strconv.Itoa(i+n), "project", "sdk_type"}, float64(i) * 1.5}
	}
	return exposition.Family{Name: "statsig_usage_billable_events", Help: "Billable events.", LabelNames: []string{"event", "project", "sdk"}, Samples: samples(all)}
}

func smallRegistry() *prometheus.Registry {
	polls := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "polls_total", Help: "Polls."}, []string{"result"})
	for i := range 9 {
		polls.WithLabelValues(strconv.Itoa(i)).Inc()
	}
	return registry(polls)
}

func TestAScrapeAllocatesTheSameHoweverManySeriesAndProjectsThereAre(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // Plain copies last until the next collection.
	one := []*exposition.Segment{encode([]exposition.Family{wide(20_000)})}
	var many []*exposition.Segment
	for range 500 {
		many = append(many, encode([]exposition.Family{wide(40)}))
	}
	x := exposition.NewResponder()
	for _, encoding := range []string{"identity", "gzip", "zstd"} {
		req := prometheus3(encoding)
		allocs := map[int]float64{}
		for _, segments := range [][]*exposition.Segment{one, many} {
			content := exposition.Content{Process: gather(smallRegistry()), Segments: segments}
			allocs[len(segments)] = testing.AllocsPerRun(20, func() { check(t, x.Respond(discard{http.Header{}}, req, content)) })
		}
		t.Log(encoding, allocs)
		if allocs[1] > 100 || allocs[500] > 100 {
			t.Errorf("%s: allocations by number of segments: %v", encoding, allocs)
		}
	}
}

// BenchmarkEncode encodes and compresses a segment for one format.
func BenchmarkEncode(b *testing.B) {
	family := wide(100_000)
	for _, encoding := range []string{"gzip", "zstd"} {
		b.Run(encoding, func(b *testing.B) {
			x := exposition.NewResponder()
			prev := x.Encode([]exposition.Family{family}, nil, 0)
			check(b, x.Respond(discard{http.Header{}}, prometheus3(encoding), exposition.Content{Segments: []*exposition.Segment{prev}}))
			b.ReportAllocs()
			for b.Loop() {
				x.Prepare(x.Encode([]exposition.Family{family}, prev, 0), prev)
			}
		})
	}
}
