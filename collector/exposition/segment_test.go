package exposition_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"pgregory.net/rapid"

	"statsig_exporter/collector/exposition"
)

var openMetrics = http.Header{"Accept": {"application/openmetrics-text;version=1.0.0"}}

// counted returns a segment with one family of n series of value v, and the
// number of times that its samples have been asked for.
func counted(n int, v float64) (*exposition.Segment, *atomic.Int64) {
	calls := &atomic.Int64{}
	family := exposition.Family{Name: "statsig_usage_events", Help: "Events.", LabelNames: []string{"n"}}
	family.Samples = func(yield func([]string, float64) bool) {
		calls.Add(1)
		for i := range n {
			if !yield([]string{fmt.Sprintf("%06d", i)}, v) {
				return
			}
		}
	}
	return encode([]exposition.Family{family}), calls
}

func TestTheSamplesOfASegmentAreReadOnceHoweverManyAskAtOnce(t *testing.T) {
	segment, calls := counted(1000, 1)
	h := serve(t, exposition.Content{Segments: []*exposition.Segment{segment}})
	var scrapers sync.WaitGroup
	for i := range 60 {
		header := []http.Header{nil, openMetrics, {"Accept-Encoding": {"zstd"}}, {"Accept": {accepts["old protobuf"]}}}[i%4]
		scrapers.Go(func() { scrape(t, h, "", header) })
	}
	scrapers.Wait()
	if n := calls.Load(); n != 1 {
		t.Errorf("samples were read %d times", n)
	}
}

func TestFamiliesOfAnySizeAreWhole(t *testing.T) {
	for _, n := range []int{0, 1, 255, 256, 257, 512, 1000} {
		segment, _ := counted(n, 1)
		h := serve(t, exposition.Content{Segments: []*exposition.Segment{segment}})
		for _, encoding := range []string{"", "gzip", "zstd"} {
			_, body := scrape(t, h, "", http.Header{"Accept-Encoding": {encoding}})
			lines := slices.Collect(strings.Lines(string(body)))
			want := n + 2
			if n == 0 {
				want = 0
			}
			if len(lines) != want {
				t.Errorf("%d series, encoding %q: %d lines, want %d", n, encoding, len(lines), want)
			}
			if !slices.IsSorted(lines) {
				t.Errorf("%d series, encoding %q: the order has changed", n, encoding)
			}
		}
	}
}

func TestACounterWhoseNameInOpenMetricsIsTakenLosesItsTypeThere(t *testing.T) {
	total := prometheus.NewCounter(prometheus.CounterOpts{Name: "x_bytes_total", Help: "All."})
	now := prometheus.NewGauge(prometheus.GaugeOpts{Name: "x_bytes", Help: "Now."})
	h := serve(t, exposition.Content{Process: gather(registry(total, now))})
	const gauge = "# HELP x_bytes Now.\n# TYPE x_bytes gauge\nx_bytes 0"
	for want, header := range map[string]http.Header{
		gauge + "\n# HELP x_bytes_total All.\n# TYPE x_bytes_total counter\nx_bytes_total 0\n":            nil,
		gauge + ".0\n# HELP x_bytes_total All.\n# TYPE x_bytes_total unknown\nx_bytes_total 0.0\n# EOF\n": openMetrics,
	} {
		if _, body := scrape(t, h, "", header); string(body) != want {
			t.Errorf("got\n%s\nwant\n%s", body, want)
		}
	}
}

func TestAnyLabelValueAndNumberSurvivesEveryFormat(t *testing.T) {
	formats := map[string][]string{
		"text":        nil,
		"OpenMetrics": {"application/openmetrics-text;version=1.0.0"},
		"protobuf":    {accepts["old protobuf"]},
	}
	// A carriage return in HELP is written as it is, and refused by parsers.
	help := rapid.String().Filter(func(s string) bool { return !strings.Contains(s, "\r") })
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.String(), 1, 3)
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) series {
			return series{values.Draw(t, "values")[:1], rapid.Float64().Draw(t, "v")}
		}), 1, 5).Draw(t, "series")
		segment := encode([]exposition.Family{{Name: "m", Help: help.Draw(t, "help"), LabelNames: []string{"l"}, Samples: samples(all)}})
		h := respondTo(exposition.Content{Segments: []*exposition.Segment{segment}})
		for name, accept := range formats {
			rsp, body := get(h, http.Header{"Accept": accept})
			families := parse(t, expfmt.Format(rsp.Header.Get("Content-Type")), body)
			if len(families) != 1 || len(families[0].Metric) != len(all) {
				t.Fatalf("%s: got %v", name, families)
			}
			for i, m := range families[0].Metric {
				if got := m.Label[0].GetValue(); got != all[i].values[0] {
					t.Fatalf("%s: label value %q, want %q", name, got, all[i].values[0])
				}
				if got := m.Gauge.GetValue(); got != all[i].v {
					t.Fatalf("%s: value %v, want %v", name, got, all[i].v)
				}
			}
		}
	})
}
