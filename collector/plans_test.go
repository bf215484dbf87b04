package collector_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

// contract is a configuration of a plan over the projects a and b.
const contract = `
windows: [{name: day, period: day}, {name: mtd, period: month, current: true}]
plans:
  - name: enterprise
    currency: EUR
    base_fee: 150
    meters:
      - {name: events, metric: statsig_usage_units, match: {event: [checkout, refund]}, included: 25, price_per_unit: 0.1}
      - {metric: statsig_usage_units, included: 0, tiers: [{up_to: 50, price_per_unit: 1}, {price_per_unit: 0.5}]}
`

// twoProjects begins a configuration.
const twoProjects = "projects: [{name: a, api_key: console-key-of-a}, {name: b, api_key: console-key-of-b}]\n"

const metered = "event,units\ncheckout,10\nrefund,5.5\nsearch,20\n"

// answerEvery makes every report this one from now on.
func (w *world) answerEvery(report string) {
	w.api.ClearFaults()
	w.api.InjectAll(statsigtest.CSV(report))
}

// planPage is the part of the page about the plan of contract while both projects have the
// report metered.
func planPage() page {
	return page{
		`statsig_plan_base_fee{currency="EUR",plan="enterprise"}`:                              150,
		`statsig_plan_included{meter="events",plan="enterprise"}`:                              25,
		`statsig_plan_included{meter="statsig_usage_units",plan="enterprise"}`:                 0,
		`statsig_plan_used{meter="events",plan="enterprise"}`:                                  31,
		`statsig_plan_used{meter="statsig_usage_units",plan="enterprise"}`:                     71,
		`statsig_plan_used_ratio{meter="events",plan="enterprise"}`:                            1.24,
		`statsig_plan_cost{currency="EUR",plan="enterprise"}`:                                  150 + 0.6 + 50 + 10.5,
		`statsig_plan_project_used{meter="events",plan="enterprise",project="a"}`:              15.5,
		`statsig_plan_project_used{meter="events",plan="enterprise",project="b"}`:              15.5,
		`statsig_plan_project_used{meter="statsig_usage_units",plan="enterprise",project="a"}`: 35.5,
		`statsig_plan_project_used{meter="statsig_usage_units",plan="enterprise",project="b"}`: 35.5,
	}
}

// expectPlan compares all that is served of plans.
func expectPlan(t *testing.T, got, want page) {
	t.Helper()
	got = got.only("statsig_plan_")
	got.want(t, want)
	if len(got) != len(want) {
		t.Errorf("%d series of plans, want %d: %v", len(got), len(want), got)
	}
}

// terms are the series of a plan that are served without any usage.
func terms() page { return planPage().only("statsig_plan_base_fee", "statsig_plan_included") }

func TestAPlanIsServedOnceEveryProjectHasTheRunningMonthAndUntilItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {poll_interval: 12h}\n"+contract)
		w.answerEvery(metered)
		w.api.Inject("b", statsigtest.Refusal(http.StatusForbidden, "no"))
		w.start()
		defer w.stop()
		pass(time.Minute)
		expectPlan(t, w.scrape(""), terms())
		w.answerEvery(metered)
		pass(14 * time.Hour)
		expectPlan(t, w.scrape(""), planPage())
		expectPlan(t, w.scrape("self=only"), planPage().only("statsig_plan_base_fee", "statsig_plan_included", "statsig_plan_used", "statsig_plan_cost"))
		expectPlan(t, w.scrape("project=a"), page{
			`statsig_plan_project_used{meter="events",plan="enterprise",project="a"}`:              15.5,
			`statsig_plan_project_used{meter="statsig_usage_units",plan="enterprise",project="a"}`: 35.5,
		})

		w.answerEvery("event,units\n")
		w.setClock(time.Until(time.Date(2000, 2, 1, 0, 0, 0, 0, time.UTC)) - time.Minute)
		pass(time.Minute - time.Second)
		expectPlan(t, w.scrape(""), planPage())
		pass(time.Second)
		expectPlan(t, w.scrape(""), terms())
		w.answerEvery(strings.ReplaceAll(metered, "10", "0"))
		pass(14 * time.Hour)
		w.scrape("").want(t, page{
			`statsig_plan_used{meter="events",plan="enterprise"}`: 11,
			`statsig_plan_cost{currency="EUR",plan="enterprise"}`: 150 + 50 + 0.5,
		})
	})
}

