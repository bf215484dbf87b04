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
	terms *exposition.Segment
	use   *planUse // guarded by Collector.page
}

// planUse holds the encoded use of a plan until it expires. It is immutable.
type planUse struct {
	all     *exposition.Segment
	own     map[string]*exposition.Segment // by project
	expires time.Time                      // with the first of the reports; zero: never
}

// newPlans returns the plans of a generation with the use of now.
func (c *Collector) newPlans(g *generation) []*servedPlan {
	var all []*servedPlan
	for _, of := range g.config.Plans {
		p := &servedPlan{Plan: of, terms: c.options.Responder.Encode(of.TermFamilies(), nil), use: &planUse{}}
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
		if t.isMonth() && slices.Contains(p.Projects, t.project.config.Name) {
			uses[p] = c.useOf(g, p, t, s)
		}
	}
	return uses
}

// useOf computes the use of a plan, where s replaces what is served for t.
func (c *Collector) useOf(g *generation, p *servedPlan, t *target, s *Snapshot) *planUse {
	sums := plan.Sums{}
	use := &planUse{own: map[string]*exposition.Segment{}}
	now := c.now()
	for _, month := range g.targets {
		project := month.project.config.Name
		if !month.isMonth() || !slices.Contains(p.Projects, project) {
			continue
		}
		served := month.served(now)
		if month == t {
			served = s
		}
		sums[project] = nil
		if served == nil {
			continue
		}
		sums[project] = served.Report.Meters
		if use.expires.IsZero() || !served.Expires.IsZero() && served.Expires.Before(use.expires) {
			use.expires = served.Expires
		}
	}
	all, own := p.UseFamilies(sums)
	use.all = c.options.Responder.Encode(all, p.use.all)
	for project, families := range own {
		use.own[project] = c.options.Responder.Encode(families, p.use.own[project])
	}
	return use
}

// served returns the use, unless it has expired.
func (p *servedPlan) served(now time.Time) *planUse {
	if hasPassed(p.use.expires, now) {
		return &planUse{}
	}
	return p.use
}

// isMonth reports whether plans are computed from the target's reports.
func (t *target) isMonth() bool {
	window, ok := t.project.settings.PlanWindow()
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
