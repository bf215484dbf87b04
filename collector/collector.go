// Package collector decides when to poll, keeps what the polls brought, and says
// what is served and counted. Its path of a poll is: schedule.go, poll.go,
// collector/report, snapshot.go, collector/exposition.
package collector

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/statsig"
)

// Options are what a Collector is made of.
type Options struct {
	Config    *config.Config
	Transport http.RoundTripper // to the Console API and to where it points
	UserAgent string
	Logger    *slog.Logger
	// Registry holds the metrics of the process; the collector adds its own and
	// gathers from it.
	Registry *prometheus.Registry
	// Responder encodes snapshots ahead of the scrapes.
	Responder *exposition.Responder
	// SpoolDir is where reports are spooled; empty for the system's directory for
	// temporary files.
	SpoolDir string
	// Explain asks for what only inspect shows of a report.
	Explain bool
	// Now stands in for the wall clock in tests; nil for the real one. How much
	// time passes is not its matter.
	Now func() time.Time
}

// Collector polls the usage of all projects and holds what is served. It is safe
// for concurrent use.
type Collector struct {
	config    *config.Config
	log       *slog.Logger
	registry  *prometheus.Registry
	responder *exposition.Responder
	metrics   *metrics
	spoolDir  string
	explain   bool
	now       func() time.Time
	slots     chan struct{} // one for each report that is being read and mapped
	targets   []*target     // by project, then by window, as configured
}

// New returns a collector that serves nothing yet and does nothing before Run.
func New(o Options) *Collector {
	c := &Collector{
		config:    o.Config,
		log:       o.Logger,
		registry:  o.Registry,
		responder: o.Responder,
		metrics:   newMetrics(o.Registry, o.Config.Projects),
		spoolDir:  o.SpoolDir,
		explain:   o.Explain,
		now:       o.Now,
		slots:     make(chan struct{}, o.Config.Global.Concurrency),
	}
	if c.now == nil {
		c.now = time.Now
	}
	limits := statsig.NewLimits(o.Config.API.RateLimit)
	for _, p := range o.Config.Projects {
		project := &project{
			config: p,
			client: newClient(o, limits, c.metrics.requests.MustCurryWith(prometheus.Labels{"project": p.Name})),
			roles:  roles{limit: max(leastKept, 2*len(o.Config.Windows))},
		}
		for _, w := range o.Config.Windows {
			c.metrics.present(p.Name, w.Name)
			c.targets = append(c.targets, &target{project: project, window: w})
		}
	}
	return c
}

func newClient(o Options, limits *statsig.Limits, requests *prometheus.CounterVec) *statsig.Client {
	api := o.Config.API
	return statsig.NewClient(statsig.Options{
		BaseURL:        api.BaseURL,
		Version:        api.Version,
		UserAgent:      o.UserAgent,
		Transport:      o.Transport,
		MaxReportBytes: api.MaxReportBytes,
		Limits:         limits,
		MaxRetryAfter:  max(o.Config.Global.PollInterval, time.Hour),
		OnRequest:      func(code string) { requests.WithLabelValues(code).Inc() },
	})
}

// project is what the windows of one project share.
type project struct {
	config config.Project
	client *statsig.Client
	roles  roles
}

// Run polls until ctx ends, and returns nil when all polls have ended.
func (c *Collector) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for n, t := range c.targets {
		group.Go(func() { c.loop(ctx, t, first(n, len(c.targets))) })
	}
	group.Wait()
	return nil
}

// Ready tells whether every project and window has data, or its first poll has
// ended.
func (c *Collector) Ready() bool {
	for _, t := range c.targets {
		if !t.settled() {
			return false
		}
	}
	return true
}

// UnknownProjectError says that a project is not configured.
type UnknownProjectError struct{ Project string }

// Error names the project.
func (e UnknownProjectError) Error() string {
	return fmt.Sprintf("project %q is not configured", e.Project)
}

// Content returns what a scrape with these query parameters is answered with:
// everything, or with project parameters the series of those projects, or with
// self=only those of no project. The error is an UnknownProjectError, or says
// which parameter is wrong.
func (c *Collector) Content(query url.Values) (exposition.Content, error) {
	projects := query["project"]
	switch self := query.Get("self"); {
	case self != "" && self != "only":
		return exposition.Content{}, fmt.Errorf("self=%q is not known; self=only leaves out the series of all projects", self)
	case self == "only" && len(projects) > 0:
		return exposition.Content{}, fmt.Errorf("project and self=only exclude each other")
	case self == "only":
		return exposition.Content{Own: c.registry, Keep: func(m *dto.Metric) bool { return projectOf(m) == "" }}, nil
	case len(projects) == 0:
		return exposition.Content{Own: c.registry, Segments: c.segments(nil)}, nil
	}
	wanted, err := c.wanted(projects)
	if err != nil {
		return exposition.Content{}, err
	}
	return exposition.Content{
		Own:      c.registry,
		Keep:     func(m *dto.Metric) bool { return wanted[projectOf(m)] },
		Segments: c.segments(wanted),
	}, nil
}

func (c *Collector) wanted(projects []string) (map[string]bool, error) {
	known := map[string]bool{}
	for _, t := range c.targets {
		known[t.project.config.Name] = true
	}
	wanted := map[string]bool{}
	for _, name := range projects {
		if !known[name] {
			return nil, UnknownProjectError{name}
		}
		wanted[name] = true
	}
	return wanted, nil
}

// segments returns those of the snapshots that are served now; of the wanted
// projects alone, unless wanted is nil.
func (c *Collector) segments(wanted map[string]bool) []*exposition.Segment {
	var segments []*exposition.Segment
	now := c.now()
	for _, t := range c.targets {
		if wanted != nil && !wanted[t.project.config.Name] {
			continue
		}
		if s := t.served(now); s != nil {
			segments = append(segments, s.segment)
		}
	}
	return segments
}

func projectOf(m *dto.Metric) string {
	for _, label := range m.GetLabel() {
		if label.GetName() == "project" {
			return label.GetValue()
		}
	}
	return ""
}
