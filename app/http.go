package app

import (
	"encoding/json"
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

// checkTelemetryPath reports why metrics cannot be served under path.
func checkTelemetryPath(path string) error {
	switch {
	case !plainPath.MatchString(path):
		return fmt.Errorf("--web.telemetry-path=%s is not a path; it must be like /metrics, of letters, digits and -._~ between slashes", path)
	case path == "/sd" || path == "/-" || strings.HasPrefix(path, "/-/") || strings.HasPrefix(path, "/debug/pprof"):
		return fmt.Errorf("--web.telemetry-path=%s is taken by the exporter itself; it must not be /sd, or under /-/ or /debug/pprof", path)
	}
	return nil
}

// newMux maps the paths. The telemetry path has been checked.
func newMux(p pages, f *serveFlags, reload http.Handler) *http.ServeMux {
	mux := p.probesMux()
	mux.HandleFunc("GET "+p.metricsPath, p.metrics)
	mux.HandleFunc("GET /{$}", p.landing)
	mux.HandleFunc("GET /sd", p.discovery)
	if f.lifecycle {
		mux.Handle("POST /-/reload", reload)
		mux.Handle("PUT /-/reload", reload)
	}
	if f.pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// probesMux maps the two paths that an orchestrator asks.
func (p pages) probesMux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "healthy\n") })
	mux.HandleFunc("GET /-/ready", p.ready)
	return mux
}

func (p pages) ready(w http.ResponseWriter, _ *http.Request) {
	if !p.collector.Ready() {
		writeText(w, http.StatusServiceUnavailable, "not ready: first polls are under way\n")
		return
	}
	writeText(w, http.StatusOK, "ready\n")
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

// targetGroup is what Prometheus' HTTP service discovery expects a list of.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// discovery answers with one target for each project, and one for the metrics
// that belong to no project: together they cover the metrics path once. Their
// address is the one that the request was sent to.
func (p pages) discovery(w http.ResponseWriter, r *http.Request) {
	var groups []targetGroup
	add := func(param, value string) {
		labels := map[string]string{"__metrics_path__": p.metricsPath, "__param_" + param: value}
		if r.TLS != nil { // without it, a proxy may still speak TLS: the scrape configuration knows
			labels["__scheme__"] = "https"
		}
		groups = append(groups, targetGroup{[]string{r.Host}, labels})
	}
	for _, project := range p.collector.Projects() {
		add("project", project)
	}
	add("self", "only")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(groups) // a client that has gone needs no targets
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a client that has gone needs no answer
}
