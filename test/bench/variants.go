package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	vm "github.com/VictoriaMetrics/metrics"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/prometheus/client_golang/prometheus/promhttp/zstd" // so that promhttp offers it
	dto "github.com/prometheus/client_model/go"
)

// The variants that this program serves itself, in a process of its own each.
const (
	gaugeVec = "gaugevec"
	cached   = "cached"
	victoria = "victoriametrics"
)

// variantHandlers make the handlers of so many series.
func variantHandlers() map[string]func(n int) http.Handler {
	return map[string]func(int) http.Handler{gaugeVec: gaugeVecHandler, cached: cachedHandler, victoria: victoriaHandler}
}

// serveVariant serves n series in the way of a variant until ctx ends.
func serveVariant(ctx context.Context, address, name string, n int) error {
	mux := http.NewServeMux()
	mux.Handle("/metrics", variantHandlers()[name](n))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // nobody is served any more
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

// options are those of the exporters that are compared: OpenMetrics is what
// Prometheus asks for first.
func options() promhttp.HandlerOpts { return promhttp.HandlerOpts{EnableOpenMetrics: true} }

func vec(n int) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: familyName, Help: familyHelp}, labelNames())
	for i := range n {
		v.WithLabelValues(labelValues(i)...).Set(value(i, 0))
	}
	return v
}

func runtimeRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}

// gaugeVecHandler is what most exporters are.
func gaugeVecHandler(n int) http.Handler {
	reg := runtimeRegistry()
	reg.MustRegister(vec(n))
	return promhttp.HandlerFor(reg, options())
}

// cachedHandler gathers the series once, and then only encodes them, compressed
// by the faster library.
func cachedHandler(n int) http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(vec(n))
	kept, err := reg.Gather()
	own := runtimeRegistry()
	gatherer := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		// Not prometheus.Gatherers, which would check every series again.
		families, ownErr := own.Gather()
		return append(families, kept...), errors.Join(err, ownErr)
	})
	o := options()
	o.DisableCompression = true
	return compressed(promhttp.HandlerFor(gatherer, o))
}

// newVictoria returns the series as gauges of VictoriaMetrics/metrics.
func newVictoria(n int) *vm.Set {
	set := vm.NewSet()
	names := labelNames()
	for i := range n {
		labels := make([]string, len(names))
		for j, v := range labelValues(i) {
			labels[j] = names[j] + "=" + strconv.Quote(v)
		}
		set.NewGauge(familyName+"{"+strings.Join(labels, ",")+"}", nil).Set(value(i, 0))
	}
	return set
}

func victoriaHandler(n int) http.Handler {
	set := newVictoria(n)
	return compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		set.WritePrometheus(w)
		vm.WriteProcessMetrics(w)
	}))
}

// variantTitle is how the tables name a variant.
func variantTitle(name string) string {
	return map[string]string{
		exporter: "this exporter",
		gaugeVec: "GaugeVec + promhttp",
		cached:   "cached families, promhttp, klauspost gzip",
		victoria: "VictoriaMetrics/metrics",
		static:   "nginx, gzip_static",
	}[name]
}

// compressed compresses what next writes as the request asks.
func compressed(next http.Handler) http.Handler {
	pools := map[string]*sync.Pool{}
	for _, encoding := range encodings() {
		pools[encoding] = &sync.Pool{New: func() any { return newCompressor(encoding) }}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		encoding := r.Header.Get("Accept-Encoding")
		pool, ok := pools[encoding]
		if !ok {
			http.Error(w, "not one of the encodings that are compared", http.StatusNotAcceptable)
			return
		}
		body := pool.Get().(compressor)
		defer pool.Put(body)
		body.Reset(w)
		if encoding != identity {
			w.Header().Set("Content-Encoding", encoding)
		}
		next.ServeHTTP(writer{w, body}, r)
		if err := body.Close(); err != nil {
			panic(http.ErrAbortHandler) // the scraper has gone
		}
	})
}

// writer is a response whose body goes through another writer.
type writer struct {
	http.ResponseWriter
	body io.Writer
}

func (w writer) Write(p []byte) (int, error) { return w.body.Write(p) }
