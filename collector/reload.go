package collector

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"sync"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/schedule"
	"statsig_exporter/statsig"
)

// Reload replaces the settings. Unchanged projects and windows keep everything,
// including a poll under way. Changed ones keep their data, schedule and counters; if
// the mapping changed, the stored report is mapped again or, without one, the next poll
// comes within seconds. Removed ones vanish from every metric and from the store. The
// settings have been checked before, so that Reload cannot fail. Whatever a connection
// or a disk does, it ends soon after poll_timeout.
func (c *Collector) Reload(ctx context.Context, settings ingest.Settings) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.current.Load()
	next := c.nextGeneration(settings)
	kept := map[*target]bool{}
	for _, t := range next.targets {
		kept[t] = true
	}
	var ending sync.WaitGroup
	for _, t := range old.targets {
		if !kept[t] && t.stop != nil {
			ending.Go(t.stop)
		}
	}
	ending.Wait()
	mapping, cancel := context.WithTimeout(ctx, settings.Config.Global.PollTimeout)
	defer cancel()
	for _, t := range next.targets {
		if before := old.named(t.names()); before != nil && before != t {
			c.inherit(mapping, t, before)
		}
	}
	c.spread(next.targets)
	for _, t := range c.publishGeneration(next) {
		go c.removeStored(t)
	}
	for _, t := range next.targets {
		if c.ctx != nil && (!kept[t] || t.stop == nil) {
			c.start(c.ctx, t) //nolint:contextcheck // a loop lasts as long as Run, not as the reload
		}
	}
}

// nextGeneration returns the generation of settings, with the projects and targets
// of the current one that have not changed.
func (c *Collector) nextGeneration(settings ingest.Settings) *generation {
	old := c.current.Load()
	cfg, was := settings.Config, old.config
	same := reflect.DeepEqual(cfg.Global, was.Global) && reflect.DeepEqual(cfg.API, was.API) && reflect.DeepEqual(cfg.Helps, was.Helps)
	next := &generation{config: cfg, turns: old.turns}
	// What was sent counts on under another limit.
	c.limits.SetRate(cfg.API.RateLimit)
	c.secrets.Add(cfg.Secrets()...)
	if cfg.Global.Concurrency != was.Global.Concurrency {
		next.turns = ingest.NewTurns(cfg.Global.Concurrency)
	}
	for _, p := range cfg.Projects {
		project := old.project(p)
		if project == nil || !same {
			project = c.newProject(settings, next, p)
		}
		for _, w := range cfg.Windows {
			t := old.target(project, w)
			if t == nil {
				t = c.newTarget(project, w)
			}
			next.targets = append(next.targets, t)
		}
	}
	return next
}

// project returns the project of g that is configured as p, or nil.
func (g *generation) project(p config.Project) *project {
	for _, t := range g.targets {
		if reflect.DeepEqual(t.project.config, p) {
			return t.project
		}
	}
	return nil
}

// target returns the target of g of this very project whose window is w, or nil.
func (g *generation) target(p *project, w config.Window) *target {
	for _, t := range g.targets {
		if t.project == p && reflect.DeepEqual(t.window, w) {
			return t
		}
	}
	return nil
}

// inherit takes over the state of an earlier target of the same project and window,
// whose loop has ended.
func (c *Collector) inherit(ctx context.Context, t, old *target) {
	if t.period() != old.period() {
		// They have nothing in common but the name.
		t.count((*projectMetrics).forget)
		return
	}
	t.logged = old.logged
	c.update(t, func(s *Status) { *s = old.status })
	c.setNext(t, c.afterReload(t))
	t.project.ingest.InheritRoles(old.project.ingest)
	served := old.snapshot.Load()
	if served == nil {
		return
	}
	now, before := t.project.config, old.project.config
	if !reflect.DeepEqual(now.Report, before.Report) || !reflect.DeepEqual(now.Labelling, before.Labelling) {
		t.snapshot.Store(served)
		if c.remap(ctx, t) != nil {
			c.setNext(t, statsig.RetryAt(t.status.Err)) // without such a time, it is spread like a first one
		}
		return
	}
	s := *served
	c.renew(t, &s)
	t.snapshot.Store(&s)
}

// afterReload returns when t is polled next, now that another interval may hold: no
// later than if it had just been polled, but not before the API wants to be asked again.
func (c *Collector) afterReload(t *target) time.Time {
	latest := c.now().Add(schedule.AfterSuccess(t.project.settings.Global.PollInterval, rand.Float64()))
	if at := statsig.RetryAt(t.status.Err); at.After(latest) {
		latest = at
	}
	if t.status.Next.After(latest) {
		return latest
	}
	return t.status.Next
}

// remap serves the stored report under the mapping that t is configured with, and the
// lookups of now. With an error, what is served stays: fs.ErrNotExist says that it is
// not stored.
func (c *Collector) remap(ctx context.Context, t *target) error {
	served := t.snapshot.Load()
	s, err := c.load(ctx, t)
	if err == nil && (served == nil || !s.Time.Equal(served.Time)) {
		err = fs.ErrNotExist
	}
	if err != nil && served != nil {
		old := *served
		old.outdated = true
		t.snapshot.Store(&old)
	}
	switch {
	case err == nil:
		c.replace(t, s, func() {})
		c.logSchemaChange(t, served)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, report.ErrLookup), errors.Is(err, context.Canceled):
		// The next poll says what is wrong.
	default:
		project, window := t.names()
		c.storageFailed("load")
		c.log.Error("Stored report could not be mapped under the present configuration", "project", project, "window", window, "err", err)
	}
	return err
}
