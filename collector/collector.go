// Package collector polls usage and serves it. A poll passes through its files in
// this order:
//
//	loop.go      waits until the poll is due
//	poll.go      fetches and maps a report, by way of ingest
//	restated.go  compares it with the report that was served before
//	facts.go     says what is known about it
//	snapshot.go  encodes it
//	persist.go   stores it
//	publish.go   makes scrapes see it, all in one step
//	plans.go     computes the use and the cost of plans again
//	log.go       logs what has changed
//
// A scrape only picks from what is published: scrape.go.
package collector

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/schedule"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig"
)

// Options say what a Collector polls, and with what.
type Options struct {
	ingest.Settings
	UserAgent string
	Logger    *slog.Logger
	// Registry holds the metrics of the exporter as a whole. The collector adds its own,
	// and gathers again once OwnChanged was called.
	Registry *prometheus.Registry
	// Process, unless nil, holds the metrics of the process. It is gathered at most once
	// a second.
	Process prometheus.Gatherer
	// Responder encodes snapshots ahead of the scrapes.
	Responder *exposition.Responder
	// Store, unless nil, keeps the last good report of each project and window.
	Store Store
	// SpoolDir is where reports are spooled; empty for the system's directory for
	// temporary files.
	SpoolDir string
	// Now stands in for the wall clock in tests; nil for the real one. Durations always
	// use the real clock.
	Now func() time.Time
}

// Collector polls the usage of all projects and holds what is served. It is safe
// for concurrent use.
type Collector struct {
	options Options
	log     *slog.Logger
	now     func() time.Time
	own     *exposition.Gathered
	process *exposition.Gathered // nil: none
	current atomic.Pointer[generation]
	ready   atomic.Bool

	// publishers is held while a change of what is served is prepared, page for the
	// change itself. A scrape holds page for reading.
	publishers sync.Mutex
	page       sync.RWMutex

	mu      sync.Mutex      // held by Reload and at the beginning and end of Run
	ctx     context.Context // of Run; nil when it is not running
	loops   sync.WaitGroup
	saving  map[store.Key]chan struct{} // see target
	metrics map[string]*projectMetrics  // by project

	storageErrors *prometheus.CounterVec

	secrets statsig.Secrets
	limits  *statsig.Limits
	recent  chan struct{} // has a value once there is something new to save in recent
}

// generation holds the targets and plans of one configuration. Only their state
// changes.
type generation struct {
	config  *config.Config
	turns   *ingest.Turns
	targets []*target     // by project, then by window, as configured
	plans   []*servedPlan // as configured
}

// New returns a collector that serves nothing yet and does nothing before Run.
func New(o Options) *Collector {
	c := &Collector{
		options: o, log: o.Logger, now: o.Now,
		saving: map[store.Key]chan struct{}{}, metrics: map[string]*projectMetrics{}, storageErrors: newStorageErrors(o.Registry),
		limits: statsig.NewLimits(o.Config.API.RateLimit), recent: make(chan struct{}, 1),
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.own = exposition.NewGathered(o.Registry, exposition.UntilChanged)
	if o.Process != nil {
		c.process = exposition.NewGathered(o.Process, time.Second)
	}
	c.current.Store(&generation{config: o.Config, turns: ingest.NewTurns(o.Config.Global.Concurrency)})
	g := c.nextGeneration(o.Settings)
	c.spread(g.targets)
	c.publishGeneration(g)
	return c
}

// newProject returns a project of g. The collector's lock is held.
func (c *Collector) newProject(s ingest.Settings, g *generation, p config.Project) *project {
	if c.metrics[p.Name] == nil {
		c.metrics[p.Name] = newProjectMetrics(states{&c.current, p.Name})
	}
	metrics := c.metrics[p.Name]
	return &project{config: p, settings: s.Config, metrics: metrics, ingest: ingest.NewProject(ingest.Options{
		Settings: s, UserAgent: c.options.UserAgent, Limits: c.limits, Secrets: &c.secrets, Turns: g.turns, SpoolDir: c.options.SpoolDir, Now: c.now,
		OnRequest: func(code string) {
			metrics.change(func(m *projectMetrics) { m.requests.WithLabelValues(code).Inc() })
		},
	}, p)}
}

// spread sets the first polls of the targets that have no next one.
func (c *Collector) spread(targets []*target) {
	now := c.now()
	for n, t := range targets {
		if t.lastStatus().Next.IsZero() {
			c.setNext(t, now.Add(schedule.First(n, len(targets))))
		}
	}
}

// project holds what the windows of one project share.
type project struct {
	config   config.Project
	settings *config.Config // the whole configuration that it belongs to
	ingest   *ingest.Project
	metrics  *projectMetrics // of all projects that have had this name
	past     past
}

// Run polls until ctx ends, and returns when all polls have. It is called once.
func (c *Collector) Run(ctx context.Context) error {
	c.mu.Lock()
	c.ctx = ctx
	for _, t := range c.current.Load().targets {
		c.start(ctx, t)
	}
	c.mu.Unlock()
	if c.options.Store != nil {
		c.loops.Go(func() { c.keepRecent(ctx) })
	}
	<-ctx.Done()
	c.mu.Lock()
	c.ctx = nil
	c.mu.Unlock()
	c.loops.Wait()
	return nil
}

// start starts the loop of a target, under the context of Run. The collector's lock
// is held.
func (c *Collector) start(ctx context.Context, t *target) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	t.stop = func() {
		stop()
		<-done
	}
	c.loops.Go(func() {
		defer close(done)
		defer stop()
		c.loop(ctx, t)
	})
}

// Projects returns the names of the projects, in the order of the configuration.
func (c *Collector) Projects() []string {
	var names []string
	for _, p := range c.current.Load().config.Projects {
		names = append(names, p.Name)
	}
	return names
}

// Ready reports whether every project and window has had data, or its first poll has
// ended, at some time since the start.
func (c *Collector) Ready() bool {
	if c.ready.Load() {
		return true
	}
	for _, t := range c.current.Load().targets {
		if !t.answered() {
			return false
		}
	}
	c.ready.Store(true)
	return true
}
