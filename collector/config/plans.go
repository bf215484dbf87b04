package config

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"

	"statsig_exporter/collector/plan"
)

// PlanWindow returns the window that plans are computed from: the first that is the
// running month. There is none only where there are no plans.
func (c *Config) PlanWindow() (Window, bool) { return c.month(true) }

// LastMonthWindow returns the window that the figures of the month that has ended are
// computed from: the first that is this month.
func (c *Config) LastMonthWindow() (Window, bool) { return c.month(false) }

func (c *Config) month(current bool) (Window, bool) {
	i := slices.IndexFunc(c.Windows, func(w Window) bool { return w.Current == current && w.Period.Calendar == Month })
	if i < 0 {
		return Window{}, false
	}
	return c.Windows[i], true
}

// CountsForPlans reports whether plans are computed from the reports of a window.
func (c *Config) CountsForPlans(w Window) bool {
	running, ok := c.PlanWindow()
	last, also := c.LastMonthWindow()
	return ok && w.Name == running.Name || also && w.Name == last.Name
}

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

// plans reads the list of plans and checks it against the other sections.
func (d *decoder) plans(e entry) []plan.Plan {
	c, used := d.config, lines{}
	start := plan.Plan{Currency: "USD", BaseFee: new(big.Rat)}
	for _, project := range c.Projects {
		start.Projects = append(start.Projects, project.Name)
	}
	plans := list(d, e, start, func(p *plan.Plan) (keys, check) {
		var baseFeeBy string
		known := keys{
			{"name", d.name(&p.Name)},
			{"projects", set(&p.Projects, d.texts)},
			{"currency", d.textThat(currencyPattern.MatchString, "a currency's code of three capital letters, such as USD", &p.Currency)},
			{"base_fee", d.amount(&p.BaseFee)},
			{"base_fee_by", d.name(&baseFeeBy)},
			{"meters", nil},
			{"showback", set(&p.Showback.Labels, d.showback)},
			{"budgets", nil},
		}
		return known, func(item entry, seen map[string]entry) {
			d.unique("plan", item, seen["name"], used)
			var projects []Project
			if d.planProjects(seen["projects"], p.Projects, start.Projects) {
				projects = slices.DeleteFunc(slices.Clone(c.Projects), func(project Project) bool {
					return !slices.Contains(p.Projects, project.Name)
				})
			}
			p.Meters = d.meters(seen["meters"], projects)
			if !seen["meters"].present() || isEmptyList(seen["meters"]) {
				d.problem(item.line, "a plan needs what it counts; add meters: [{metric: statsig_usage_…, included: …}]")
			}
			d.shares(seen, p, baseFeeBy)
		}
	})
	if _, ok := c.PlanWindow(); !ok && len(plans) > 0 {
		d.problem(e.line, "plans are computed from the running month, and no window has it; add to windows: {name: month, period: month, current: true}")
	}
	return plans
}

// planProjects checks the projects that a plan names, and reports whether all are known.
func (d *decoder) planProjects(e entry, named, known []string) (ok bool) {
	if !e.present() {
		return true
	}
	before := len(d.problems)
	if len(named) == 0 {
		d.problem(e.line, "projects must list at least one project; remove the key for all of them")
	}
	for i, name := range named {
		switch {
		case !slices.Contains(known, name):
			d.problem(e.line, "the plan has the project %s, which is not among the projects", quote(name))
		case slices.Contains(named[:i], name):
			d.problem(e.line, "the plan has the project %s twice; keep one of them", quote(name))
		}
	}
	return len(d.problems) == before
}

// showback reads the labels whose values share a plan's cost.
func (d *decoder) showback(e entry) []string {
	var labels []string
	used := lines{}
	for _, item := range d.items(e) {
		var label string
		d.labelName(&label)(item)
		switch {
		case label == "":
		case label != "project" && isReservedLabel(label):
			d.problem(item.line, "showback cannot share by the label %s, which the exporter itself sets", label)
		case d.once("the label "+label+" of showback", item.line, label, used):
			labels = append(labels, label)
		}
	}
	return labels
}

