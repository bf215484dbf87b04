package main

import (
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/pprof"

	"statsig_exporter/collector"
	"statsig_exporter/collector/exposition"
)

// pages answers requests from what the collector holds. Nothing here waits for a
// poll or asks Statsig.
type pages struct {
	collector   *collector.Collector
	responder   *exposition.Responder
	log         *slog.Logger
	demo        bool
	metricsPath string
	template    *template.Template // of the landing page
}

// newMux maps the paths.
func newMux(o *options, p pages) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+o.telemetryPath, p.metrics)
	mux.HandleFunc("GET /{$}", p.landing)
	mux.HandleFunc("GET /-/healthy", p.healthy)
	mux.HandleFunc("GET /-/ready", p.ready)
	if o.pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func (p pages) metrics(w http.ResponseWriter, r *http.Request) {
	content, err := p.collector.Content(r.URL.Query())
	if err != nil {
		status := http.StatusBadRequest
		if errors.As(err, &collector.UnknownProjectError{}) {
			status = http.StatusNotFound
		}
		http.Error(w, err.Error(), status)
		return
	}
	if err := p.responder.Respond(w, r, content); err != nil {
		p.log.Error("Scrape was answered in part", "err", err)
	}
}

func (p pages) healthy(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, "healthy\n")
}

func (p pages) ready(w http.ResponseWriter, _ *http.Request) {
	if !p.collector.Ready() {
		writeText(w, http.StatusServiceUnavailable, "not ready: first polls are under way\n")
		return
	}
	writeText(w, http.StatusOK, "ready\n")
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a client that has gone needs no answer
}
