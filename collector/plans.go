package collector

import (
	"math/big"
	"slices"
	"sync"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/plan"
	"statsig_exporter/collector/report"
)

// plans holds what is served of the plans: what they include, and what the reports
// of the running month say is used of it. It is computed anew when one of those is
// another one, or none any more.
type plans struct {
	responder *exposition.Responder

	mu     sync.Mutex
	of     *generation
	months []month // of the targets of the plan window, in their order
	shared *exposition.Segment
	own    planned
}

// month is the running month of one project; its report is nil if there is none to
// serve.
type month struct {
	project string
	report  *report.Report
}

// planned is what is served of the plans by project. It is not changed.
type planned map[string]*exposition.Segment

// segments returns what is served now of the plans of g: what belongs to no project,
// and what belongs to each. There is nothing without plans.
func (p *plans) segments(g *generation, now time.Time) (shared *exposition.Segment, own planned) {
	window, ok := g.config.PlanWindow()
	if !ok || len(g.config.Plans) == 0 {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	changed, n := p.of != g, 0
	for _, t := range g.targets {
		if t.window.Name != window.Name {
			continue
		}
		m := month{project: t.project.config.Name}
		if s := t.served(now); s != nil {
			m.report = s.Report
		}
		if n == len(p.months) {
			p.months = append(p.months, month{})
		}
		changed = changed || p.months[n] != m
		p.months[n] = m
		n++
	}
	if p.months = p.months[:n]; changed {
		p.of = g
		p.compute(g.config.Plans)
	}
	return p.shared, p.own
}

// compute makes the segments.
func (p *plans) compute(all []plan.Plan) {
	var v planValues
	for _, of := range all {
		v.add(of, p.months)
	}
	p.shared = p.responder.Encode(v.shared(), p.shared)
	before := p.own
	p.own = planned{}
	for _, m := range p.months {
		p.own[m.project] = p.responder.Encode([]exposition.Family{v.projectUsed.family(
			"statsig_plan_project_used", "Units that a project has used this month.", m.project, "meter", "plan", "project")}, before[m.project])
	}
}

// planValues are the samples of all plans.
type planValues struct{ baseFee, included, used, usedRatio, cost, projectUsed planSamples }

func (v *planValues) shared() []exposition.Family {
	return []exposition.Family{
		v.baseFee.family("statsig_plan_base_fee", "What the plan costs a month at least.", "", "currency", "plan"),
		v.included.family("statsig_plan_included", "Units a month that the plan includes, over all of its projects.", "", "meter", "plan"),
		v.used.family("statsig_plan_used", "Units used this month, over all projects of the plan.", "", "meter", "plan"),
		v.usedRatio.family("statsig_plan_used_ratio", "Units used this month, as a share of those that the plan includes.", "", "meter", "plan"),
		v.cost.family("statsig_plan_cost", "Cost of the month to date: the base fee, and the units past those that the plan includes.", "", "currency", "plan"),
	}
}

// add adds the samples of one plan.
func (v *planValues) add(of plan.Plan, months []month) {
	v.baseFee.add(of.BaseFee, "", of.Currency, of.Name)
	for _, m := range of.Meters {
		v.included.add(m.Included, "", m.Name, of.Name)
	}
	uses, whole, ok := usesOf(of, months)
	if !ok {
		return
	}
	for _, u := range uses {
		for i, m := range of.Meters {
			v.projectUsed.add(u.units[i], u.project, m.Name, of.Name, u.project)
		}
	}
	if !whole {
		return
	}
	used := total(of, uses)
	for i, m := range of.Meters {
		v.used.add(used[i], "", m.Name, of.Name)
		if ratio, ok := m.Ratio(used[i]); ok {
			v.usedRatio.add(ratio, "", m.Name, of.Name)
		}
	}
	v.cost.add(of.Cost(used), "", of.Currency, of.Name)
}

// planSamples are the samples of one family.
type planSamples []planSample

type planSample struct {
	of     string // the project that it belongs to; empty for none
	labels []string
	value  float64
}

func (s *planSamples) add(v *big.Rat, of string, labels ...string) {
	*s = append(*s, planSample{of, labels, plan.Float(v)})
}

// family returns the samples that belong to a project, or to none, as a family.
func (s planSamples) family(name, help, of string, labels ...string) exposition.Family {
	own := slices.DeleteFunc(slices.Clone(s), func(sample planSample) bool { return sample.of != of })
	slices.SortFunc(own, func(a, b planSample) int { return slices.Compare(a.labels, b.labels) })
	return exposition.Family{Name: name, Help: help, LabelNames: labels, Samples: func(yield func([]string, float64) bool) {
		for _, sample := range own {
			if !yield(sample.labels, sample.value) {
				return
			}
		}
	}}
}

// use is what one project has used of a plan, by meter.
type use struct {
	project string
	units   []*big.Rat
}

// usesOf returns what each project of a plan has used, of those that months has; the
// others are of other shards, and whole is false then. It is not ok where a project
// has no report to serve, or none with the metrics of the plan.
func usesOf(of plan.Plan, months []month) (uses []use, whole, ok bool) {
	whole = true
	for _, project := range of.Projects {
		at := slices.IndexFunc(months, func(m month) bool { return m.project == project })
		if at < 0 {
			whole = false
			continue
		}
		month := months[at].report
		if month == nil {
			return nil, false, false
		}
		u := use{project: project}
		for _, m := range of.Meters {
			sum, found := month.Meters[config.MeterName(of, m)]
			units, finite := plan.Units(sum)
			if !found || !finite {
				return nil, false, false
			}
			u.units = append(u.units, units)
		}
		uses = append(uses, u)
	}
	return uses, whole, true
}

// total adds the uses up, by meter.
func total(of plan.Plan, uses []use) []*big.Rat {
	used := make([]*big.Rat, len(of.Meters))
	for i := range used {
		used[i] = new(big.Rat)
		for _, u := range uses {
			used[i].Add(used[i], u.units[i])
		}
	}
	return used
}

// unmetered lists the metrics that the plans need of r and that it does not have.
// Only the report of the running month counts.
func (t *target) unmetered(r *report.Report) []string {
	if window, ok := t.project.settings.PlanWindow(); !ok || window.Name != t.window.Name {
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
