package app

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"net/http/pprof"
	"net/url"
	"regexp"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"statsig_exporter/collector"
	"statsig_exporter/collector/exposition"
)

// pages answers requests from what the collector holds. Nothing here waits for a
// poll or asks Statsig.
type pages struct {
	collector *collector.Collector
	responder *exposition.Responder
	log       *slog.Logger
	demo      bool
	paths     paths
	template  *template.Template // of the landing page
}

// paths are where the pages are found. Links in pages are relative, so that they
// hold behind a proxy that adds or removes a prefix.
type paths struct {
	telemetry string   // such as /metrics
	prefix    string   // of all paths; empty for none
	external  *url.URL // without a slash at its end; empty for none
}

// plainPath matches what can be a pattern of a mux and stands for itself alone.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// newPaths checks the flags. As in Prometheus, the prefix is by default the path of
// the external URL.
func newPaths(telemetry, routePrefix, externalURL string) (paths, error) {
	p := paths{telemetry: telemetry}
	var err error
	switch {
	case !plainPath.MatchString(telemetry):
		return p, fmt.Errorf("--web.telemetry-path=%s is not a path; it must be like /metrics, of letters, digits and -._~ between slashes", telemetry)
	case regexp.MustCompile(`^/(sd$|-$|-/|docs$|docs/|debug/pprof)`).MatchString(telemetry):
		return p, fmt.Errorf("--web.telemetry-path=%s is taken by the exporter itself; it must not be /sd, or under /-/, /docs or /debug/pprof", telemetry)
	}
	if p.external, err = url.Parse(strings.TrimRight(externalURL, "/")); err != nil {
		return p, fmt.Errorf("--web.external-url: %w", err)
	}
	if externalURL != "" && (p.external.Scheme != "http" && p.external.Scheme != "https" || p.external.Host == "") {
		return p, fmt.Errorf("--web.external-url=%s must be like https://example.org/statsig", externalURL)
	}
	if p.prefix = strings.Trim(cmp.Or(routePrefix, p.external.Path), "/"); p.prefix != "" {
		p.prefix = "/" + p.prefix
		if !plainPath.MatchString(p.prefix) {
			return p, fmt.Errorf("--web.route-prefix=%s is not a path; it must be like /statsig, of letters, digits and -._~ between slashes", p.prefix)
		}
	}
	return p, nil
}

// newHandler maps the paths.
func newHandler(p pages, f *serveFlags, reload http.Handler) http.Handler {
	mux := p.probesMux()
	mux.HandleFunc("GET "+p.paths.telemetry, p.metrics)
	mux.Handle("GET /{$}", gzhttp.GzipHandler(http.HandlerFunc(p.landing)))
	mux.HandleFunc("GET /sd", p.discovery)
	mux.Handle("GET /docs/", gzhttp.GzipHandler(http.HandlerFunc(p.document)))
	if f.lifecycle {
		// A form on another site must not reload.
		sameOrigin := http.NewCrossOriginProtection().Handler(reload)
		mux.Handle("POST /-/reload", sameOrigin)
		mux.Handle("PUT /-/reload", sameOrigin)
	}
	if f.pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	if p.paths.prefix == "" {
		return mux
	}
	prefixed := http.NewServeMux()
	prefixed.Handle(p.paths.prefix+"/", http.StripPrefix(p.paths.prefix, mux))
	prefixed.Handle("GET /{$}", http.RedirectHandler(p.paths.prefix+"/", http.StatusFound))
	return prefixed
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
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	content, err := p.collector.Content(query)
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

// targetGroup is an element of the list that Prometheus' HTTP service discovery
// expects.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// discovery answers with one target for each project, and one for the metrics
// that belong to no project: together they cover the metrics path once. Their
// address is the one that the request was sent to.
func (p pages) discovery(w http.ResponseWriter, r *http.Request) {
	shared := map[string]string{"__metrics_path__": p.paths.prefix + p.paths.telemetry}
	if r.TLS != nil { // without it, a proxy may still speak TLS: the scrape configuration knows
		shared["__scheme__"] = "https"
	}
	if external := p.paths.external; external.Host != "" && hostOf(external.Scheme, r.Host) == hostOf(external.Scheme, external.Host) {
		shared["__metrics_path__"], shared["__scheme__"] = external.Path+p.paths.telemetry, external.Scheme
	}
	var groups []targetGroup
	add := func(param, value string) {
		labels := maps.Clone(shared)
		labels["__param_"+param] = value
		groups = append(groups, targetGroup{[]string{r.Host}, labels})
	}
	for _, project := range p.collector.Projects() {
		add("project", project)
	}
	add("self", "only")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(groups) // a client that has gone needs no targets
}

// hostOf returns a host as it is compared: in lower case, without the port that the
// scheme implies.
func hostOf(scheme, host string) string {
	port := map[string]string{"http": ":80", "https": ":443"}[scheme]
	return strings.TrimSuffix(strings.ToLower(host), port)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a client that has gone needs no answer
}
