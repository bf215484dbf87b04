// Minimal is the least that an exporter made with client_golang can be: the Go
// and process collectors and one gauge, served by promhttp.
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	up := prometheus.NewGauge(prometheus.GaugeOpts{Name: "minimal_up", Help: "Whether this runs."})
	up.Set(1)
	reg := prometheus.NewRegistry()
	reg.MustRegister(up, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	server := &http.Server{
		Addr:              os.Args[1],
		Handler:           promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}
