package main

// usageDashboard is for whoever pays: what is spent, what it is spent on, and
// what changed.
func usageDashboard() dashboard {
	return dashboard{
		UID: "statsig-usage", Title: "Statsig / Usage and cost",
		Description: "What Statsig usage costs and will cost, what it is made of, and what changed since last week.",
		Tags:        []string{"statsig", "finops"}, SchemaVersion: schemaVersion, Version: 1, Editable: true, GraphTooltip: 1,
		Timezone: "browser", Refresh: "5m", Time: timeRange{"now-30d", "now"},
		Links:       []object{link("Exporter", "statsig-exporter", "Whether these figures are fresh and complete")},
		Annotations: builtinAnnotations(),
		Templating: templating{List: []variable{
			datasourceVariable(),
			choice("project", "Project", "Projects of which usage is shown; plans are shown as a whole.",
				"label_values(statsig_up, project)").many(),
			choice("window", "Window", "The period that usage is of. Compare weeks by one of a fixed length, such as a day.",
				`label_values(statsig_up{project=~"$project"}, window)`).first("day"),
			choice("baseline", "Average of", "A longer window, whose average day is what is usual.",
				`label_values(statsig_up{project=~"$project", window!="$window"}, window)`).first("four_weeks"),
			choice("metric", "Metric", "The usage that is shown: columns of the report that are summed.",
				`label_values(statsig_report_value{project=~"$project"}, metric)`).first("statsig_usage_billable_events"),
			labelVariable(),
			choice("plan", "Plan", "Plans of the exporter's configuration.", "label_values(statsig_plan_base_fee, plan)").many(),
			amount("top", "Top", "How many of the largest are shown.", "10", "5", "20", "50"),
		}},
		Panels: layout(planSection(), usageSection(), topSection(), projectSection(), figuresSection()),
	}
}

// labelVariable offers the labels of the chosen metric that come from its
// report or its project. Those of the scrape, and those that are the same for
// all that is shown, are left out.
func labelVariable() variable {
	v := choice("label", "By", "The label, a column of the report, by which usage is broken down.", "label_names($metric)").first("event_name")
	v.Regex = `/^(?!(?:__name__|job|instance|window|container|endpoint|namespace|node|pod|prometheus|service)$).+$/`
	return v
}

func planSection() section {
	meter := "{{plan}}: {{meter}}"
	return section{10, "Plan: the running month", []*panel{
		stat(11, "Cost so far", "The base fee and what is past the allowance, this month to date.", query{"{{plan}} ({{currency}})", planCost()}).money(),
		stat(12, "Cost at month's end",
			"What the month will cost: use past the allowance goes on as forecast, at the average price it has had so far. "+
				"Unknown while nothing is past the allowance and something will be, since no price has been met yet.",
			query{"{{plan}} ({{currency}})", costForecast()}).money().set("noValue", "Not known yet"),
		stat(13, "Allowance used", "Units used this month, as a share of the included ones.",
			query{meter, planUsed() + " / " + planIncluded()}).share().steps("green", threshold{0.8, "orange"}, threshold{1, "red"}),
		stat(14, "Allowance at month's end",
			"Forecast of the units used at the end of the month, as a share of the included ones. With the recording rules it follows the rhythm of the week, without them the month goes on as it began.",
			query{meter, planForecast() + " / " + planIncluded()}).share().steps("green", threshold{0.9, "orange"}, threshold{1, "red"}),
		stat(15, "Allowance lasts for", "At the pace of this month; it may reach past the end of the month. 0 once nothing is left.",
			query{meter, daysLeft()}).unit("d").set("decimals", 1).steps("red", threshold{3, "orange"}, threshold{7, "green"}),
		stat(16, "Month known", "How much of the month the figures cover: up to the newest day with data.",
			query{"of the month", "max(" + monthElapsed() + `)`}).share(),
		series(17, "Use of the allowance", "Units used since the month began, what is included, and what the forecast was on each day.",
			query{meter + ", used", planUsed()},
			query{meter + ", included", planIncluded()},
			query{meter + ", forecast for the end of the month", planForecast()}).count().set("min", 0).every("1h", 400).
			override(object{"id": "byRegexp", "options": "/, included$/"}, object{
				"custom.lineStyle": object{"fill": "dash", "dash": []int{10, 10}}, "color": object{"mode": "fixed", "fixedColor": "red"},
			}).
			override(object{"id": "byRegexp", "options": "/, forecast /"}, object{"custom.lineStyle": object{"fill": "dot", "dash": []int{0, 8}}}),
		series(18, "Cost", "Month to date. It begins at the base fee, and rises once the allowance is used up.",
			query{"{{plan}} ({{currency}})", planCost()}).money().set("min", 0).every("1h", 400).custom(object{"fillOpacity": 20}),
		meterTable(),
	}}
}

