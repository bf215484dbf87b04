package config

import (
	"math/big"
	"regexp"
	"slices"

	"statsig_exporter/collector/plan"
)

// PlanWindow returns the window that plans are computed from: the first that is the
// running month. There is none only where there are no plans.
func (c *Config) PlanWindow() (Window, bool) {
	i := slices.IndexFunc(c.Windows, func(w Window) bool { return w.Current && w.Period.Calendar == Month })
	if i < 0 {
		return Window{}, false
	}
	return c.Windows[i], true
}

func planKeys() []key[plan.Plan] {
	return []key[plan.Plan]{
		{"name", func(d *decoder, e entry, p *plan.Plan) { d.name(e, &p.Name) }},
		{"projects", func(d *decoder, e entry, p *plan.Plan) { p.Projects = d.texts(e, "names of projects") }},
		{"currency", func(d *decoder, e entry, p *plan.Plan) { d.currency(e, &p.Currency) }},
		{"base_fee", func(d *decoder, e entry, p *plan.Plan) { d.amount(e, &p.BaseFee) }},
		{"meters", func(d *decoder, e entry, p *plan.Plan) { p.Meters = d.meters(e) }},
	}
}

// plans reads the list of plans and checks it against the other sections.
func (d *decoder) plans(e entry, c *Config) []plan.Plan {
	var result []plan.Plan
	lines := map[string]int{}
	for _, item := range d.items(e) {
		p := plan.Plan{Currency: "USD", BaseFee: new(big.Rat)}
		seen := section(d, "plans", entry{"an item of plans", item.line, item.node}, planKeys(), &p)
		if !isMapping(item) {
			continue
		}
		d.unique("plan", item, seen["name"], p.Name, lines)
		d.planProjects(seen["projects"], &p, c.Projects)
		if !seen["meters"].present() || isEmptyList(seen["meters"]) {
			d.problem(item.line, "a plan needs what it counts; add meters: [{metric: statsig_usage_…, included: …}]")
		}
		result = append(result, p)
	}
	if _, ok := c.PlanWindow(); !ok && len(result) > 0 {
		d.problem(e.line, "plans are computed from the running month, and no window has it; add to windows: {name: month, period: month, current: true}")
	}
	return result
}

// planProjects fills in the projects of a plan that names none, and checks the named
// ones.
func (d *decoder) planProjects(e entry, p *plan.Plan, projects []Project) {
	var known []string
	for _, project := range projects {
		known = append(known, project.Name)
	}
	if !e.present() {
		p.Projects = known
		return
	}
	if len(p.Projects) == 0 {
		d.problem(e.line, "projects must list at least one project; remove the key for all of them")
	}
	for i, name := range p.Projects {
		switch {
		case !slices.Contains(known, name):
			d.problem(e.line, "the plan has the project %s, which is not among the projects; it must be %s", quote(name), orList(known))
		case slices.Contains(p.Projects[:i], name):
			d.problem(e.line, "the plan has the project %s twice; keep one of them", quote(name))
		}
	}
}

func meterKeys() []key[plan.Meter] {
	return []key[plan.Meter]{
		{"name", func(d *decoder, e entry, m *plan.Meter) { d.name(e, &m.Name) }},
		{"metric", func(d *decoder, e entry, m *plan.Meter) { d.metric(e, &m.Metric) }},
		{"match", func(d *decoder, e entry, m *plan.Meter) { m.Match = d.match(e) }},
		{"included", func(d *decoder, e entry, m *plan.Meter) { d.amount(e, &m.Included) }},
		{"price_per_unit", func(d *decoder, e entry, m *plan.Meter) {
			price := new(big.Rat)
			d.amount(e, &price)
			m.Tiers = []plan.Tier{{PricePerUnit: price}}
		}},
		{"tiers", func(d *decoder, e entry, m *plan.Meter) { m.Tiers = d.tiers(e) }},
	}
}