func TestAPlanCountsWhatIsFoldedAndDropped(t *testing.T) {
	for _, overflow := range []string{"fold", "drop"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, contract+"report: {series_limit: 1, overflow: "+overflow+"}\n")
			w.answerEvery(metered)
			w.start()
			defer w.stop()
			pass(time.Hour)
			expectPlan(t, w.scrape(""), planPage())
		})
	}
}

func TestAMeterMatchesTheLabelsOfTheProjectAndOnesThatAreAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, `
windows: [{name: mtd, period: month, current: true}]
projects: [{name: a, api_key: console-key-of-a, labels: {team: growth}}, {name: b, api_key: console-key-of-b, labels: {team: core}}]
plans:
  - name: teams
    projects: [b, a]
    meters:
      - {name: growth, metric: statsig_usage_units, match: {team: [growth, other], event: [search]}}
      - {name: b, metric: statsig_usage_units, match: {project: [b]}}
      - {name: absent, metric: statsig_usage_units, match: {region: [eu]}}
      - {name: empty, metric: statsig_usage_units, match: {region: ["", eu]}}
`)
		w.answerEvery(metered)
		w.start()
		defer w.stop()
		pass(time.Hour)
		got := w.scrape("")
		for meter, want := range map[string]float64{"growth": 20, "b": 35.5, "absent": 0, "empty": 71} {
			got.want(t, page{`statsig_plan_used{meter="` + meter + `",plan="teams"}`: want})
		}
	})
}

func TestAPlanWhoseMetricIsMissingIsNotServedAndLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, contract)
		w.answerEvery("event,amount\ncheckout,10\n")
		w.start()
		defer w.stop()
		pass(3 * time.Hour)
		expectPlan(t, w.scrape(""), terms())
		logged := 0
		for _, line := range w.logged() {
			if strings.Contains(line, "lacks metrics that plans count") && strings.Contains(line, "statsig_usage_units") && strings.Contains(line, "window=mtd") {
				logged++
			}
		}
		if logged != 2 {
			t.Errorf("it is logged %d times for two projects", logged)
		}
	})
}

func TestAShardServesItsOwnProjectsOfAPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, contract)
		w.options.Config.Projects = w.options.Config.Projects[1:]
		w.renew(nil)
		w.answerEvery(metered)
		w.start()
		defer w.stop()
		pass(time.Hour)
		want := terms()
		want[`statsig_plan_project_used{meter="events",plan="enterprise",project="b"}`] = 15.5
		want[`statsig_plan_project_used{meter="statsig_usage_units",plan="enterprise",project="b"}`] = 35.5
		expectPlan(t, w.scrape(""), want)
	})
}

func TestAPlanThatIsReloadedHoldsWithoutAPollWhereItCan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, contract)
		w.answerEvery(metered)
		w.renew(openStore(t, t.TempDir()))
		w.start()
		defer w.stop()
		pass(10 * time.Minute)
		w.requests()
		pricier := strings.ReplaceAll(contract, "price_per_unit: 0.1", "price_per_unit: 1") + twoProjects
		w.reload(pricier)
		w.scrape("").want(t, page{`statsig_plan_cost{currency="EUR",plan="enterprise"}`: 150 + 6 + 50 + 10.5})
		w.reload(strings.ReplaceAll(pricier, "[checkout, refund]", "[search]"))
		w.scrape("").want(t, page{`statsig_plan_used{meter="events",plan="enterprise"}`: 40})
		w.reload(strings.ReplaceAll(pricier, "name: enterprise", "name: pro"))
		got := w.scrape("")
		got.want(t, page{`statsig_plan_used{meter="events",plan="pro"}`: 31})
		w.reload(contract[:strings.Index(contract, "plans:")] + twoProjects)
		expectPlan(t, w.scrape(""), page{})
		pass(time.Second)
		if asked := w.requests(); len(asked) > 0 {
			t.Errorf("asked: %v", asked)
		}
	})
}

func TestAPlanWithoutDataForALongTimeIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {stale_after: 5h}\n"+contract)
		w.answerEvery(metered)
		w.start()
		defer w.stop()
		pass(time.Hour)
		w.api.ClearFaults()
		w.api.InjectAll(statsigtest.Refusal(http.StatusForbidden, "no"))
		pass(3 * time.Hour)
		expectPlan(t, w.scrape(""), planPage())
		pass(4 * time.Hour)
		expectPlan(t, w.scrape(""), terms())
	})
}