func meterTable() *panel {
	return table(19, "Meters", "Everything that is metered, this month.",
		query{"", planUsed()}, query{"", planIncluded()}, query{"", planUsed() + " / " + planIncluded()},
		query{"", planForecast()}, query{"", planForecast() + " / " + planIncluded()}, query{"", daysLeft()}).
		size(24, 6).count().
		columns(heading{"plan", "Plan"}, heading{"meter", "Meter"}, heading{"Value #A", "Used"}, heading{"Value #B", "Included"},
			heading{"Value #C", "Share used"}, heading{"Value #D", "Forecast"}, heading{"Value #E", "Share, forecast"}, heading{"Value #F", "Lasts for"}).
		field("Share used", object{
			"unit": "percentunit", "decimals": 1, "min": 0, "max": 1, "custom.cellOptions": gauge(),
			"thresholds": steps("green", threshold{0.8, "orange"}, threshold{1, "red"}),
		}).
		field("Share, forecast", object{
			"unit": "percentunit", "decimals": 1, "custom.cellOptions": object{"type": "color-text"},
			"thresholds": steps("green", threshold{0.9, "orange"}, threshold{1, "red"}),
		}).
		field("Lasts for", object{"unit": "d", "decimals": 1})
}

func usageSection() section {
	return section{20, "Usage: $metric, window $window", []*panel{
		stat(21, "Usage", "All chosen projects, in the window that was read last.", query{"$metric", "sum(" + total(atPresent) + ")"}).count(),
		stat(22, "Since last week", "Against what was served a week ago: for a day, the same weekday.",
			query{"change", "sum(" + total(atPresent) + ") / (sum(" + total(weekAgo) + ") != 0) - 1"}).share().
			steps("green", threshold{0.25, "orange"}, threshold{1, "red"}).set("noValue", "No history yet"),
		stat(23, "Against the average", "The average day of this window against the average day of the window that is chosen as usual.",
			query{"change", "sum(" + perDay("$window") + ") / (sum(" + perDay("$baseline") + ") != 0) - 1"}).share().
			steps("green", threshold{0.25, "orange"}, threshold{1, "red"}),
		stat(24, "From", "Start of what the figures cover, for the project that is furthest behind.",
			query{"start", `1000 * min(statsig_usage_window_start_timestamp_seconds{project=~"$project", window="$window"})`}).unit("dateTimeAsIso"),
		stat(25, "To", "End of what the figures cover, exclusive, for the project that is furthest behind.",
			query{"end", `1000 * min(statsig_usage_window_end_timestamp_seconds{project=~"$project", window="$window"})`}).unit("dateTimeAsIso"),
		stat(26, "Projects with usage", "How many of the chosen projects have this usage.", query{"projects", "count(" + total(atPresent) + ")"}).count(),
		series(27, "Usage and a week before", "What was served at each time. A day's usage is served once it has ended and arrived, so that it stands to the right of its day.",
			query{"$metric", "sum(" + total(atPresent) + ")"},
			query{"a week before", "sum(" + total(weekAgo) + ")"}).count().set("min", 0).size(24, 8).every("1h", 400).
			field("a week before", object{
				"custom.lineStyle": object{"fill": "dash", "dash": []int{10, 10}}, "color": object{"mode": "fixed", "fixedColor": "text"},
			}),
	}}
}
