package collector

import (
	"time"

	"statsig_exporter/statsig"
)

// publish makes scrapes see how a poll ended, what it brought and when the next one is
// due, all in one step, and counts it.
func (c *Collector) publish(t *target, p pollResult, next time.Time) {
	result := statsig.ResultOf(p.err)
	old := t.snapshot.Load()
	c.replace(t, p.snapshot, func() {
		up := 0.0
		if p.err == nil {
			up = 1
		}
		t.change(func(m *projectVectors, window string) {
			if p.err == nil {
				m.lastSuccess.WithLabelValues(window).Set(unixSeconds(p.snapshot.Time))
			}
			m.polls.WithLabelValues(window, string(result)).Inc()
			m.up.WithLabelValues(window).Set(up)
			m.next.WithLabelValues(window).Set(unixSeconds(next))
			m.duration.WithLabelValues(window).Observe(p.took.Seconds())
		})
		t.mu.Lock()
		defer t.mu.Unlock()
		t.status.Result, t.status.Err, t.status.Next, t.key = result, p.err, next, p.key
		t.status.Failures++
		if p.err == nil {
			t.status.Failures, t.status.LastSuccess = 0, p.snapshot.Time
		}
	})
	c.logSchemaChange(t, old)
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
		t.change(func(m *projectVectors, window string) {
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
		t.change(func(m *projectVectors, window string) {
			m.present(window)
			m.setInfo(t.project.config)
		})
	}
	if old := c.current.Swap(g); old != nil {
		for _, t := range old.targets {
			if project, window := t.names(); g.named(project, window) == nil {
				c.metrics.forget(project, window, !g.has(project))
				removed = append(removed, t)
			}
		}
	}
	return removed
}
