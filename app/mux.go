package app

import (
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"regexp"
	"strings"

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

// plainPath matches what can be a pattern of a mux and stands for itself alone.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// checkTelemetryPath says why metrics cannot be served under path.
func checkTelemetryPath(path string) error {
	switch {
	case !plainPath.MatchString(path):
		return fmt.Errorf("--web.telemetry-path=%s is no path; it must be like /metrics, of letters, digits and -._~ between slashes", path)
	case path == discoveryPath || path == "/-" || strings.HasPrefix(path, "/-/") || strings.HasPrefix(path, "/debug/pprof"):
		return fmt.Errorf("--web.telemetry-path=%s is taken by the exporter itself; it must not be /sd, or under /-/ or /debug/pprof", path)
	}
	return nil
}

// newMux maps the paths. The telemetry path has been checked.
func newMux(o *options, p pages, reload http.Handler) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+o.telemetryPath, p.metrics)
	mux.HandleFunc("GET /{$}", p.landing)
	mux.HandleFunc("GET "+discoveryPath, p.discovery)
	p.handleProbes(mux)
	if o.lifecycle {
		mux.Handle("POST /-/reload", reload)
		mux.Handle("PUT /-/reload", reload)
	}
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
