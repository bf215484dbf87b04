package collector

import (
	"time"

	"statsig_exporter/statsig"
)

// publish makes scrapes see how a poll ended, what it brought and when the next one is
// due, all in one step, counts it, and logs what it has changed.
func (c *Collector) publish(t *target, p pollResult, next time.Time) {
	before, old := t.status, t.snapshot.Load()
	c.replace(t, p.snapshot, func() {
		result := statsig.ResultOf(p.err)
		t.count(func(m *projectMetrics, window string) {
			m.polls.WithLabelValues(window, string(result)).Inc()
			m.duration.WithLabelValues(window).Observe(p.took.Seconds())
		})
		c.update(t, func(s *Status) {
			s.Result, s.Err, s.Next, s.key = result, p.err, next, p.key
			s.Failures++
			if p.err == nil {
				s.Failures, s.LastSuccess = 0, p.snapshot.Time
			}
		})
	})
	c.logSchemaChange(t, old)
	c.logPoll(t, p, before)
}

// replace makes s, unless nil, what is served for a target, and the plans follow it.
// change changes in the same step what else scrapes see of it. Only the loop of the
// target calls it, or a reload while there is no loop.
func (c *Collector) replace(t *target, s *Snapshot, change func()) {
	c.publishers.Lock()
	defer c.publishers.Unlock()
	var uses map[*servedPlan]*planUse
	if s != nil {
		uses = c.usesWith(c.current.Load(), t, s)
	}
	c.page.Lock()
	defer c.page.Unlock()
	if s != nil {
		old := t.snapshot.Swap(s)
		t.count(func(m *projectMetrics, window string) {
			m.restate(window, s, old)
			if old != nil && len(s.Report.Mapping.Changes(old.Report.Mapping)) > 0 {
				m.schemaChanges.WithLabelValues(window).Inc()
			}
		})
	}
	for p, use := range uses {
		p.use = use
		notify(c.recent)
	}
	change()
}

// publishGeneration makes scrapes see g instead of the generation before, and returns
// the targets that g lacks.
func (c *Collector) publishGeneration(g *generation) (removed []*target) {
	c.publishers.Lock()
	defer c.publishers.Unlock()
	g.plans = c.newPlans(g)
	c.page.Lock()
	defer c.page.Unlock()
	for _, t := range g.targets {
		t.count((*projectMetrics).present)
	}
	for _, t := range c.current.Swap(g).targets {
		project, window := t.names()
		if g.named(project, window) != nil {
			continue
		}
		t.count((*projectMetrics).forget)
		removed = append(removed, t)
		if len(g.of(project)) == 0 {
			delete(c.metrics, project)
		}
	}
	return removed
}
