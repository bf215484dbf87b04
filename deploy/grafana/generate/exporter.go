package main

import "strings"

// exporterDashboard is for whoever runs the exporter.
func exporterDashboard() dashboard {
	return dashboard{
		UID: "statsig-exporter", Title: "Statsig / Exporter",
		Description: "Whether usage arrives: freshness, polls, requests to Statsig, what the reports hold, storage and the process.",
		Tags:        []string{"statsig", "exporter"}, SchemaVersion: schemaVersion, Version: 1, Editable: true, GraphTooltip: 1,
		Timezone: "browser", Refresh: "1m", Time: timeRange{"now-24h", "now"},
		Links:       []object{link("Usage and cost", "statsig-usage", "What is served")},
		Annotations: builtinAnnotations(),
		Templating: templating{List: []variable{
			datasourceVariable(),
			choice("job", "Job", "Scrape jobs that serve an exporter.", "label_values(statsig_exporter_build_info, job)").many(),
			choice("instance", "Instance", "Exporters of these jobs.",
				`label_values(statsig_exporter_build_info{job=~"$job"}, instance)`).many(),
			choice("project", "Project", "Projects of these exporters.",
				`label_values(statsig_project_info{job=~"$job", instance=~"$instance"}, project)`).many(),
			choice("window", "Window", "Windows of these projects.",
				`label_values(statsig_exporter_polls_total{job=~"$job", instance=~"$instance", project=~"$project"}, window)`).many(),
		}},
		Panels: layout(healthSection(), freshnessSection(), pollSection(), reportSection(), storageSection(), processSection()),
	}
}

// selected puts the chosen labels in the place of PROCESS, PROJECT and TARGET:
// of what belongs to a process, to a project, and to a project and window.
func selected(expr string) string {
	const process = `job=~"$job", instance=~"$instance"`
	const project = process + `, project=~"$project"`
	return strings.NewReplacer("PROCESS", process, "PROJECT", project, "TARGET", project+`, window=~"$window"`).
		Replace(strings.Join(strings.Fields(expr), " "))
}

// of is a query over what is chosen.
func of(legend, expr string) query { return query{legend, selected(expr)} }

// none is good: from one on, the figure has a colour.
func (p *panel) none() *panel { return p.count().steps("green", threshold{1, "red"}) }

func healthSection() section {
	return section{100, "Now", []*panel{
		stat(101, "Exporters that are down", "Targets of these jobs that Prometheus cannot scrape.",
			of("down", `count(up{PROCESS} == 0) or vector(0)`)).none(),
		stat(102, "Failing", "Projects and windows whose last poll failed. What they served before is still served.",
			of("failing", `count(statsig_up{TARGET} == 0) or vector(0)`)).none(),
		stat(103, "Overdue", "Projects and windows whose next poll should have begun five minutes ago.",
			of("overdue", `count(time() - statsig_exporter_poll_next_timestamp_seconds{TARGET} > 300) or vector(0)`)).none(),
		stat(104, "Polls that succeeded in a day", "Of those that ended in the last 24 hours, or since the start where none did. Those without data are left out: what is asked for too early is asked for again.",
			of("succeeded", `
				sum(increase(statsig_exporter_polls_total{TARGET, result="success"}[1d])) / (sum(increase(statsig_exporter_polls_total{TARGET, result!="no_data"}[1d])) > 0)
				or sum(statsig_exporter_polls_total{TARGET, result="success"}) / sum(statsig_exporter_polls_total{TARGET, result!="no_data"})`)).
			share().steps("red", threshold{0.5, "orange"}, threshold{0.9, "green"}),
		stat(105, "Configuration", "Whether every exporter runs with the configuration that is in its file.",
			of("configuration", `min(statsig_exporter_config_last_reload_successful{PROCESS})`)).unit("none").
			set("mappings", mapped("Refused", "red", "Current", "green")).steps("red", threshold{1, "green"}),
		stat(106, "Storage errors in a day", "Stored reports that could not be read, and reports that could not be stored.",
			of("errors", `sum(increase(statsig_exporter_storage_errors_total{PROCESS}[1d]))`)).none(),
		targetTable(),
		instanceTable(),
	}}
}

