package collector

import "strings"

// usageHelp returns the help text of a usage family. Many projects share a
// family, so that it depends on the name alone: it is the configured one, or made
// from the words of the name.
func usageHelp(metric string, helps map[string]string) string {
	if help := helps[metric]; help != "" {
		return help
	}
	if metric == "statsig_usage_rows" {
		return "Rows of the usage report."
	}
	words := strings.ReplaceAll(strings.TrimPrefix(metric, "statsig_usage_"), "_", " ")
	return "Column of the Statsig usage report: " + words + "."
}
