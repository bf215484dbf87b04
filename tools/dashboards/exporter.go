package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

// exporterDashboard is for those who run the exporter.
func exporterDashboard() *dashboard.DashboardBuilder {
	d := newDashboard("statsig-exporter", "Statsig / Exporter",
		"Whether usage arrives: freshness, polls, requests to Statsig, reports, storage and the process.",
		linkTo("statsig-usage", "Usage and cost", "What the exporter serves")).
		Tags([]string{"statsig", "exporter"}).Refresh("1m").Time("now-24h", "now").
		WithVariable(sourceVariable())
	processVariables(d)
	d.WithVariable(choices("project", "Project", "Projects of these exporters.", "label_values(statsig_project_info{"+process+"}, project)")).
		WithVariable(choices("window", "Window", "Windows of these projects.",
			"label_values(statsig_exporter_polls_total{"+process+`, project=~"$project"}, window)`))
	healthSection(d)
	freshnessSection(d)
	pollSection(d)
	reportSection(d)
	storageSection(d)
	processSection(d)
	return d
}

// of is a query in which PROJECT and TARGET stand for matchers of the projects of the
// chosen exporters, and of the windows of these projects.
func of(legend, expr string) query {
	const project = `PROCESS, project=~"$project"`
	return query{legend, fill(expr, "PROJECT", project, "TARGET", project+`, window=~"$window"`)}
}

// zeroIsGood colours a count that is not 0.
func zeroIsGood(p *stat.PanelBuilder) *stat.PanelBuilder {
	return colored(count(p), "green", threshold{1, "red"})
}

func healthSection(d *dashboard.DashboardBuilder) {
	section(d, 100, "Now",
		zeroIsGood(newStat(101, "Exporters that are down", "Targets of these jobs that Prometheus cannot scrape.",
			of("down", `count(up{PROCESS} == 0) or vector(0)`))),
		zeroIsGood(newStat(102, "Failing", "Projects and windows whose last poll failed. The exporter still serves their older values.",
			of("failing", `count(statsig_up{TARGET} == 0) or vector(0)`))),
		zeroIsGood(newStat(103, "Overdue", "Projects and windows whose next poll should have started at least five minutes ago.",
			of("overdue", `count(time() - statsig_exporter_poll_next_timestamp_seconds{TARGET} > 300) or vector(0)`))),
		colored(share(newStat(104, "Polls that succeeded in a day", "Share of the polls in the last 24 hours, or since the start if there were none. Polls without data do not count: the exporter simply asks again later.",
			of("succeeded", `
				sum(increase(statsig_exporter_polls_total{TARGET, result="success"}[1d])) / (sum(increase(statsig_exporter_polls_total{TARGET, result!="no_data"}[1d])) > 0)
				or sum(statsig_exporter_polls_total{TARGET, result="success"}) / sum(statsig_exporter_polls_total{TARGET, result!="no_data"})`))),
			"red", threshold{0.5, "orange"}, threshold{0.9, "green"}),
		colored(newStat(105, "Configuration", "Whether every exporter runs with its current configuration file.",
			of("configuration", `min(statsig_exporter_config_last_reload_successful{PROCESS})`)).Unit("none").
			Mappings(mapped("Refused", "Current")), "red", threshold{1, "green"}),
		zeroIsGood(newStat(106, "Storage errors in a day", "Stored reports that could not be read, and reports that could not be stored.",
			of("errors", `sum(increase(statsig_exporter_storage_errors_total{PROCESS}[1d]))`))),
		targetTable(),
		instanceTable())
}

// mapped replaces 0 and 1 by words in red and green.
func mapped(zero, one string) []dashboard.ValueMapping {
	return []dashboard.ValueMapping{{ValueMap: &dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: map[string]dashboard.ValueMappingResult{
		"0": {Text: &zero, Color: cog.ToPtr("red"), Index: cog.ToPtr[int32](0)},
		"1": {Text: &one, Color: cog.ToPtr("green"), Index: cog.ToPtr[int32](1)},
	}}}}
}

func targetTable() *table.PanelBuilder {
	p := count(newTable(107, "Projects and windows", "State of each poll and of the served report.",
		of("", `statsig_up{TARGET}`),
		of("", `time() - statsig_exporter_poll_last_success_timestamp_seconds{TARGET}`),
		of("", `statsig_exporter_poll_next_timestamp_seconds{TARGET} - time()`),
		of("", `1000 * statsig_usage_window_end_timestamp_seconds{TARGET}`),
		of("", `statsig_exporter_report_rows{TARGET}`),
		of("", `statsig_exporter_series{TARGET}`),
		of("", `statsig_exporter_series_folded{TARGET} + statsig_exporter_series_dropped{TARGET}`),
		of("", `sum without (reason) (statsig_exporter_report_skipped{TARGET})`))).Span(24).Height(9)
	ordered(p, heading{"project", "Project"}, heading{"window", "Window"}, heading{"instance", "Instance"}, heading{"Value #A", "Last poll"},
		heading{"Value #B", "Last good poll"}, heading{"Value #C", "Next poll in"}, heading{"Value #D", "Usage until"},
		heading{"Value #E", "Rows"}, heading{"Value #F", "Series"}, heading{"Value #G", "Folded or dropped"}, heading{"Value #H", "Cells skipped"},
		heading{"__name__", ""})
	field(p, "Last poll", object{"mappings": mapped("Failed", "Good"), "custom.cellOptions": object{"type": "color-text"}})
	field(p, "Last good poll", inColor("s", 0, thresholds("green", threshold{3 * 3600, "orange"}, threshold{12 * 3600, "red"})))
	field(p, "Next poll in", inColor("s", 0, thresholds("red", threshold{-300, "text"})))
	field(p, "Usage until", object{"unit": "dateTimeAsIso"})
	field(p, "Folded or dropped", inColor("locale", 0, thresholds("text", threshold{1, "red"})))
	return field(p, "Cells skipped", inColor("locale", 0, thresholds("text", threshold{1, "red"})))
}

func instanceTable() *table.PanelBuilder {
	p := count(newTable(108, "Exporters", "What runs, and since when.",
		of("", `statsig_exporter_build_info{PROCESS}`),
		of("", `time() - process_start_time_seconds{PROCESS} and on (job, instance) statsig_exporter_build_info`),
		of("", `count by (job, instance) (statsig_project_info{PROCESS})`),
		of("", `time() - statsig_exporter_config_last_reload_success_timestamp_seconds{PROCESS}`))).Span(24).Height(6)
	ordered(p, heading{"job", "Job"}, heading{"instance", "Instance"}, heading{"version", "Version"}, heading{"revision", "Revision"},
		heading{"goversion", "Go"}, heading{"Value #B", "Running for"}, heading{"Value #C", "Projects"}, heading{"Value #D", "Configuration read"},
		heading{"Value #A", ""}, heading{"__name__", ""}, heading{"branch", ""}, heading{"goarch", ""}, heading{"goos", ""}, heading{"tags", ""})
	field(p, "Running for", object{"unit": "s", "decimals": 0})
	return field(p, "Configuration read", object{"unit": "s", "decimals": 0})
}