// mapped names the values 0 and 1.
func mapped(zero, zeroColor, one, oneColor string) []object {
	return []object{{"type": "value", "options": object{
		"0": object{"text": zero, "color": zeroColor, "index": 0}, "1": object{"text": one, "color": oneColor, "index": 1},
	}}}
}

func targetTable() *panel {
	return table(107, "Projects and windows", "State of each poll, and of what is served.",
		of("", `statsig_up{TARGET}`),
		of("", `time() - statsig_exporter_poll_last_success_timestamp_seconds{TARGET}`),
		of("", `statsig_exporter_poll_next_timestamp_seconds{TARGET} - time()`),
		of("", `1000 * statsig_usage_window_end_timestamp_seconds{TARGET}`),
		of("", `statsig_exporter_report_rows{TARGET}`),
		of("", `statsig_exporter_series{TARGET}`),
		of("", `statsig_exporter_series_folded{TARGET} + statsig_exporter_series_dropped{TARGET}`),
		of("", `sum without (reason) (statsig_exporter_report_skipped{TARGET})`)).
		size(24, 9).count().
		columns(heading{"project", "Project"}, heading{"window", "Window"}, heading{"instance", "Instance"}, heading{"Value #A", "Last poll"},
			heading{"Value #B", "Last good poll"}, heading{"Value #C", "Next poll in"}, heading{"Value #D", "Usage until"},
			heading{"Value #E", "Rows"}, heading{"Value #F", "Series"}, heading{"Value #G", "Folded or dropped"}, heading{"Value #H", "Cells skipped"},
			heading{"__name__", ""}).
		field("Last poll", object{"mappings": mapped("Failed", "red", "Good", "green"), "custom.cellOptions": object{"type": "color-text"}}).
		field("Last good poll", object{
			"unit": "s", "decimals": 0, "custom.cellOptions": object{"type": "color-text"},
			"thresholds": steps("green", threshold{3 * 3600, "orange"}, threshold{12 * 3600, "red"}),
		}).
		field("Next poll in", object{
			"unit": "s", "decimals": 0, "custom.cellOptions": object{"type": "color-text"},
			"thresholds": steps("red", threshold{-300, "text"}),
		}).
		field("Usage until", object{"unit": "dateTimeAsIso"}).
		field("Folded or dropped", noneIsGood()).
		field("Cells skipped", noneIsGood())
}

// noneIsGood colours a column's cells once there is anything in them.
func noneIsGood() object {
	return object{"custom.cellOptions": object{"type": "color-text"}, "thresholds": steps("text", threshold{1, "red"})}
}

func instanceTable() *panel {
	return table(108, "Exporters", "What runs, and since when.",
		of("", `statsig_exporter_build_info{PROCESS}`),
		of("", `time() - process_start_time_seconds{PROCESS} and on (job, instance) statsig_exporter_build_info`),
		of("", `count by (job, instance) (statsig_project_info{PROCESS})`),
		of("", `time() - statsig_exporter_config_last_reload_success_timestamp_seconds{PROCESS}`)).
		size(24, 6).count().
		columns(heading{"job", "Job"}, heading{"instance", "Instance"}, heading{"version", "Version"}, heading{"revision", "Revision"},
			heading{"goversion", "Go"}, heading{"Value #B", "Running for"}, heading{"Value #C", "Projects"}, heading{"Value #D", "Configuration read"},
			heading{"Value #A", ""}, heading{"__name__", ""}, heading{"branch", ""}, heading{"goarch", ""}, heading{"goos", ""}, heading{"tags", ""}).
		field("Running for", object{"unit": "s", "decimals": 0}).
		field("Configuration read", object{"unit": "s", "decimals": 0})
}
