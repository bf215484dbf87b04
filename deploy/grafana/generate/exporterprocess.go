package main

func storageSection() section {
	return section{500, "Storage and configuration", []*panel{
		series(501, "Storage errors", "In an hour. After errors of save, a restart would bring back older reports or none; after errors of load, a stored report has been set aside.",
			of("{{operation}}, {{instance}}", `sum by (operation, instance) (increase(statsig_exporter_storage_errors_total{PROCESS}[1h]))`)).count().set("min", 0),
		series(502, "Time since the configuration was read", "It rises, and goes back to 0 when a reload succeeds.",
			of("{{instance}}", `time() - statsig_exporter_config_last_reload_success_timestamp_seconds{PROCESS}`)).unit("s").set("min", 0).custom(smooth()),
	}}
}

// own limits a metric that any process may have to the exporters.
func own(expr string) string {
	return expr + ` and on (job, instance) statsig_exporter_build_info`
}

func processSection() section {
	return section{600, "Process", []*panel{
		series(601, "CPU", "Cores in use.", of("{{instance}}", own(`rate(process_cpu_seconds_total{PROCESS}[$__rate_interval])`))).unit("none").set("min", 0),
		series(602, "Memory", "Resident memory, the live heap, and the limit that the garbage collector keeps to, where it has one.",
			of("{{instance}}, resident", own(`process_resident_memory_bytes{PROCESS}`)),
			of("{{instance}}, heap", own(`go_memstats_heap_alloc_bytes{PROCESS}`)),
			of("{{instance}}, limit", own(`go_gc_gomemlimit_bytes{PROCESS} < 1e15`))).unit("bytes").set("min", 0),
		series(603, "Goroutines", "They should not rise over time.", of("{{instance}}", own(`go_goroutines{PROCESS}`))).count().set("min", 0),
		series(604, "Garbage collection", "Share of time that pauses took.",
			of("{{instance}}", own(`rate(go_gc_duration_seconds_sum{PROCESS}[$__rate_interval])`))).unit("percentunit").set("min", 0),
		series(605, "File descriptors", "Open ones, as a share of the limit.",
			of("{{instance}}", own(`process_open_fds{PROCESS} / process_max_fds{PROCESS}`))).share().set("min", 0).
			steps("green", threshold{0.8, "red"}).custom(object{"thresholdsStyle": object{"mode": "dashed"}, "axisSoftMax": 0.01}),
		series(606, "Network", "Bytes a second that the process, or its container, receives and sends.",
			of("{{instance}}, received", own(`rate(process_network_receive_bytes_total{PROCESS}[$__rate_interval])`)),
			of("{{instance}}, sent", own(`rate(process_network_transmit_bytes_total{PROCESS}[$__rate_interval])`))).unit("Bps").set("min", 0),
		series(607, "Duration of scrapes", "As Prometheus sees them. No scrape waits for Statsig.",
			of("{{instance}}", own(`scrape_duration_seconds{PROCESS}`))).unit("s").set("min", 0),
		series(608, "Samples of a scrape", "What Prometheus has to store.", of("{{instance}}", own(`scrape_samples_scraped{PROCESS}`))).count().set("min", 0),
	}}
}