// shares reads what a plan's sharing of cost depends on.
func (d *decoder) shares(seen map[string]entry, p *plan.Plan, baseFeeBy string) {
	for _, name := range []string{"base_fee_by", "budgets"} {
		if e := seen[name]; e.present() && len(p.Showback.Labels) == 0 {
			d.problem(e.line, "%s needs labels to share by; add showback: [team]", name)
			return
		}
	}
	if baseFeeBy != "" {
		p.Showback.BaseFeeBy = slices.IndexFunc(p.Meters, func(m plan.Meter) bool { return m.Name == baseFeeBy })
		if p.Showback.BaseFeeBy < 0 {
			d.problem(seen["base_fee_by"].line, "base_fee_by must be the name of a meter of the plan, not %s", quote(baseFeeBy))
		}
	}
	used := lines{}
	p.Budgets = list(d, seen["budgets"], plan.Budget{}, func(b *plan.Budget) (keys, check) {
		before := len(d.problems)
		known := keys{
			{"labels", set(&b.Labels, d.labelValues)},
			{"amount", d.amount(&b.Amount)},
		}
		return known, func(item entry, seen map[string]entry) {
			if len(b.Labels) == 0 || b.Amount == nil {
				if len(d.problems) == before {
					d.problem(item.line, "a budget needs labels and an amount, such as {labels: {team: payments}, amount: 400}")
				}
				return
			}
			for label := range b.Labels {
				if !slices.Contains(p.Showback.Labels, label) {
					d.problem(seen["labels"].line, "a budget has the label %s, which is not among the labels of showback, %s", quote(label), orList(p.Showback.Labels))
				}
			}
			d.once("the budget of these labels", item.line, fmt.Sprint(b.Labels), used)
		}
	})
}

// meters reads the meters of a plan of projects; without any, these are not known.
func (d *decoder) meters(e entry, projects []Project) []plan.Meter {
	used := lines{}
	return list(d, e, plan.Meter{Included: new(big.Rat)}, func(m *plan.Meter) (keys, check) {
		known := keys{
			{"name", d.name(&m.Name)},
			{"metric", d.metric(&m.Metric)},
			{"match", set(&m.Match, d.match)},
			{"included", d.amount(&m.Included)},
			{"price_per_unit", func(e entry) {
				price := new(big.Rat)
				d.amount(&price)(e)
				m.Tiers = []plan.Tier{{PricePerUnit: price}}
			}},
			{"tiers", set(&m.Tiers, d.tiers)},
		}
		return known, func(item entry, seen map[string]entry) {
			named := seen["name"]
			if !named.present() {
				m.Name, named = m.Metric, seen["metric"]
			}
			if !seen["metric"].present() {
				d.problem(item.line, "a meter needs what it counts; add metric: statsig_usage_…")
			} else {
				d.unique("meter", item, named, used)
			}
			if seen["tiers"].present() && seen["price_per_unit"].present() {
				d.problem(seen["tiers"].line, "price_per_unit and tiers cannot be given together; keep one of them")
			}
			d.countable(seen, m, projects)
		}
	})
}

func (d *decoder) tiers(e entry) []plan.Tier {
	if isEmptyList(e) {
		d.problem(e.line, "tiers must list at least one tier, such as {up_to: 10000000, price_per_unit: 0.00005}, and last one without up_to")
	}
	before, left := new(big.Rat), len(d.items(e))
	return list(d, e, plan.Tier{}, func(t *plan.Tier) (keys, check) {
		problems := len(d.problems)
		known := keys{
			{"up_to", d.amount(&t.UpTo)},
			{"price_per_unit", d.amount(&t.PricePerUnit)},
		}
		return known, func(item entry, seen map[string]entry) {
			left--
			switch {
			case !seen["price_per_unit"].present() && len(d.problems) == problems:
				d.problem(item.line, "a tier needs a price; add price_per_unit: …")
			case left == 0 && seen["up_to"].present():
				d.problem(seen["up_to"].line, "the last tier must have no up_to: the units past it would have no price")
			case left > 0 && !seen["up_to"].present():
				d.problem(item.line, "only the last tier may have no up_to; add up_to: …")
			case t.UpTo != nil && t.UpTo.Cmp(before) <= 0:
				d.problem(seen["up_to"].line, "up_to must be more than the tier before it has, %s", before.FloatString(0))
			}
			if t.UpTo != nil {
				before = t.UpTo
			}
		}
	})
}

// match reads the label values of a meter.
func (d *decoder) match(e entry) map[string][]string {
	result := map[string][]string{}
	for _, child := range d.entries(e) {
		values := d.texts(child.renamed("the label " + quote(child.key)))
		switch {
		case !validLabelName(child.key) || child.key == "window":
			d.problem(child.line, "%s cannot be matched; it must be a label of the usage series other than window", quote(child.key))
		case len(values) == 0:
			d.problem(child.line, "the label %s must have at least one value in its list", quote(child.key))
		}
		result[child.key] = values
	}
	return result
}

// AddPlan adds a plan of projects that the configuration has, and asks for the sums
// that it needs of their reports. There must be a PlanWindow.
func (c *Config) AddPlan(p plan.Plan) {
	c.Plans = append(c.Plans, p)
	for i := range c.Projects {
		project := &c.Projects[i]
		if slices.Contains(p.Projects, project.Name) {
			project.Report.Meters = append(project.Report.Meters, p.ReportMeters(project.Name, project.Labels)...)
		}
	}
}
