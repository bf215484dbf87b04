// Package inspect explains one report: how its columns are mapped and why, what to
// look at before it is served, and which configuration says the same.
package inspect

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/plan"
	"statsig_exporter/collector/report"
	"statsig_exporter/statsig"
)

// Options say which report to explain, and how.
type Options struct {
	ingest.Settings
	UserAgent string
	// ConfigFile is the file that Config comes from; empty without one.
	ConfigFile string
	// Project and Window are names; empty for the defaults.
	Project, Window string
	// Format is table, json, config, metrics or csv.
	Format string
	// Terminal says that a person reads the output.
	Terminal bool
	// Report is the report, and Source names it; nil to fetch one.
	Report io.Reader
	Source string
}

// inspection is one report, mapped, and what it was mapped for.
type inspection struct {
	source  string
	project config.Project
	window  config.Window
	covered *statsig.Window // nil for a file
	report  *report.Report
	from    *ingest.Project
	plans   []plan.Plan
	// configDir is where paths of the configuration start.
	configDir string
	// unknownProject is set where the configuration lacks the project asked for.
	unknownProject bool
}

// Run reads a report, and prints the explanation to stdout and warnings to stderr.
// Nothing that it prints can steer a terminal, but metrics are exact where stdout is
// not a terminal.
func Run(ctx context.Context, o Options, stdout, stderr io.Writer) error {
	in, err := read(ctx, o)
	if err != nil {
		return err
	}
	for _, warning := range in.warnings() {
		fmt.Fprintln(stderr, "warning:", show.Short(warning, show.Limit))
	}
	var text bytes.Buffer
	switch o.Format {
	case "json":
		err = in.writeJSON(&text)
	case "config":
		err = in.writeConfig(&text)
	case "metrics":
		err = exposition.WriteText(&text, in.families())
	case "csv":
		err = in.writeCSV(&text)
	default:
		err = in.writeTable(&text)
	}
	if err != nil {
		return err
	}
	shown := text.String()
	exact := o.Format == "metrics" && !o.Terminal || o.Format == "csv" // its cells are shown texts
	if !exact {
		shown = show.Lines(shown)
	}
	_, err = io.WriteString(stdout, shown)
	return err
}

func read(ctx context.Context, o Options) (*inspection, error) {
	in := &inspection{source: o.Source, configDir: filepath.Dir(o.ConfigFile)}
	err := in.pick(o)
	if err != nil {
		return nil, err
	}
	settings := ingest.Options{Settings: o.Settings, UserAgent: o.UserAgent, Explain: true, CountAll: true}.Complete()
	if o.Report != nil {
		o.Report = settings.Secrets.Scan(o.Report)
	}
	in.from = ingest.NewProject(settings, in.project)
	m, err := in.mapped(ctx, o.Report)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	in.report = m.Report
	// What the daemon could not serve is not explained as if it could.
	segment := exposition.NewResponder().Encode(in.families(), nil, in.project.Report.SeriesLimit)
	if err := ingest.TooLarge(segment, m.Report); err != nil {
		return nil, fmt.Errorf("%s: %w", in.source, err)
	}
	return in, nil
}

// mapped maps the report at hand, or one that it fetches if there is none.
func (in *inspection) mapped(ctx context.Context, at io.Reader) (*ingest.Mapped, error) {
	if at != nil {
		m, err := in.from.Map(ctx, in.window, at)
		if err != nil {
			err = fmt.Errorf("%s: %w", in.source, err)
		}
		return m, err
	}
	m, err := in.from.Poll(ctx, in.window)
	if err == nil {
		in.source, in.covered = "report of project "+in.project.Name, &m.Window
	}
	return m, err
}

// families returns the usage as it would be served.
func (in *inspection) families() []exposition.Family {
	return in.from.Families(in.report, in.window.Name, in.report.Samples)
}

// pick finds the project and window to explain the report for. A report from a
// file may belong to a project that is not configured: the global report section
// then applies.
func (in *inspection) pick(o Options) error {
	name := o.Project
	switch {
	case name != "":
	case o.Report == nil:
		name = o.Config.Projects[0].Name
	default:
		name = "default"
	}
	i := slices.IndexFunc(o.Config.Projects, func(p config.Project) bool { return p.Name == name })
	switch {
	case i >= 0:
		in.project = o.Config.Projects[i]
	case o.Report == nil:
		return fmt.Errorf("--project=%s is not configured", name)
	default:
		in.project = o.Config.Common
		in.project.Name = name
		in.unknownProject = o.ConfigFile != "" && o.Project != ""
	}
	// A report of a project that is not configured is priced by every plan.
	in.project.Report.Meters = nil
	for _, p := range o.Config.Plans {
		if i >= 0 && !slices.Contains(p.Projects, name) {
			continue
		}
		p.Projects = []string{name}
		in.plans = append(in.plans, p)
		in.project.Report.Meters = append(in.project.Report.Meters, p.ReportMeters(name, in.project.Labels)...)
	}
	window := cmp.Or(o.Window, o.Config.Windows[0].Name)
	i = slices.IndexFunc(o.Config.Windows, func(w config.Window) bool { return w.Name == window })
	if i < 0 {
		return fmt.Errorf("--window=%s is not configured", window)
	}
	in.window = o.Config.Windows[i]
	return nil
}