func (d *decoder) meters(e entry) []plan.Meter {
	var result []plan.Meter
	lines := map[string]int{}
	for _, item := range d.items(e) {
		m := plan.Meter{Included: new(big.Rat)}
		seen := section(d, "meters", entry{"an item of meters", item.line, item.node}, meterKeys(), &m)
		if !isMapping(item) {
			continue
		}
		named := seen["name"]
		if !named.present() {
			m.Name, named = m.Metric, seen["metric"]
		}
		if !seen["metric"].present() {
			d.problem(item.line, "a meter needs what it counts; add metric: statsig_usage_…")
		} else if m.Name != "" {
			d.unique("meter", item, named, m.Name, lines)
		}
		if seen["tiers"].present() && seen["price_per_unit"].present() {
			d.problem(seen["tiers"].line, "price_per_unit and tiers cannot be given together; keep one of them")
		}
		result = append(result, m)
	}
	return result
}

func tierKeys() []key[plan.Tier] {
	return []key[plan.Tier]{
		{"up_to", func(d *decoder, e entry, t *plan.Tier) { d.amount(e, &t.UpTo) }},
		{"price_per_unit", func(d *decoder, e entry, t *plan.Tier) { d.amount(e, &t.PricePerUnit) }},
	}
}

func (d *decoder) tiers(e entry) []plan.Tier {
	items := d.items(e)
	if isEmptyList(e) {
		d.problem(e.line, "tiers must list at least one tier, such as {up_to: 10000000, price_per_unit: 0.00005}, and last one without up_to")
	}
	var result []plan.Tier
	before := new(big.Rat)
	for i, item := range items {
		t := plan.Tier{}
		seen := section(d, "tiers", entry{"an item of tiers", item.line, item.node}, tierKeys(), &t)
		if !isMapping(item) {
			continue
		}
		last := i == len(items)-1
		switch {
		case !seen["price_per_unit"].present():
			d.problem(item.line, "a tier needs a price; add price_per_unit: …")
		case last && seen["up_to"].present():
			d.problem(seen["up_to"].line, "the last tier must have no up_to: the units past it would have no price")
		case !last && !seen["up_to"].present():
			d.problem(item.line, "only the last tier may have no up_to; add up_to: …")
		case t.UpTo != nil && t.UpTo.Cmp(before) <= 0:
			d.problem(seen["up_to"].line, "up_to must be more than that of the tier before it, %s", before.FloatString(0))
		}
		if t.UpTo != nil {
			before = t.UpTo
		}
		result = append(result, t)
	}
	return result
}

// amountPattern is stricter than the library, which takes fractions and signs, and
// exponents that would take all memory.
var amountPattern = regexp.MustCompile(`^[0-9][0-9_]{0,29}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$`)

// amount reads units or money exactly.
func (d *decoder) amount(e entry, into **big.Rat) {
	const want = "a number of at least 0, such as 150, 0.00005 or 5e6"
	s, ok := d.text(e, want)
	if !ok {
		return
	}
	v, ok := new(big.Rat).SetString(s)
	if !ok || !amountPattern.MatchString(s) {
		d.problem(e.line, "%s must be %s, not %s", e.key, want, quote(s))
		return
	}
	*into = v
}

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

func (d *decoder) currency(e entry, into *string) {
	const want = "a currency's code of three capital letters, such as USD"
	s, ok := d.text(e, want)
	if ok && !currencyPattern.MatchString(s) {
		d.problem(e.line, "currency must be %s, not %s", want, quote(s))
		return
	}
	*into = s
}

// match reads the label values of a meter.
func (d *decoder) match(e entry) map[string][]string {
	result := map[string][]string{}
	for _, child := range d.entries("match", e) {
		values := d.texts(entry{"the label " + quote(child.key), child.line, child.node}, "values of the label")
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

// texts reads a list of texts.
func (d *decoder) texts(e entry, of string) []string {
	var result []string
	for _, item := range d.items(e) {
		if s, ok := d.text(entry{e.key, item.line, item.node}, "a list of "+of); ok {
			result = append(result, s)
		}
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
