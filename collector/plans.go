package collector

import (
	"math/big"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/plan"
	"statsig_exporter/collector/report"
)

// planCollector collects what the plans of the current configuration include, and
// what the reports that are served say is used of it.
type planCollector struct {
	collector *Collector

	baseFee, included, used, usedRatio, cost, projectUsed *prometheus.Desc
}

func newPlanCollector(c *Collector) *planCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &planCollector{
		collector:   c,
		baseFee:     desc("statsig_plan_base_fee", "What the plan costs a month at least.", "plan", "currency"),
		included:    desc("statsig_plan_included", "Units a month that the plan includes, over all of its projects.", "plan", "meter"),
		used:        desc("statsig_plan_used", "Units used this month, over all projects of the plan.", "plan", "meter"),
		usedRatio:   desc("statsig_plan_used_ratio", "Units used this month, as a share of those that the plan includes.", "plan", "meter"),
		cost:        desc("statsig_plan_cost", "Cost of the month to date: the base fee, and the units past those that the plan includes.", "plan", "currency"),
		projectUsed: desc("statsig_plan_project_used", "Units that a project has used this month.", "plan", "meter", "project"),
	}
}

// Describe implements prometheus.Collector.
func (p *planCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{p.baseFee, p.included, p.used, p.usedRatio, p.cost, p.projectUsed} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (p *planCollector) Collect(ch chan<- prometheus.Metric) {
	send := func(desc *prometheus.Desc, v *big.Rat, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, plan.Float(v), labels...)
	}
	g := p.collector.current.Load()
	months := p.collector.months(g)
	for _, of := range g.config.Plans {
		send(p.baseFee, of.BaseFee, of.Name, of.Currency)
		for _, m := range of.Meters {
			send(p.included, m.Included, of.Name, m.Name)
		}
		uses, whole, ok := usesOf(of, months)
		if !ok {
			continue
		}
		for _, u := range uses {
			for i, m := range of.Meters {
				send(p.projectUsed, u.units[i], of.Name, m.Name, u.project)
			}
		}
		if !whole {
			continue
		}
		used := total(of, uses)
		for i, m := range of.Meters {
			send(p.used, used[i], of.Name, m.Name)
			if ratio, ok := m.Ratio(used[i]); ok {
				send(p.usedRatio, ratio, of.Name, m.Name)
			}
		}
		send(p.cost, of.Cost(used), of.Name, of.Currency)
	}
}

// months returns the report of the running month of every project of g, nil for one
// that has none to serve.
func (c *Collector) months(g *generation) map[string]*report.Report {
	months := map[string]*report.Report{}
	window, ok := g.config.PlanWindow()
	if !ok {
		return months
	}
	now := c.now()
	for _, t := range g.targets {
		if t.window.Name != window.Name {
			continue
		}
		months[t.project.config.Name] = nil
		if s := t.served(now); s != nil {
			months[t.project.config.Name] = s.Report
		}
	}
	return months
}

// use is what one project has used of a plan, by meter.
type use struct {
	project string
	units   []*big.Rat
}

// usesOf returns what each project of a plan has used, of those that months has; the
// others are of other shards, and whole is false then. It is not ok where a project
// has no report to serve, or none with the metrics of the plan.
func usesOf(of plan.Plan, months map[string]*report.Report) (uses []use, whole, ok bool) {
	whole = true
	for _, project := range of.Projects {
		month, here := months[project]
		if !here {
			whole = false
			continue
		}
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
