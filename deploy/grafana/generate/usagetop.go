package main

func topSection() section {
	now := byLabel(atPresent)
	return section{30, "What it is made of: by $label", []*panel{
		bars(31, "Top $top by $label", "The largest, in the window that was read last. “other” is what the exporter folded past its limit of series.",
			query{"{{$label}}", fill("sort_desc(topk($top, NOW))", "NOW", now)}).count(),
		changeTable(now),
		series(33, "Top $top by $label, over time", "Those that are the largest at the end of the time shown.",
			query{"{{$label}}", fill("NOW and on ($label) topk($top, LAST)", "NOW", now, "LAST", byLabel(atTheEnd))}).
			count().size(24, 9).every("1h", 200).custom(object{"lineWidth": 1}),
		unusualTable(),
		table(35, "Largest series", "Whole series, by all of their labels, whatever these are called.",
			query{"", `topk($top, max without (job, instance, pod) ($metric{project=~"$project", window="$window"}))`}).
			count().headings(heading{"Value", "Usage"}, heading{"project", "Project"}, heading{"window", ""}).sorted("Usage").
			field("Usage", object{"custom.cellOptions": gauge(), "min": 0, "color": object{"mode": "fixed", "fixedColor": "blue"}}),
	}}
}

// changeTable compares with a week ago. It needs a week of history.
func changeTable(now string) *panel {
	c := changeByLabel()
	return table(32, "What changed since last week", "Those whose usage changed most, against what was served a week ago. What is new had nothing then, what is gone has nothing now. Needs a week of history.",
		query{"", c.of(c.now)}, query{"", c.of(c.before)},
		query{"", c.of(fill("(NOW - BEFORE)", "NOW", c.now, "BEFORE", c.before))},
		query{"", c.of(fill("(NOW / (BEFORE > 0) - 1)", "NOW", now, "BEFORE", byLabel(weekAgo)))}).
		size(12, 12).count().
		headings(heading{"Value #A", "Now"}, heading{"Value #B", "A week ago"}, heading{"Value #C", "Change"}, heading{"Value #D", "Change, %"}).
		sorted("Change").set("noValue", "–").
		field("Change", object{"custom.cellOptions": object{"type": "color-text"}, "thresholds": steps("green", threshold{0, "orange"})}).
		field("Change, %", object{"unit": "percentunit", "decimals": 0, "custom.cellOptions": object{"type": "color-text"}, "thresholds": growth()})
}

// unusualTable compares with a longer window, and needs no history.
func unusualTable() *panel {
	now, usual := perDay("$window"), perDay("$baseline")
	largest := fill(" and on ($label) topk($top, NOW)", "NOW", now)
	return table(34, "Against the average of window $baseline", "The largest, a day: in the chosen window and on the average day of the longer one. It works from the first poll on.",
		query{"", now + largest}, query{"", usual + largest}, query{"", fill("(NOW / (USUAL > 0) - 1)", "NOW", now, "USUAL", usual) + largest}).
		count().headings(heading{"Value #A", "A day"}, heading{"Value #B", "On average"}, heading{"Value #C", "Difference"}).
		sorted("Difference").set("noValue", "–").
		field("Difference", object{"unit": "percentunit", "decimals": 0, "custom.cellOptions": object{"type": "color-text"}, "thresholds": growth()})
}

func projectSection() section {
	return section{40, "Projects", []*panel{
		projectTable(),
		series(42, "Usage by project", "What was served at each time, in window $window.", query{"{{project}}", total(atPresent)}).
			count().stacked("line").set("min", 0).every("1h", 400),
		series(43, "Use of the plan by project", "Units used since the month began, each project's share of the allowance.",
			query{"{{plan}}: {{meter}}, {{project}}", planProjects()}).count().stacked("line").set("min", 0).every("1h", 400),
	}}
}

// projectTable leads to the dashboard of one project.
func projectTable() *panel {
	return table(41, "Projects", "A click on a project shows it alone. Labels of the configuration stand beside it.",
		query{"", `max without (job, instance, pod) (statsig_project_info{project=~"$project"})`},
		query{"", total(atPresent)}, query{"", total(weekAgo)},
		query{"", total(atPresent) + " / (" + total(weekAgo) + " != 0) - 1"},
		query{"", total(atPresent) + " / on () group_left () (sum(" + total(atPresent) + ") != 0)"}).
		size(24, 8).count().
		columns(heading{"project", "Project"}, heading{"Value #A", ""}, heading{"Value #B", "Usage"}, heading{"Value #C", "A week ago"},
			heading{"Value #D", "Change, %"}, heading{"Value #E", "Share of all"}).
		sorted("Usage").set("noValue", "–").
		field("Project", object{"links": []object{{
			"title": "Show ${__value.raw} alone", "targetBlank": false,
			"url": "/d/statsig-usage?${__url_time_range}&${datasource:queryparam}&${window:queryparam}&${baseline:queryparam}" +
				"&${metric:queryparam}&${label:queryparam}&${plan:queryparam}&${top:queryparam}&var-project=${__value.raw:percentencode}",
		}}}).
		field("Change, %", object{"unit": "percentunit", "decimals": 0, "custom.cellOptions": object{"type": "color-text"}, "thresholds": growth()}).
		field("Share of all", object{"unit": "percentunit", "decimals": 1, "min": 0, "max": 1, "custom.cellOptions": gauge(), "color": object{"mode": "fixed", "fixedColor": "blue"}})
}

// figuresSection says how far the figures above can be trusted.
func figuresSection() section {
	return section{50, "Whether the figures hold", []*panel{
		stat(51, "Last good poll", "How long ago the figures of the project that is furthest behind were read.",
			query{"ago", `time() - min(max by (project) (statsig_exporter_poll_last_success_timestamp_seconds{project=~"$project", window="$window"}))`}).
			unit("s").set("decimals", 0).steps("green", threshold{3 * 3600, "orange"}, threshold{12 * 3600, "red"}),
		stat(52, "Cells left out", "Cells and rows of the reports that could not be used, and are missing from the figures.",
			query{"cells", `sum(max by (project, reason) (statsig_exporter_report_skipped{project=~"$project", window="$window"}))`}).
			count().steps("green", threshold{1, "orange"}),
		stat(53, "Difference to the report", "What the series add up to, less the total of the report. It is 0, unless series past the limit are dropped by configuration.",
			query{"$metric", fill(`sum(sum by (project) (max without (job, instance, pod) ($metric{project=~"$project", window="$window"})) - TOTAL)`, "TOTAL", total(atPresent))}).
			unit("short").set("decimals", 0).steps("orange", threshold{-1, "green"}, threshold{1, "orange"}),
		series(54, "Restated", "By how much a poll changed the total of a period that had ended and been served. It is 0 until Statsig corrects one.",
			query{"{{project}}, {{window}}: {{metric}}", `max by (project, window, metric) (statsig_usage_restated{project=~"$project"})`}).count().every("1h", 400),
	}}
}
