package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

// usageDashboard shows those who pay what they spend, on what, and what changed.
func usageDashboard() *dashboard.DashboardBuilder {
	d := newDashboard("statsig-usage", "Statsig / Usage and cost",
		"What Statsig usage costs and will cost, where it comes from, and what changed since last week.",
		linkTo("statsig-exporter", "Exporter", "Whether these figures are fresh and complete")).
		Tags([]string{"statsig", "finops"}).Refresh("5m").Time("now-30d", "now").
		WithVariable(sourceVariable())
	processVariables(d)
	d.WithVariable(choices("project", "Project", "The projects whose usage is shown. Plans always include all of their projects.", "label_values(statsig_up{"+process+"}, project)")).
		WithVariable(choice("window", "Window", "The period of the usage. To compare weeks, choose one of a fixed length, such as a day.",
			"label_values(statsig_up{"+process+`, project=~"$project"}, window)`).Current(option("day"))).
		WithVariable(choice("baseline", "Average of", "A longer window. Its average day is the baseline.",
			"label_values(statsig_up{"+process+`, project=~"$project", window!="$window"}, window)`).Current(option("four_weeks"))).
		WithVariable(choice("metric", "Metric", "The usage that is shown: a column of the report that is summed.",
			"label_values(statsig_report_value{"+process+`, project=~"$project"}, metric)`).Current(option("statsig_usage_billable_events"))).
		WithVariable(choice("label", "By", "The label, a column of the report, that breaks usage down.", "label_names($metric)").Current(option("name")).
			// Labels of the scrape, and labels with one value throughout the dashboard, break nothing down.
			Regex(`/^(?!(?:__name__|job|instance|window|container|endpoint|namespace|node|pod|prometheus|service)$).+$/`)).
		WithVariable(choices("plan", "Plan", "Plans in the exporter's configuration.", "label_values(statsig_plan_base_fee{"+process+"}, plan)")).
		WithVariable(fixed("top", "Top", "How many of the largest are shown.", "10", "5", "20", "50"))
	planSection(d)
	teamSection(d)
	usageSection(d)
	topSection(d)
	projectSection(d)
	figuresSection(d)
	return d
}

func planSection(d *dashboard.DashboardBuilder) {
	meter, plan := "{{plan}}: {{meter}}", "{{plan}} ({{currency}})"
	section(d, 10, "Plan: the running month",
		invoiceTable(),
		money(newStat(11, "Cost so far", "The base fee and the use past the allowance, this month to date.", query{plan, planCost()})).NoValue(noPlan),
		money(newStat(12, "Cost at month's end",
			"The exporter's forecast. For a plan spread over shards: the forecast use past the allowance at its average price so far, "+
				"unknown while no price has applied yet.",
			query{plan, costForecast()})).NoValue("Not known before a whole day, or no plan"),
		colored(share(newStat(13, "Allowance used", "Units used this month, as a share of the included units.",
			query{meter, planUsed() + " / " + planIncluded()})), "green", threshold{0.8, "orange"}, threshold{1, "red"}).NoValue(noPlan),
		colored(share(newStat(14, "Allowance at month's end",
			"The forecast of units used by the end of the month, as a share of the included units. It follows the rhythm of the week.",
			query{meter, planForecast() + " / " + planIncluded()})), "green", threshold{0.9, "orange"}, threshold{1, "red"}).NoValue(noPlan),
		colored(newStat(15, "Allowance lasts for", "At this month's pace, possibly past the end of the month. 0 once nothing is left.",
			query{meter, daysLeft()}).Unit("d").Decimals(1), "red", threshold{3, "orange"}, threshold{7, "green"}).NoValue(noPlan),
		share(newStat(16, "Month known", "How much of the month the figures cover: until the newest day with data.",
			query{"of the month", "max(" + monthElapsed() + `)`})).NoValue("No window has the running month: add {name: month, period: month, current: true}"),
		count(newGraph(17, "Use of the allowance", "Units used since the month began, units included, and each day's forecast.",
			query{meter + ", used", planUsed()},
			query{meter + ", included", planIncluded()},
			query{meter + ", forecast for the end of the month", planForecast()})).NoValue(noPlan).Min(0).Interval("1h").MaxDataPoints(400).
			OverrideByRegexp("/, included$/", sorted(object{
				"custom.lineStyle": dashed(), "color": object{"mode": "fixed", "fixedColor": "red"},
			})).
			OverrideByRegexp("/, forecast /", sorted(object{"custom.lineStyle": object{"fill": "dot", "dash": []int{0, 8}}})),
		money(newGraph(18, "Cost", "Month to date, and what each day expected of the month's end. It starts at the base fee and rises once the allowance is used up.",
			query{plan, planCost()},
			query{"expected, " + plan, costForecast()},
			query{"at least, " + plan, costBound("low")},
			query{"at most, " + plan, costBound("high")})).NoValue(noPlan).Min(0).Interval("1h").MaxDataPoints(400).
			OverrideByRegexp("/^(expected|at least|at most), /", sorted(object{"custom.lineStyle": dashed()})),
		meterTable())
}

