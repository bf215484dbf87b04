package main

import "strings"

// Two exporters that serve the same project, or one that is scraped twice, must
// not count twice: figures of a project are the greatest that is known for it.

// fill puts expressions in the place of the names in capitals that stand for
// them, and writes the whole on one line. Pairs are of a name and its expression.
func fill(expr string, pairs ...string) string {
	return strings.Join(strings.Fields(strings.NewReplacer(pairs...).Replace(expr)), " ")
}

// ago is a time before that of the query, as a selector takes it; none is now.
type ago string

const (
	atPresent ago = ""
	weekAgo   ago = " offset 1w"
	atTheEnd  ago = " @ end()" // of the time that is shown
)

// total is the usage of each project in the chosen window, as the report has it:
// a sample a project, however many series it has.
func total(when ago) string {
	return `max by (project) (statsig_report_value{project=~"$project", window="$window", metric="$metric"}` + string(when) + `)`
}

// byLabel is the usage of the chosen window for each value of the chosen label.
func byLabel(when ago) string {
	return `sum by ($label) (max without (job, instance, pod) ($metric{project=~"$project", window="$window"}` + string(when) + `))`
}

// change compares a vector with itself a week ago. What was not there at one of
// the two times counts as 0 then, but where nothing at all was recorded a week
// ago there is nothing to compare with.
type change struct{ now, before string }

// changeByLabel is the change of the usage for each value of the chosen label.
func changeByLabel() change {
	now, before := byLabel(atPresent), byLabel(weekAgo)
	return change{
		now:    fill(`(NOW or 0 * BEFORE)`, "NOW", now, "BEFORE", before),
		before: fill(`((BEFORE or 0 * NOW) and on () count(BEFORE))`, "NOW", now, "BEFORE", before),
	}
}

// of limits one of the expressions to the labels whose usage changed most.
func (c change) of(expr string) string {
	return fill(`EXPR and on ($label) topk($top, abs(NOW - BEFORE) > 0)`, "EXPR", expr, "NOW", c.now, "BEFORE", c.before)
}

// perDay is the usage of a window for each value of the chosen label, divided by
// the days that the window covers.
func perDay(window string) string {
	return fill(`sum by ($label) (
		max without (job, instance, pod) ($metric{project=~"$project", window="WINDOW"})
		/ on (project) group_left () (max by (project) (
			statsig_usage_window_end_timestamp_seconds{project=~"$project", window="WINDOW"}
			- statsig_usage_window_start_timestamp_seconds{project=~"$project", window="WINDOW"}
		) / 86400))`, "WINDOW", window)
}

// planUsed is what a plan has used this month. Where its projects are spread
// over shards, none of them knows it, and it is the sum over projects.
func planUsed() string {
	return fill(`(
		max by (plan, meter) (statsig_plan_used{plan=~"$plan"})
		or sum by (plan, meter) (PROJECTS))`, "PROJECTS", planProjects())
}

func planProjects() string {
	return `max by (plan, meter, project) (statsig_plan_project_used{plan=~"$plan"})`
}

// planIncluded has the meters of which anything is included.
func planIncluded() string {
	return `(max by (plan, meter) (statsig_plan_included{plan=~"$plan"}) > 0)`
}

// monthStart is when the running month of each project began: the newest start
// of a window that is a first of a month, in time zones from ten hours behind
// UTC to thirteen ahead of it.
func monthStart() string {
	return `max by (project) (
		statsig_usage_window_start_timestamp_seconds and day_of_month(statsig_usage_window_start_timestamp_seconds + 46800) == 1)`
}

// monthElapsed is how much of the running month of each project is known, as a
// share of the month: up to the end of the newest day with data, and no later
// than the window goes.
func monthElapsed() string {
	return fill(`(
		(max by (project) (
			(
				statsig_usage_newest_timestamp_seconds + 86400 < statsig_usage_window_end_timestamp_seconds
				or statsig_usage_window_end_timestamp_seconds
			)
			and on (project, window) (
				max by (project, window) (statsig_usage_window_start_timestamp_seconds) == on (project) group_left () START
			)
		) - START)
		/ (86400 * days_in_month(START + 46800)))`, "START", monthStart())
}

// planForecast is what a plan will have used when the month ends. The recording
// rule knows the rhythm of the week; without it, the month goes on as it began.
func planForecast() string {
	return fill(`(
		plan_meter:statsig_plan_used:forecast{plan=~"$plan"}
		or sum by (plan, meter) (PROJECTS / on (project) group_left () (ELAPSED > 0)))`,
		"PROJECTS", planProjects(), "ELAPSED", monthElapsed())
}

// daysLeft is how many days what is left of the allowance will last.
func daysLeft() string {
	return fill(`(
		plan_meter:statsig_plan_allowance_days_left:forecast{plan=~"$plan"}
		or clamp_min(INCLUDED - USED, 0) / sum by (plan, meter) (
			PROJECTS / on (project) group_left () (ELAPSED * days_in_month(START + 46800) > 0)))`,
		"INCLUDED", planIncluded(), "USED", planUsed(), "PROJECTS", planProjects(), "ELAPSED", monthElapsed(), "START", monthStart())
}

func planCost() string { return `max by (plan, currency) (statsig_plan_cost{plan=~"$plan"})` }

func planFee() string { return `max by (plan, currency) (statsig_plan_base_fee{plan=~"$plan"})` }

// costForecast is what a plan will have cost when the month ends: what is past
// the allowance goes on at the average price that it has had so far. There is
// none while nothing is past the allowance and something will be, since its
// price is not known.
func costForecast() string {
	return fill(`(
		FEE + (COST - FEE) * on (plan) group_left () (
			sum by (plan) (clamp_min(FORECAST - INCLUDED, 0)) / (sum by (plan) (clamp_min(USED - INCLUDED, 0)) > 0))
		or COST and on (plan) sum by (plan) (clamp_min(FORECAST - INCLUDED, 0)) == 0)`,
		"FEE", planFee(), "COST", planCost(), "FORECAST", planForecast(), "USED", planUsed(),
		"INCLUDED", `max by (plan, meter) (statsig_plan_included{plan=~"$plan"})`)
}
