package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

func topSection(d *dashboard.DashboardBuilder) {
	now := byLabel(atPresent)
	section(d, 30, "What it is made of: by $label",
		count(newBars(31, "Top $top by $label", "The largest in the newest window. “other” is usage that the exporter folded past its series limit.",
			query{"{{$label}}", fill("sort_desc(topk($top, NOW))", "NOW", now)})),
		changeTable(now),
		count(newGraph(33, "Top $top by $label, over time", "The largest at the end of the time range.",
			query{"{{$label}}", fill("NOW and on ($label) topk($top, LAST)", "NOW", now, "LAST", byLabel(atTheEnd))})).
			Span(24).Height(9).Interval("1h").MaxDataPoints(200).LineWidth(1),
		unusualTable(),
		largestTable())
}

// changeTable compares with a week ago. It needs a week of history.
func changeTable(now string) *table.PanelBuilder {
	c := changeByLabel()
	p := count(newTable(32, "What changed since last week", "The largest changes since a week ago. What is new counts as 0 before, what is gone as 0 now. Needs a week of history.",
		query{"", c.of(c.now)}, query{"", c.of(c.before)},
		query{"", c.of(fill("(NOW - BEFORE)", "NOW", c.now, "BEFORE", c.before))},
		query{"", c.of(fill("(NOW / (BEFORE > 0) - 1)", "NOW", now, "BEFORE", byLabel(weekAgo)))})).
		Height(12).NoValue("Known after a week")
	headed(p, heading{"Value #A", "Now"}, heading{"Value #B", "A week ago"}, heading{"Value #C", "Change"}, heading{"Value #D", "Change, %"})
	field(p, "Change", inColor("locale", 0, thresholds("green", threshold{0, "orange"})))
	field(p, "Change, %", inColor("percentunit", 0, growth()))
	return descending(p, "Change")
}

// unusualTable compares with a longer window. It needs no history.
func unusualTable() *table.PanelBuilder {
	now, usual := perDay("$window"), perDay("$baseline")
	largest := fill(" and on ($label) topk($top, NOW)", "NOW", now)
	p := count(newTable(34, "Against the average of window $baseline", "The largest per day, in the chosen window and on the average day of the baseline. It works from the first poll on.",
		query{"", now + largest}, query{"", usual + largest}, query{"", fill("(NOW / (USUAL > 0) - 1)", "NOW", now, "USUAL", usual) + largest})).NoValue("No longer window: add {name: four_weeks, period: 28d}")
	headed(p, heading{"Value #A", "A day"}, heading{"Value #B", "On average"}, heading{"Value #C", "Difference"})
	field(p, "Difference", inColor("percentunit", 0, growth()))
	return descending(p, "Difference")
}

func largestTable() *table.PanelBuilder {
	p := count(newTable(35, "Largest series", "Series with all of their labels.",
		query{"", `topk($top, max without (job, instance, pod) ($metric{PROCESS, project=~"$project", window="$window"}))`}))
	headed(p, heading{"Value", "Usage"}, heading{"project", "Project"}, heading{"window", ""})
	field(p, "Usage", asBar(object{"min": 0, "color": inBlue()}))
	return descending(p, "Usage")
}

// projectTable shows one project alone after a click on its name.
func projectTable() *table.PanelBuilder {
	p := count(newTable(41, "Projects", "A click on a project shows it alone. The labels from its configuration stand beside it.",
		query{"", `max without (job, instance, pod) (statsig_project_info{PROCESS, project=~"$project"})`},
		query{"", total(atPresent)}, query{"", total(weekAgo)},
		query{"", total(atPresent) + " / (" + total(weekAgo) + " != 0) - 1"},
		query{"", total(atPresent) + " / on () group_left () (sum(" + total(atPresent) + ") != 0)"},
		query{"", `min by (project) (statsig_up{PROCESS, project=~"$project"})`})).
		Span(24).Height(8)
	ordered(p, heading{"project", "Project"}, heading{"Value #A", ""}, heading{"Value #B", "Usage"}, heading{"Value #C", "A week ago"},
		heading{"Value #D", "Change, %"}, heading{"Value #E", "Share of all"}, heading{"Value #F", "Polls"})
	field(p, "Polls", object{"mappings": mapped("Failing", "Good"), "custom.cellOptions": object{"type": "color-text"}})
	field(p, "Project", object{"links": []object{{
		"title": "Show ${__value.raw} alone", "targetBlank": false,
		"url": "/d/statsig-usage?${__url_time_range}&${datasource:queryparam}&${window:queryparam}&${baseline:queryparam}" +
			"&${metric:queryparam}&${label:queryparam}&${plan:queryparam}&${top:queryparam}&${job:queryparam}&${instance:queryparam}&var-project=${__value.raw:percentencode}",
	}}})
	field(p, "Change, %", inColor("percentunit", 0, growth()))
	field(p, "Share of all", asBar(object{"unit": "percentunit", "decimals": 1, "min": 0, "max": 1, "color": inBlue()}))
	return descending(p, "Usage")
}

// figuresSection shows how far to trust the figures above.
func figuresSection(d *dashboard.DashboardBuilder) {
	section(d, 50, "Whether the figures hold",
		colored(newStat(51, "Last good poll", "Age of the figures, for the project that is furthest behind.",
			query{"ago", `time() - min(max by (project) (statsig_exporter_poll_last_success_timestamp_seconds{PROCESS, project=~"$project", window="$window"}))`}).
			Unit("s").Decimals(0), "green", threshold{3 * 3600, "orange"}, threshold{12 * 3600, "red"}),
		colored(count(newStat(52, "Cells left out", "Cells and rows of the reports that could not be used. The figures lack them.",
			query{"cells", `sum(max by (project, reason) (statsig_exporter_report_skipped{PROCESS, project=~"$project", window="$window"}))`})),
			"green", threshold{1, "orange"}),
		colored(newStat(53, "Difference to the report", "The sum of the series minus the report's total. It is 0 unless the configuration drops series past the limit.",
			query{"$metric", fill(`sum(sum by (project) (max without (job, instance, pod) ($metric{PROCESS, project=~"$project", window="$window"})) - TOTAL)`, "TOTAL", total(atPresent))}).
			Unit("short").Decimals(0), "orange", threshold{-1, "green"}, threshold{1, "orange"}),
		count(newGraph(54, "Restated in a day", "Usage that polls of 24 hours added to or took from periods that had ended and been served. It is 0 until Statsig corrects one.",
			query{"{{project}}, {{window}}: {{metric}}", `max by (project, window, metric) (increase(statsig_exporter_usage_restated_total{PROCESS, project=~"$project"}[1d]))`})).
			Interval("1h").MaxDataPoints(400),
		zeroIsGood(newStat(55, "Failing projects", "Projects of which a window's last poll failed. Their older figures stay.",
			query{"failing", `count(min by (project) (statsig_up{PROCESS, project=~"$project"}) == 0) or vector(0)`})),
		colored(share(newStat(56, "Usage without an owner", "Usage whose keys a file of owners has no row for, in window $window, of the project with the most.",
			query{"{{lookup}}", `max by (lookup) (statsig_exporter_lookup_unmatched_usage_ratio{PROCESS, project=~"$project", window="$window"})`})),
			"green", threshold{0.05, "orange"}).NoValue("No lookups"))
}