func dashed() object { return object{"fill": "dash", "dash": []int{10, 10}} }

func meterTable() *table.PanelBuilder {
	p := count(newTable(19, "Meters", "Each meter, this month.",
		query{"", planUsed()}, query{"", planIncluded()}, query{"", planUsed() + " / " + planIncluded()},
		query{"", planForecast()}, query{"", planForecast() + " / " + planIncluded()}, query{"", daysLeft()})).Span(24).Height(6)
	ordered(p, heading{"plan", "Plan"}, heading{"meter", "Meter"}, heading{"Value #A", "Used"}, heading{"Value #B", "Included"},
		heading{"Value #C", "Share used"}, heading{"Value #D", "Forecast"}, heading{"Value #E", "Share, forecast"}, heading{"Value #F", "Lasts for"})
	field(p, "Share used", asBar(object{
		"unit": "percentunit", "decimals": 1, "min": 0, "max": 1, "thresholds": thresholds("green", threshold{0.8, "orange"}, threshold{1, "red"}),
	}))
	field(p, "Share, forecast", inColor("percentunit", 1, thresholds("green", threshold{0.9, "orange"}, threshold{1, "red"})))
	return field(p, "Lasts for", object{"unit": "d", "decimals": 1})
}

func usageSection(d *dashboard.DashboardBuilder) {
	section(d, 20, "Usage: $metric, window $window",
		count(newStat(21, "Usage", "All chosen projects, in the newest window.", query{"$metric", "sum(" + total(atPresent) + ")"})),
		colored(share(newStat(22, "Since last week", "Compared with the values of a week ago. For a day, that is the same weekday.",
			query{"change", "sum(" + total(atPresent) + ") / (sum(" + total(weekAgo) + ") != 0) - 1"})),
			"green", threshold{0.25, "orange"}, threshold{1, "red"}).NoValue("Known after a week"),
		colored(share(newStat(23, "Against the average", "This window's average day compared with the baseline's average day.",
			query{"change", "sum(" + perDay("$window") + ") / (sum(" + perDay("$baseline") + ") != 0) - 1"})),
			"green", threshold{0.25, "orange"}, threshold{1, "red"}).NoValue("No longer window: add {name: four_weeks, period: 28d}"),
		newStat(24, "From", "Start of the period, for the project that is furthest behind.",
			query{"start", `1000 * min(statsig_usage_window_start_timestamp_seconds{PROCESS, project=~"$project", window="$window"})`}).Unit("dateTimeAsIso"),
		newStat(25, "To", "End of the period, exclusive, for the project that is furthest behind.",
			query{"end", `1000 * min(statsig_usage_window_end_timestamp_seconds{PROCESS, project=~"$project", window="$window"})`}).Unit("dateTimeAsIso"),
		count(newStat(26, "Projects with usage", "How many of the chosen projects have this usage.", query{"projects", "count(" + total(atPresent) + ")"})),
		count(newGraph(27, "Usage and a week before", "Usage at the time it was served. A day is served once it has ended and its data has arrived, so it appears to the right of itself.",
			query{"$metric", "sum(" + total(atPresent) + ")"},
			query{"a week before", "sum(" + total(weekAgo) + ")"})).Min(0).Span(24).Interval("1h").MaxDataPoints(400).
			OverrideByName("a week before", sorted(object{
				"custom.lineStyle": dashed(), "color": object{"mode": "fixed", "fixedColor": "text"},
			})))
}

func projectSection(d *dashboard.DashboardBuilder) {
	section(d, 40, "Projects",
		projectTable(),
		stacked(count(newGraph(42, "Usage by project", "Usage at the time it was served, in window $window.", query{"{{project}}", total(atPresent)})),
			common.GraphDrawStyleLine).Min(0).Interval("1h").MaxDataPoints(400),
		stacked(count(newGraph(43, "Use of the plan by project", "Units used since the month began, by project.",
			query{"{{plan}}: {{meter}}, {{project}}", planProjects()})), common.GraphDrawStyleLine).NoValue(noPlan).Min(0).Interval("1h").MaxDataPoints(400))
}
