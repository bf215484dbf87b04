// Gaugevec serves series as most exporters do: with a GaugeVec, the Go and process collectors and promhttp.
package main

import (
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"statsig_exporter/bench/series"
)

// The arguments are the address and the number of series.
func main() {
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	family := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: series.Name, Help: series.Help}, []string{"event_name", "project", "window"})
	for i := range n {
		family.WithLabelValues(series.Event(i), series.Project, series.Window).Set(series.Value(i, 0))
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), family)
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	server := &http.Server{Addr: os.Args[1], Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}
