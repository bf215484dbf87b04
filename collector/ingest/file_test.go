//go:build unix

package ingest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/statsig"
)

// fileProject returns a project with the report file dir/{window}.csv, at noon on the
// 10th of May.
func fileProject(t *testing.T, dir string) *Project {
	t.Helper()
	cfg := config.Default(config.KeySource{})
	cfg.Projects[0].ReportFile = filepath.Join(dir, "{window}.csv")
	cfg.API.MaxReportBytes = 1000
	o := Options{
		Settings: Settings{Config: cfg}, SpoolDir: t.TempDir(), Secrets: &statsig.Secrets{},
		Now: func() time.Time { return time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC) },
	}
	o.Secrets.Add(statsig.NewSecret("console-0123456789abcdef"))
	return NewProject(o, cfg.Projects[0])
}

var day = config.Window{Name: "w", Period: config.Period{Calendar: config.Day}, Lookback: 7, Location: time.UTC}

func TestAFileIsTheReportOfThePeriodInWhichItWasLastChanged(t *testing.T) {
	dir := t.TempDir()
	project, path := fileProject(t, dir), filepath.Join(dir, "w.csv")
	if err := os.WriteFile(path, []byte("event,events\nx,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	month := config.Window{Name: "w", Period: config.Period{Calendar: config.Month}, Current: true, Location: time.UTC}
	rolling := config.Window{Name: "w", Period: config.Period{Rolling: 48 * time.Hour}, Location: time.UTC}
	for _, tc := range []struct {
		window  config.Window
		changed string
		covers  string // or the result
	}{
		{day, "2026-05-10T11:00:00Z", "2026-05-09 00:00 to 2026-05-10 00:00"},
		{day, "2026-05-10T00:00:00Z", "2026-05-09 00:00 to 2026-05-10 00:00"},
		{day, "2026-02-03T11:00:00Z", "2026-02-02 00:00 to 2026-02-03 00:00"},
		{day, "2027-02-03T11:00:00Z", "2026-05-09 00:00 to 2026-05-10 00:00"},
		{month, "2026-05-07T11:00:00Z", "2026-05-01 00:00 to 2026-05-07 11:00"},
		{month, "2026-05-01T00:00:00Z", "2026-05-01 00:00 to 2026-05-01 00:00"},
		{month, "2026-04-30T23:59:59Z", "no_data"},
		{rolling, "2026-05-07T11:00:00Z", "2026-05-05 11:00 to 2026-05-07 11:00"},
	} {
		changed, err := time.Parse(time.RFC3339, tc.changed)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, changed, changed); err != nil {
			t.Fatal(err)
		}
		m, err := project.Poll(t.Context(), tc.window)
		got := string(statsig.ResultOf(err))
		if err == nil {
			const minutes = "2006-01-02 15:04"
			got = m.Window.Start.Format(minutes) + " to " + m.Window.End.Format(minutes)
			m.Close()
		}
		if got != tc.covers {
			t.Errorf("%s, changed at %s: got %s (%v), want %s", tc.window.Period, tc.changed, got, err, tc.covers)
		}
	}
}

func TestAFileThatIsNoReportHasItsResult(t *testing.T) {
	for name, tc := range map[string]struct {
		make func(path string) error
		want string
	}{
		"missing":   {func(string) error { return nil }, "no_data: report file %s: no such file or directory"},
		"empty":     {text(""), "the report has no rows"},
		"no rows":   {text("Event,Units\n"), "the report has no rows"},
		"directory": {func(path string) error { return os.Mkdir(path, 0o700) }, "upstream_error: report file %s: is not a regular file"},
		"pipe":      {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "upstream_error: report file %s: is not a regular file"},
		"large":     {text("Event,Units\n" + strings.Repeat("x,1\n", 300)), "invalid_report: report file %s: is larger than the limit of 1000 bytes"},
		"cut":       {text("Event,Units,Cost\nx,1,2\nx,1"), "invalid_report: "},
		"secret":    {text("Event,Units\nconsole-0123456789abcdef,2\n"), "invalid_report: the report holds a secret"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "w.csv")
		if err := tc.make(path); err != nil {
			t.Fatal(err)
		}
		_, err := fileProject(t, dir).Poll(t.Context(), day)
		want := strings.ReplaceAll(tc.want, "%s", path)
		if got := fmt.Sprintf("%s: %v", statsig.ResultOf(err), err); !strings.Contains(got, want) || strings.Contains(got, "console-") {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestAFileThatChangesWhileItIsReadIsNotTaken(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.csv")
	if err := text("Event,Units\nx,1\n")(path); err != nil {
		t.Fatal(err)
	}
	f := &reportFile{project: fileProject(t, dir)}
	defer f.Close()
	period, _, err := f.newest(day)
	if err != nil {
		t.Fatal(err)
	}
	err = f.report(t.Context(), period, func(io.Reader) error { return text("Event,Units\nx,1\ny,2\n")(path) })
	if statsig.ResultOf(err) != statsig.InvalidReport {
		t.Errorf("error %v", err)
	}
}

func text(s string) func(path string) error {
	return func(path string) error { return os.WriteFile(path, []byte(s), 0o600) }
}
