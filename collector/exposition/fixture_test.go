package exposition_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"iter"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/prometheus/client_golang/prometheus/promhttp/zstd" // lets the oracle offer zstd

	"statsig_exporter/collector/exposition"
)

// series is one series of a family in a test.
type series struct {
	values []string
	v      float64
}

// samples yields all from one slice that it reuses and spoils, as a caller of
// the package may.
func samples(all []series) iter.Seq2[[]string, float64] {
	return func(yield func([]string, float64) bool) {
		var values []string
		for _, s := range all {
			values = append(values[:0], s.values...)
			ok := yield(values, s.v)
			for i := range values {
				values[i] = "spoiled"
			}
			if !ok {
				return
			}
		}
	}
}

// trickyValues are label values in sorted order.
var trickyValues = []string{"", "\n", " ", "\"", "#", "\\", "a\tb\r", "plain", "with \"quotes\", commas\nand \\n lines", "{}=", "é", "日本", "🙂"}

var trickyFloats = []float64{0, math.Copysign(0, -1), 1, -1, 10, 0.1, 1e6, 1e21, 1e-7, -1.5e-300, math.MaxFloat64, math.SmallestNonzeroFloat64, 123456789, 2.5, math.NaN(), math.Inf(1), math.Inf(-1)}

// usage returns the families of a project. Two of them are in every project;
// with odd names there is one more whose names need escaping.
func usage(project string, n int, odd bool) []exposition.Family {
	var all []series
	perEvent := (n-1)/len(trickyValues) + 1
	for i := range n {
		values := []string{project, trickyValues[i/perEvent], fmt.Sprintf("%03d", i%perEvent), "day"}
		all = append(all, series{values, trickyFloats[i%len(trickyFloats)]})
	}
	labels := []string{"project", "q_event", "sku", "window"}
	families := []exposition.Family{
		{Name: "statsig_usage_events", Help: "Events, \"quoted\" \\ and\nwith a second line.", LabelNames: labels, Samples: samples(all)},
		{Name: "statsig_usage_empty", Help: "Never sent.", LabelNames: labels, Samples: samples(nil)},
		{Name: "statsig_report_value", Help: "", LabelNames: []string{"project"}, Samples: samples([]series{{[]string{project}, 42}})},
	}
	if odd {
		families = append(families, exposition.Family{
			Name: "statsig.usage.odd names", Help: "Odd.", LabelNames: []string{"a label", "project"},
			Samples: samples([]series{{[]string{"1", project}, 1}, {[]string{"2", project}, 2}}),
		})
	}
	return families
}

// gauges is a collector of the samples of families, for the oracle.
type gauges []exposition.Family

func (gauges) Describe(chan<- *prometheus.Desc) {}

func (g gauges) Collect(ch chan<- prometheus.Metric) {
	for _, f := range g {
		desc := prometheus.NewDesc(f.Name, f.Help, f.LabelNames, nil)
		for values, v := range f.Samples {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, append([]string(nil), values...)...)
		}
	}
}

// ownCollectors have a metric of each type, a family that segments have as well
// and one whose names need escaping.
func ownCollectors() []prometheus.Collector {
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "statsig_exporter_polls_total", Help: "Polls."}, []string{"project", "result"})
	counter.WithLabelValues("app", "success").(prometheus.ExemplarAdder).AddWithExemplar(3, prometheus.Labels{"trace": "x"})
	counter.WithLabelValues("web", "no_data").Add(1e7)
	histogram := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "statsig_exporter_poll_duration_seconds", Help: "Seconds.", NativeHistogramBucketFactor: 1.1, Buckets: []float64{1, 2}}, []string{"project"})
	histogram.WithLabelValues("app").Observe(1.5)
	summary := prometheus.NewSummary(prometheus.SummaryOpts{Name: "go_gc_like_seconds", Help: "Pauses.", Objectives: map[float64]float64{0.5: 0.05}})
	summary.Observe(4)
	shared := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "statsig_report_value", Help: ""}, []string{"project"})
	shared.WithLabelValues("aaa").Set(7)
	odd := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http.server.requests", Help: "Odd."}, []string{"http.method"})
	odd.WithLabelValues("GET").Inc()
	untyped := prometheus.NewUntypedFunc(prometheus.UntypedOpts{Name: "zzz_untyped", Help: "Last."}, func() float64 { return 1.25 })
	unit := prometheus.NewGauge(prometheus.GaugeOpts{Name: "aaa_size_bytes", Help: "First.", Unit: "bytes"})
	return []prometheus.Collector{counter, histogram, summary, shared, odd, untyped, unit}
}

func registry(collectors ...prometheus.Collector) *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors...)
	return reg
}

// gather returns what reg says.
func gather(reg prometheus.Gatherer) *exposition.Segment {
	return exposition.NewGathered(reg, 0).Segment()
}

// encode returns a segment of families that no segment came before.
func encode(families []exposition.Family) *exposition.Segment {
	return exposition.NewResponder().Encode(families, nil, 0)
}

// oracle is promhttp for the same metrics, all from one registry.
func oracle(own []prometheus.Collector, families ...[]exposition.Family) http.Handler {
	reg := registry(own...)
	for _, f := range families {
		reg.MustRegister(gauges(f))
	}
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true, ErrorHandling: promhttp.ContinueOnError})
}

// scrape asks h and returns the response with its body decompressed.
func scrape(t testing.TB, h http.Handler, query string, header http.Header) (*http.Response, []byte) {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, "/metrics"+query, nil)
	for k, v := range header {
		req.Header[k] = v
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	rsp := rec.Result()
	return rsp, decompress(t, rsp.Header.Get("Content-Encoding"), rec.Body)
}

// decompress checks, for gzip, that two decoders agree and that there is one
// member and nothing after it.
func decompress(t testing.TB, coding string, sent io.Reader) []byte {
	t.Helper()
	raw, err := io.ReadAll(sent)
	check(t, err)
	switch coding {
	case "":
		return raw
	case "zstd":
		dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
		check(t, err)
		defer dec.Close()
		plain, err := dec.DecodeAll(raw, nil)
		check(t, err)
		return plain
	case "gzip":
		plain := gunzip(t, raw)
		other, err := kgzip.NewReader(bytes.NewReader(raw))
		check(t, err)
		again, err := io.ReadAll(other)
		check(t, err)
		if string(plain) != string(again) {
			t.Error("two gzip decoders disagree")
		}
		return plain
	}
	t.Fatalf("unknown Content-Encoding %q", coding)
	return nil
}

// gunzip reads the first member of raw, and fails if there is more.
func gunzip(t testing.TB, raw []byte) []byte {
	t.Helper()
	left := bytes.NewReader(raw)
	member, err := gzip.NewReader(left)
	check(t, err)
	member.Multistream(false)
	plain, err := io.ReadAll(member)
	check(t, err)
	if left.Len() > 0 {
		t.Errorf("%d bytes after the first gzip member", left.Len())
	}
	return plain
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve is a handler that answers with one content and fails the test on errors.
func serve(t testing.TB, content exposition.Content) http.Handler {
	t.Helper()
	x := exposition.NewResponder()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := x.Respond(w, r, content); err != nil {
			t.Error(err)
		}
	})
}
