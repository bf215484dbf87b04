package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

const eachTarget = "{{project}}, {{window}}"

func freshnessSection(d *dashboard.DashboardBuilder) {
	section(d, 200, "Freshness",
		smooth(newGraph(201, "Time since the last good poll", "It rises while polls fail and only a success resets it. The exporter serves the older figures meanwhile.",
			of(eachTarget, `min by (project, window) (time() - statsig_exporter_poll_last_success_timestamp_seconds{TARGET})`)).Unit("s").Min(0)),
		smooth(newGraph(202, "Age of usage", "How long ago the served period ended. A day can be two days old plus the time that Statsig takes.",
			of(eachTarget, `min by (project, window) (time() - statsig_usage_window_end_timestamp_seconds{TARGET})`)).Unit("s").Min(0)),
		smooth(newGraph(203, "Age of the newest time in the reports", "From the latest time in a report with a time column. It lags while Statsig is still collecting data.",
			of(eachTarget, `min by (project, window) (time() - statsig_usage_newest_timestamp_seconds{TARGET})`)).Unit("s").Min(0)),
		smooth(newGraph(204, "Time until the next poll", "Below 0, the poll is overdue.",
			of(eachTarget, `max by (project, window) (statsig_exporter_poll_next_timestamp_seconds{TARGET} - time())`)).Unit("s")))
}

func pollSection(d *dashboard.DashboardBuilder) {
	section(d, 300, "Polls and requests to Statsig",
		inColors(counted(newGraph(301, "Polls by result", "Finished polls. No data is normal while a period has ended and its data has not arrived.",
			of("{{result}}", `sum by (result) (increase(statsig_exporter_polls_total{TARGET}[$__rate_interval]))`))),
			[2]string{"success", "green"}, [2]string{"no_data", "blue"}, [2]string{"unauthorized", "dark-red"}, [2]string{"forbidden", "red"},
			[2]string{"rate_limited", "orange"}),
		newGraph(302, "Duration of polls", "Includes retries and walking back.",
			of("99th percentile", quantile("0.99")), of("95th percentile", quantile("0.95")), of("median", quantile("0.5"))).
			Unit("s").Min(0),
		inColors(counted(newGraph(303, "Requests by status", "HTTP requests sent, including retries and walking back. Statsig answers 400 when it has no data.",
			of("{{code}}", `sum by (code) (increase(statsig_exporter_api_requests_total{PROJECT}[$__rate_interval]))`))),
			[2]string{"200", "green"}, [2]string{"400", "blue"}, [2]string{"429", "orange"}, [2]string{"error", "red"}),
		smooth(colored(count(newGraph(304, "Requests in 15 minutes", "By project. Statsig allows each key 900 in 15 minutes, and projects may share a key.",
			of("{{project}}", `sum by (project) (increase(statsig_exporter_api_requests_total{PROJECT}[15m]))`))).Min(0),
			"green", threshold{900, "red"})))
}

// counted shows how often something happened in each interval.
func counted(p *timeseries.PanelBuilder) *timeseries.PanelBuilder {
	return stacked(p, common.GraphDrawStyleBars).Unit("short").Min(0).Interval("15m").MaxDataPoints(200)
}

// inColors gives each series the colour that a pair names.
func inColors(p *timeseries.PanelBuilder, pairs ...[2]string) *timeseries.PanelBuilder {
	for _, pair := range pairs {
		field(p, pair[0], object{"color": object{"mode": "fixed", "fixedColor": pair[1]}})
	}
	return p
}

// quantile of the duration of polls, from whichever buckets Prometheus keeps:
// classic or native.
func quantile(q string) string {
	return fill(`histogram_quantile(Q, sum by (le) (rate(statsig_exporter_poll_duration_seconds_bucket{TARGET}[6h])))
		or histogram_quantile(Q, sum(rate(statsig_exporter_poll_duration_seconds{TARGET}[6h])))`, "Q", q)
}

