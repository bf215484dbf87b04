package inspect

import (
	"strings"
	"testing"
)

func TestANameThatTheLinterDislikesHasABetterOne(t *testing.T) {
	for metric, want := range map[string]string{
		"events":          "events",
		"events_total":    "events",
		"total":           "total_value",
		"count_sum":       "count_sum_value",
		"storage_gb":      "storage_gigabyte",
		"compute_hours":   "compute_hour",
		"h_used":          "hour_used",
		"length_inches":   "length_inch",
		"gauge_reading":   "gauged_reading",
		"milliseconds":    "millisecond",
		"storage_gb_days": "storage_gigabyte_day",
		"units_info":      "units",
	} {
		got := strings.TrimPrefix(betterName("statsig_usage_"+metric), "statsig_usage_")
		if got != want {
			t.Errorf("%s: %s, want %s", metric, got, want)
		}
		if problems := lintName("statsig_usage_" + got); len(problems) > 0 {
			t.Errorf("%s: %s: %q", metric, got, problems)
		}
	}
}
