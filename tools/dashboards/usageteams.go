package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

// noPlan says why panels of plans are empty.
const noPlan = "No plan, or not every project has data for the running month"

func costBound(bound string) string {
	return planMoney("statsig_plan_forecast_cost_bound", `, bound="`+bound+`"`)
}

// invoiceTable comes first, for the person who pays the invoice.
func invoiceTable() *table.PanelBuilder {
	p := newTable(9, "The invoice", "What each plan cost in the month before, costs so far, and is expected to cost this month, with bounds that should hold it. "+
		"The month before needs a window of it: {name: last_month, period: month}.",
		query{"", planMoney("statsig_plan_last_cost", "")}, query{"", planCost()}, query{"", costForecast()},
		query{"", costBound("low")}, query{"", costBound("high")}, query{"", planFee()}).
		Span(24).Height(5).Unit("locale").Decimals(2).NoValue(noPlan)
	ordered(p, heading{"plan", "Plan"}, heading{"currency", "Currency"}, heading{"Value #A", "Month before"}, heading{"Value #B", "So far"},
		heading{"Value #C", "Expected"}, heading{"Value #D", "At least"}, heading{"Value #E", "At most"}, heading{"Value #F", "Base fee"})
	return descending(p, "Expected")
}

// teamSection shows who causes the cost, and who is over a budget.
func teamSection(d *dashboard.DashboardBuilder) {
	const none = "No plan has showback: add showback: [team]"
	teams := newTable(61, "Teams", "Each group's share of its plan's cost. All shares of a plan add up to its cost.",
		query{"", ofGroups("statsig_plan_allocated_cost")}, query{"", ofGroups("statsig_plan_allocated_forecast_cost")},
		query{"", ofGroups("statsig_plan_last_allocated_cost")}).Unit("locale").Decimals(2).NoValue(none)
	ordered(teams, heading{"plan", "Plan"}, heading{"currency", "Currency"}, heading{"Value #A", "So far"}, heading{"Value #B", "Expected"}, heading{"Value #C", "Month before"})
	field(teams, "So far", asBar(object{"min": 0, "color": inBlue()}))
	over := fill("FORECAST / (BUDGET > 0)", "FORECAST", ofGroups("statsig_plan_budget_forecast_cost"), "BUDGET", ofGroups("statsig_plan_budget"))
	budgets := newTable(62, "Budgets", "Each budget of this month. Above 100 %, the groups with its labels are expected to be over it.",
		query{"", ofGroups("statsig_plan_budget")}, query{"", ofGroups("statsig_plan_budget_cost")},
		query{"", ofGroups("statsig_plan_budget_forecast_cost")}, query{"", over}).Unit("locale").Decimals(2).NoValue("No plan has budgets")
	ordered(budgets, heading{"plan", "Plan"}, heading{"currency", "Currency"}, heading{"Value #A", "Budget"}, heading{"Value #B", "So far"},
		heading{"Value #C", "Expected"}, heading{"Value #D", "Share, expected"})
	field(budgets, "Share, expected", asBar(object{
		"unit": "percentunit", "decimals": 1, "min": 0, "max": 1, "thresholds": thresholds("green", threshold{0.9, "orange"}, threshold{1, "red"}),
	}))
	section(d, 60, "Teams and budgets",
		descending(teams, "Expected"),
		descending(budgets, "Share, expected"),
		stacked(newGraph(63, "Cost by team", "Each group's share of the month to date.", query{"__auto", ofGroups("statsig_plan_allocated_cost")}),
			common.GraphDrawStyleLine).Unit("locale").Decimals(2).NoValue(none).Interval("1h").MaxDataPoints(400),
		stacked(newGraph(64, "Expected cost by team", "Each group's share of what the whole month is expected to cost.", query{"__auto", ofGroups("statsig_plan_allocated_forecast_cost")}),
			common.GraphDrawStyleLine).Unit("locale").Decimals(2).NoValue(none).Interval("1h").MaxDataPoints(400))
}
