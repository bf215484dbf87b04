package exposition_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
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
	for _, n := range []int{0, 1, 3000} {
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

func TestAnyGaugeIsWrittenAsExpfmtWritesIt(t *testing.T) {
	names := rapid.OneOf(rapid.StringMatching(`[a-z_:][a-z0-9_:]*`), rapid.StringN(1, 8, -1)).Filter(func(s string) bool { return s != model.MetricNameLabel })
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom(trickyValues))
	floats := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Int(), func(n int) float64 { return float64(n) }), rapid.SampledFrom(trickyFloats))
	rapid.Check(t, func(t *rapid.T) {
		mf := &dto.MetricFamily{Name: new(names.Draw(t, "name")), Help: new(texts.Draw(t, "help")), Type: dto.MetricType_GAUGE.Enum()}
		f := exposition.Family{Name: *mf.Name, Help: *mf.Help, LabelNames: rapid.SliceOfNDistinct(names, 0, 3, rapid.ID).Draw(t, "labels")}
		slices.Sort(f.LabelNames)
		var all []series
		for range rapid.IntRange(1, 3).Draw(t, "n") {
			one := series{rapid.SliceOfN(texts, len(f.LabelNames), len(f.LabelNames)).Draw(t, "values"), floats.Draw(t, "v")}
			m := &dto.Metric{Gauge: &dto.Gauge{Value: new(one.v + 0)}} // -0 is 0 in text, from which protobuf is made
			for i, name := range f.LabelNames {
				m.Label = append(m.Label, &dto.LabelPair{Name: &name, Value: &one.values[i]})
			}
			all, mf.Metric = append(all, one), append(mf.Metric, m)
		}
		f.Samples = samples(all)
		h := respondTo(exposition.Content{Segments: []*exposition.Segment{encode([]exposition.Family{f})}})
		for _, format := range []string{"text/plain;version=1.0.0", "application/openmetrics-text;version=1.0.0", accepts["old protobuf"][:strings.Index(accepts["old protobuf"], ";q")]} {
			for _, escaping := range []string{"allow-utf-8", "underscores", "dots", "values"} {
				rsp, got := get(h, http.Header{"Accept": {format + ";escaping=" + escaping}})
				var want bytes.Buffer
				enc := expfmt.NewEncoder(&want, expfmt.Format(rsp.Header.Get("Content-Type")))
				if err := errors.Join(enc.Encode(mf), enc.(expfmt.Closer).Close()); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want.Bytes()) {
					t.Fatalf("%s, %s: got %q, from expfmt %q", format, escaping, got, want.Bytes())
				}
			}
		}
	})
}
