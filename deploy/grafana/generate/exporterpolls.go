package main

func freshnessSection() section {
	target := "{{project}}, {{window}}"
	return section{200, "Freshness", []*panel{
		series(201, "Time since the last good poll", "It rises while polls fail; the figures of before are served meanwhile. Only a success sets it back.",
			of(target, `min by (project, window) (time() - statsig_exporter_poll_last_success_timestamp_seconds{TARGET})`)).unit("s").set("min", 0).custom(smooth()),
		series(202, "Age of usage", "How long ago what is served ended: for a day, up to two days and the time that Statsig takes.",
			of(target, `min by (project, window) (time() - statsig_usage_window_end_timestamp_seconds{TARGET})`)).unit("s").set("min", 0).custom(smooth()),
		series(203, "Age of the newest time in the reports", "The greatest time within a report, if it has a column of times; it lags behind while Statsig still gathers.",
			of(target, `min by (project, window) (time() - statsig_usage_newest_timestamp_seconds{TARGET})`)).unit("s").set("min", 0).custom(smooth()),
		series(204, "Time until the next poll", "Below 0 it is overdue.",
			of(target, `max by (project, window) (statsig_exporter_poll_next_timestamp_seconds{TARGET} - time())`)).unit("s").custom(smooth()),
	}}
}

// smooth draws what passes with time, and does not hold until the next poll.
func smooth() object { return object{"lineInterpolation": "linear", "lineWidth": 1} }

func pollSection() section {
	return section{300, "Polls and requests to Statsig", []*panel{
		series(301, "Polls by result", "Polls that ended. No data is usual while a period has ended and not yet arrived.",
			of("{{result}}", `sum by (result) (increase(statsig_exporter_polls_total{TARGET}[$__rate_interval]))`)).
			unit("short").set("min", 0).stacked("bars").every("15m", 200).
			field("success", fixed("green")).field("no_data", fixed("blue")).field("unauthorized", fixed("dark-red")).field("forbidden", fixed("red")).
			field("rate_limited", fixed("orange")),
		series(302, "Duration of polls", "Retries and walking back included.",
			of("99th percentile", quantile("0.99")), of("95th percentile", quantile("0.95")), of("median", quantile("0.5"))).
			unit("s").set("min", 0),
		series(303, "Requests by status", "HTTP requests that were sent, retries and walking back included. 400 is what Statsig answers where it has no data.",
			of("{{code}}", `sum by (code) (increase(statsig_exporter_api_requests_total{PROJECT}[$__rate_interval]))`)).
			unit("short").set("min", 0).stacked("bars").every("15m", 200).
			field("200", fixed("green")).field("400", fixed("blue")).field("429", fixed("orange")).field("error", fixed("red")),
		series(304, "Requests in 15 minutes", "By project. Statsig allows a key 900 in 15 minutes; projects may share a key.",
			of("{{project}}", `sum by (project) (increase(statsig_exporter_api_requests_total{PROJECT}[15m]))`)).
			count().set("min", 0).custom(smooth()).steps("green", threshold{900, "red"}),
	}}
}

func fixed(color string) object { return object{"color": object{"mode": "fixed", "fixedColor": color}} }

// quantile is one of the duration of polls, from classic buckets or from native
// ones: whichever Prometheus keeps.
func quantile(q string) string {
	return fill(`histogram_quantile(Q, sum by (le) (rate(statsig_exporter_poll_duration_seconds_bucket{TARGET}[6h])))
		or histogram_quantile(Q, sum(rate(statsig_exporter_poll_duration_seconds{TARGET}[6h])))`, "Q", q)
}

func reportSection() section {
	target := "{{project}}, {{window}}"
	return section{400, "Reports", []*panel{
		series(401, "Rows", "Rows of the served report.", of(target, `max by (project, window) (statsig_exporter_report_rows{TARGET})`)).count().set("min", 0),
		series(402, "Size", "Bytes of the served report, decompressed.", of(target, `max by (project, window) (statsig_exporter_report_bytes{TARGET})`)).unit("bytes").set("min", 0),
		series(403, "Series", "Series served, each counted once for all of its values.", of(target, `max by (project, window) (statsig_exporter_series{TARGET})`)).count().set("min", 0),
		series(404, "Series past the limit", "Folded into one, so that sums hold, or dropped by configuration. A report with more than twenty times the limit is refused.",
			of(target+", folded", `max by (project, window) (statsig_exporter_series_folded{TARGET})`),
			of(target+", dropped", `max by (project, window) (statsig_exporter_series_dropped{TARGET})`)).count().set("min", 0),
		series(405, "Cells and rows skipped", "Of the served report, by reason: what could not be used is missing from the figures.",
			of("{{reason}}, {{project}}, {{window}}", `max by (reason, project, window) (statsig_exporter_report_skipped{TARGET})`)).count().set("min", 0),
		series(406, "Columns by role", "Of the served report. A change of roles changes the names of metrics or labels.",
			of("{{role}}, {{project}}, {{window}}", `max by (role, project, window) (statsig_exporter_schema_columns{TARGET})`)).count().set("min", 0),
		series(407, "Changes of roles", "Reports whose columns had other roles than those before, in a day.",
			of(target, `max by (project, window) (increase(statsig_exporter_schema_changes_total{TARGET}[1d]))`)).count().set("min", 0),
		series(408, "Restated", "By how much the last poll changed the total of a period that had ended and been served; of every window whose periods end.",
			of("{{project}}, {{window}}: {{metric}}", `max by (project, window, metric) (statsig_usage_restated{PROJECT})`)).unit("short"),
	}}
}