func reportSection(d *dashboard.DashboardBuilder) {
	each := func(id uint32, title, description, metric string) *timeseries.PanelBuilder {
		return count(newGraph(id, title, description, of(eachTarget, `max by (project, window) (`+metric+`)`))).Min(0)
	}
	section(d, 400, "Reports",
		each(401, "Rows", "Rows of the served report.", `statsig_exporter_report_rows{TARGET}`),
		newGraph(402, "Size", "Bytes of the served report, decompressed.", of(eachTarget, `max by (project, window) (statsig_exporter_report_bytes{TARGET})`)).Unit("bytes").Min(0),
		each(403, "Series", "Series served. A series counts once, however many value columns it has.", `statsig_exporter_series{TARGET}`),
		count(newGraph(404, "Series past the limit", "Folded into one, so that sums hold, or dropped if the configuration says so. A report with more than twenty times the limit is rejected.",
			of(eachTarget+", folded", `max by (project, window) (statsig_exporter_series_folded{TARGET})`),
			of(eachTarget+", dropped", `max by (project, window) (statsig_exporter_series_dropped{TARGET})`))).Min(0),
		count(newGraph(405, "Cells and rows skipped", "Unusable parts of the served report, by reason. The figures lack them.",
			of("{{reason}}, "+eachTarget, `max by (reason, project, window) (statsig_exporter_report_skipped{TARGET})`))).Min(0),
		count(newGraph(406, "Columns by role", "Columns of the served report. A change of roles changes the names of metrics or labels.",
			of("{{role}}, "+eachTarget, `max by (role, project, window) (statsig_exporter_schema_columns{TARGET})`))).Min(0),
		each(407, "Changes of roles", "Reports per day whose columns changed roles.", `increase(statsig_exporter_schema_changes_total{TARGET}[1d])`),
		newGraph(408, "Restated", "How much the last poll changed the total of a period that had ended and been served.",
			of("{{project}}, {{window}}: {{metric}}", `max by (project, window, metric) (statsig_usage_restated{PROJECT})`)).Unit("short"))
}

func storageSection(d *dashboard.DashboardBuilder) {
	section(d, 500, "Storage and configuration",
		count(newGraph(501, "Storage errors", "Per hour. After save errors, a restart brings back older reports or none. After load errors, a stored report has been set aside.",
			of("{{operation}}, {{instance}}", `sum by (operation, instance) (increase(statsig_exporter_storage_errors_total{PROCESS}[1h]))`))).Min(0),
		smooth(newGraph(502, "Time since the configuration was read", "A successful reload resets it to 0.",
			of("{{instance}}", `time() - statsig_exporter_config_last_reload_success_timestamp_seconds{PROCESS}`)).Unit("s").Min(0)))
}

func processSection(d *dashboard.DashboardBuilder) {
	// Every process has these metrics: keep the exporters.
	own := func(legend, expr string) query {
		return of(legend, expr+` and on (job, instance) statsig_exporter_build_info`)
	}
	section(d, 600, "Process",
		newGraph(601, "CPU", "Cores in use.", own("{{instance}}", `rate(process_cpu_seconds_total{PROCESS}[$__rate_interval])`)).Unit("none").Min(0),
		newGraph(602, "Memory", "Resident memory, the live heap, and the garbage collector's limit if there is one.",
			own("{{instance}}, resident", `process_resident_memory_bytes{PROCESS}`),
			own("{{instance}}, heap", `go_memstats_heap_alloc_bytes{PROCESS}`),
			own("{{instance}}, limit", `go_gc_gomemlimit_bytes{PROCESS} < 1e15`)).Unit("bytes").Min(0),
		count(newGraph(603, "Goroutines", "They should not rise over time.", own("{{instance}}", `go_goroutines{PROCESS}`))).Min(0),
		newGraph(604, "Garbage collection", "Share of time spent in pauses.",
			own("{{instance}}", `rate(go_gc_duration_seconds_sum{PROCESS}[$__rate_interval])`)).Unit("percentunit").Min(0),
		colored(share(newGraph(605, "File descriptors", "Open ones, as a share of the limit.",
			own("{{instance}}", `process_open_fds{PROCESS} / process_max_fds{PROCESS}`))).Min(0), "green", threshold{0.8, "red"}).AxisSoftMax(0.01).
			ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed)),
		newGraph(606, "Network", "Bytes per second that the process, or its container, receives and sends.",
			own("{{instance}}, received", `rate(process_network_receive_bytes_total{PROCESS}[$__rate_interval])`),
			own("{{instance}}, sent", `rate(process_network_transmit_bytes_total{PROCESS}[$__rate_interval])`)).Unit("Bps").Min(0),
		newGraph(607, "Duration of scrapes", "As Prometheus sees them. No scrape waits for Statsig.",
			own("{{instance}}", `scrape_duration_seconds{PROCESS}`)).Unit("s").Min(0),
		count(newGraph(608, "Samples of a scrape", "How many samples Prometheus stores.", own("{{instance}}", `scrape_samples_scraped{PROCESS}`))).Min(0))
}
