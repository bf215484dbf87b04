package collector

import (
	"slices"
	"time"

	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/plan"
	"statsig_exporter/collector/report"
)

// servedPlan holds what scrapes see of a plan.
type servedPlan struct {
	plan.Plan
	terms   *exposition.Segment
	use     *planUse      // guarded by Collector.page
	history *plan.History // guarded by Collector.publishers
}

// planUse holds the encoded use of a plan in the running month and in the month before,
// until these expire. It is immutable.
type planUse struct {
	all  *exposition.Segment
	own  map[string]*exposition.Segment // by project
	last *exposition.Segment
	// expires and lastExpires are when the first report of either month does; zero: never.
	expires, lastExpires time.Time
}

// newPlans returns the plans of a generation with their present use. A plan that counts
// the same as one of the current generation goes on with its history.
func (c *Collector) newPlans(g *generation) []*servedPlan {
	var all []*servedPlan
	for _, of := range g.config.Plans {
		p := &servedPlan{Plan: of, terms: c.options.Responder.Encode(of.TermFamilies(), nil, 0), use: &planUse{}, history: &plan.History{}}
		for _, old := range c.current.Load().plans {
			if old.Identity() == of.Identity() {
				p.history = old.history
			}
		}
		p.use = c.useOf(g, p, nil, nil)
		all = append(all, p)
	}
	return all
}

// usesWith returns the use of the plans that a report of t counts for, as it is once
// s is served.
func (c *Collector) usesWith(g *generation, t *target, s *Snapshot) map[*servedPlan]*planUse {
	uses := map[*servedPlan]*planUse{}
	for _, p := range g.plans {
		if (t.isMonth() || t.isLastMonth()) && slices.Contains(p.Projects, t.project.config.Name) {
			uses[p] = c.useOf(g, p, t, s)
		}
	}
	return uses
}

// useOf computes the use of a plan, where s replaces what is served for t.
func (c *Collector) useOf(g *generation, p *servedPlan, t *target, s *Snapshot) *planUse {
	use := &planUse{own: map[string]*exposition.Segment{}}
	var running, before plan.Month
	running, use.expires = c.monthOf(g, p, (*target).isMonth, t, s)
	before, use.lastExpires = c.monthOf(g, p, (*target).isLastMonth, t, s)
	known := before
	if before.Start.IsZero() {
		known = g.pastOf(p, running)
	}
	all, own := p.UseFamilies(running, known, p.history, c.now())
	use.all = c.options.Responder.Encode(all, nil, 0)
	for project, families := range own {
		use.own[project] = c.options.Responder.Encode(families, nil, 0)
	}
	if last := p.LastFamilies(before); last != nil {
		use.last = c.options.Responder.Encode(last, nil, 0)
	}
	return use
}

// monthOf returns what the reports of some targets say of a month of a plan, and when
// the first of them expires. s replaces what is served for t. Reports of different
// months make an empty one.
func (c *Collector) monthOf(g *generation, p *servedPlan, of func(*target) bool, t *target, s *Snapshot) (plan.Month, time.Time) {
	month, expires, now := plan.Month{Sums: plan.Sums{}}, time.Time{}, c.now()
	for _, each := range g.targets {
		project := each.project.config.Name
		if !of(each) || !slices.Contains(p.Projects, project) {
			continue
		}
		served := each.served(now)
		if each == t {
			served = s
		}
		month.Sums[project] = nil
		if served == nil {
			continue
		}
		start := served.Window.Start.In(each.window.Location)
		if !month.Start.IsZero() && !month.Start.Equal(start) {
			return plan.Month{}, time.Time{}
		}
		month.Start = start
		month.Sums[project] = served.Report.Meters
		if expires.IsZero() || !served.Expires.IsZero() && served.Expires.Before(expires) {
			expires = served.Expires
		}
	}
	return month, expires
}

// served returns the use, without what has expired of it.
func (p *servedPlan) served(now time.Time) *planUse {
	use := *p.use
	if hasPassed(use.expires, now) {
		use.all, use.own = nil, nil
	}
	if hasPassed(use.lastExpires, now) {
		use.last = nil
	}
	return &use
}

// PlanUses returns what is served of the use of each plan in the running month, by plan.
// A plan of which nothing is known yet is missing.
func (c *Collector) PlanUses() map[string]*exposition.Segment {
	c.page.RLock()
	defer c.page.RUnlock()
	uses := map[string]*exposition.Segment{}
	for _, p := range c.current.Load().plans {
		if use := p.served(c.now()); use.all != nil {
			uses[p.Name] = use.all
		}
	}
	return uses
}

// isMonth reports whether plans are computed from the target's reports.
func (t *target) isMonth() bool {
	window, ok := t.project.settings.PlanWindow()
	return ok && window.Name == t.window.Name
}

// isLastMonth reports whether the last figures of plans are computed from the target's
// reports.
func (t *target) isLastMonth() bool {
	window, ok := t.project.settings.LastMonthWindow()
	return ok && window.Name == t.window.Name
}

// unmetered lists the metrics that the plans count and that r lacks.
func (t *target) unmetered(r *report.Report) []string {
	if !t.isMonth() {
		return nil
	}
	var missing []string
	for _, m := range t.project.config.Report.Meters {
		if _, found := r.Meters[m.Name]; !found && !slices.Contains(missing, m.Metric) {
			missing = append(missing, m.Metric)
		}
	}
	return missing
}
