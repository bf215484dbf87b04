package main

import "strings"

// A project that two exporters serve, or that is scraped twice, must count once.
// So every figure of a project is the maximum over its exporters.

// fill replaces names in capitals by expressions, and joins the lines. Pairs are
// a name and its expression.
func fill(expr string, pairs ...string) string {
	return strings.Join(strings.Fields(strings.NewReplacer(pairs...).Replace(expr)), " ")
}

// ago is a modifier of a selector that moves it back in time.
type ago string

const (
	atPresent ago = ""
	weekAgo   ago = " offset 1w"
	atTheEnd  ago = " @ end()" // of the time range
)

// total is the report's total for each project in the chosen window.
func total(when ago) string {
	return `max by (project) (statsig_report_value{PROCESS, project=~"$project", window="$window", metric="$metric"}` + string(when) + `)`
}

// byLabel is the chosen window's usage for each value of the chosen label.
func byLabel(when ago) string {
	return `sum by ($label) (max without (job, instance, pod) ($metric{PROCESS, project=~"$project", window="$window"}` + string(when) + `))`
}

// change compares a vector with itself a week ago. A missing element counts as 0,
// unless nothing at all was recorded a week ago.
type change struct{ now, before string }

// changeByLabel compares the usage for each value of the chosen label.
func changeByLabel() change {
	now, before := byLabel(atPresent), byLabel(weekAgo)
	return change{
		now:    fill(`(NOW or 0 * BEFORE)`, "NOW", now, "BEFORE", before),
		before: fill(`((BEFORE or 0 * NOW) and on () count(BEFORE))`, "NOW", now, "BEFORE", before),
	}
}

// of limits an expression to the labels whose usage changed most.
func (c change) of(expr string) string {
	return fill(`EXPR and on ($label) topk($top, abs(NOW - BEFORE) > 0)`, "EXPR", expr, "NOW", c.now, "BEFORE", c.before)
}

// perDay is a window's average daily usage for each value of the chosen label.
func perDay(window string) string {
	return fill(`sum by ($label) (
		max without (job, instance, pod) ($metric{PROCESS, project=~"$project", window="WINDOW"})
		/ on (project) group_left () (max by (project) (
			statsig_usage_window_end_timestamp_seconds{PROCESS, project=~"$project", window="WINDOW"}
			- statsig_usage_window_start_timestamp_seconds{PROCESS, project=~"$project", window="WINDOW"}
		) / 86400))`, "WINDOW", window)
}

// planUsed is a plan's use this month. If its projects are spread over shards, no
// exporter knows the total, so it is the sum over projects.
func planUsed() string {
	return fill(`(
		max by (plan, meter) (statsig_plan_used{PROCESS, plan=~"$plan"})
		or sum by (plan, meter) (PROJECTS))`, "PROJECTS", planProjects())
}

func planProjects() string {
	return `max by (plan, meter, project) (statsig_plan_project_used{PROCESS, plan=~"$plan"})`
}

// planIncluded leaves out meters without included units.
func planIncluded() string {
	return `(max by (plan, meter) (statsig_plan_included{PROCESS, plan=~"$plan"}) > 0)`
}

// monthStart is the start of each project's running month: the newest window start
// that is the first of a month, in time zones from UTC-10 to UTC+13.
func monthStart() string {
	return `max by (project) (
		statsig_usage_window_start_timestamp_seconds{PROCESS} and day_of_month(statsig_usage_window_start_timestamp_seconds + 46800) == 1)`
}

// monthElapsed is the share of each project's running month that has data: until
// the end of the newest day with data, but not past the end of the window.
func monthElapsed() string {
	return fill(`(
		(max by (project) (
			(
				statsig_usage_newest_timestamp_seconds{PROCESS} + 86400 < statsig_usage_window_end_timestamp_seconds
				or statsig_usage_window_end_timestamp_seconds{PROCESS}
			)
			and on (project, window) (
				max by (project, window) (statsig_usage_window_start_timestamp_seconds{PROCESS}) == on (project) group_left () START
			)
		) - START)
		/ (86400 * days_in_month(START + 46800)))`, "START", monthStart())
}

// planForecast is a plan's expected use at the end of the month: the exporter's own
// forecast or, for a plan spread over shards, the recording rule's. Without either,
// the month continues as it began.
func planForecast() string {
	return fill(`(
		max by (plan, meter) (statsig_plan_forecast_units{PROCESS, plan=~"$plan"})
		or plan_meter:statsig_plan_used:forecast{plan=~"$plan"}
		or sum by (plan, meter) (PROJECTS / on (project) group_left () (ELAPSED > 0)))`,
		"PROJECTS", planProjects(), "ELAPSED", monthElapsed())
}

// daysLeft is how many days the rest of the allowance will last.
func daysLeft() string {
	return fill(`(
		plan_meter:statsig_plan_allowance_days_left:forecast{plan=~"$plan"}
		or clamp_min(INCLUDED - USED, 0) / sum by (plan, meter) (
			PROJECTS / on (project) group_left () (ELAPSED * days_in_month(START + 46800) > 0)))`,
		"INCLUDED", planIncluded(), "USED", planUsed(), "PROJECTS", planProjects(), "ELAPSED", monthElapsed(), "START", monthStart())
}

func planCost() string { return planMoney("statsig_plan_cost", "") }

func planFee() string { return planMoney("statsig_plan_base_fee", "") }

// planMoney is an amount of a plan in a currency.
func planMoney(metric, matchers string) string {
	return fill(`max by (plan, currency) (METRIC{PROCESS, plan=~"$plan"MATCHERS})`, "METRIC", metric, "MATCHERS", matchers)
}

// ofGroups is an amount of each group of a plan, or of each budget, with all of its labels.
func ofGroups(metric string) string {
	return fill(`max without (job, instance, pod) (METRIC{PROCESS, plan=~"$plan"})`, "METRIC", metric)
}

// costForecast is a plan's expected cost at the end of the month. Without the
// exporter's own forecast, for a plan spread over shards, use past the
// allowance continues at its average price so far. If nothing is past the allowance
// yet and something will be, no price is known, and there is no forecast.
func costForecast() string {
	return fill(`(
		max by (plan, currency) (statsig_plan_forecast_cost{PROCESS, plan=~"$plan"})
		or FEE + (COST - FEE) * on (plan) group_left () (
			sum by (plan) (clamp_min(FORECAST - INCLUDED, 0)) / (sum by (plan) (clamp_min(USED - INCLUDED, 0)) > 0))
		or COST and on (plan) sum by (plan) (clamp_min(FORECAST - INCLUDED, 0)) == 0)`,
		"FEE", planFee(), "COST", planCost(), "FORECAST", planForecast(), "USED", planUsed(),
		"INCLUDED", `max by (plan, meter) (statsig_plan_included{PROCESS, plan=~"$plan"})`)
}
