package report_test

import (
	"io"
	"strings"
	"testing"

	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
)

func TestAReportHasNoMoreThan50000Columns(t *testing.T) {
	read := func(columns int) error {
		line := strings.Repeat("1,", columns-1) + "1\n"
		options := report.DefaultOptions()
		options.Unlisted = report.UnlistedIgnore
		text := spool.New(t.TempDir())
		defer text.Close()
		if _, err := io.WriteString(text, strings.Repeat(line, 2)); err != nil {
			t.Fatal(err)
		}
		_, err := report.Read(text, report.Request{Options: options})
		return err
	}
	if err := read(50_000); err != nil {
		t.Errorf("50,000 columns: %v", err)
	}
	if err := read(50_001); err == nil || !strings.Contains(err.Error(), "has more fields than the 50000 ") {
		t.Errorf("50,001 columns: %v", err)
	}
}
