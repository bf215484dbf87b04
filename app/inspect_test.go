package app

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
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

func TestASignalEndsInspectWhileItWaitsForInput(t *testing.T) {
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "inspect", "-")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// More than a pipe holds: once this has been written, the program is reading.
	if _, err := input.Write([]byte("Event,Units\n" + strings.Repeat("a,1\n", 1<<18))); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the program ended as if its input had")
		}
	case <-time.After(patience):
		t.Error("the program still waits for input")
	}
}
