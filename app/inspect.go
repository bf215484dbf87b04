package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/promslog"

	"statsig_exporter/collector"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
	"statsig_exporter/statsig"
)

// inspection is one report, read and mapped, and what it was mapped for.
type inspection struct {
	source  string // of the report, for a person
	project config.Project
	window  string
	covered *statsig.Window // nil for a file
	report  *report.Report
	helps   map[string]string
	// stranger says that the configuration does not have the project that was asked for.
	stranger bool
}

// inspect reads one report and explains what becomes of it.
func inspect(ctx context.Context, o *options, stdin io.Reader, stdout, stderr io.Writer) error {
	in, err := readInspected(ctx, o, stdin)
	if err != nil {
		return err
	}
	for _, warning := range in.warnings() {
		fmt.Fprintln(stderr, "warning:", warning)
	}
	switch o.format {
	case "json":
		return in.writeJSON(stdout)
	case "config":
		return in.writeConfig(stdout)
	case "metrics":
		return exposition.WriteText(stdout, collector.UsageFamilies(in.report, in.project, in.window, in.helps))
	}
	return in.writeTable(stdout)
}

// readInspected reads the report that the flags name.
func readInspected(ctx context.Context, o *options, stdin io.Reader) (*inspection, error) {
	cfg, err := inspectSettings(o)
	if err != nil {
		return nil, err
	}
	in := &inspection{source: o.report, helps: cfg.Helps}
	if in.project, err = pickProject(cfg, o); err != nil {
		return nil, err
	}
	in.stranger = o.configFile != "" && o.project != "" && !slices.ContainsFunc(cfg.Projects, func(p config.Project) bool { return p.Name == o.project })
	if in.window, err = pickWindow(cfg, o.window); err != nil {
		return nil, err
	}
	switch o.report {
	case "":
		return in, in.fetch(ctx, cfg)
	case "-":
		in.source = "standard input"
		return in, in.explain(stdin)
	}
	file, err := os.Open(o.report)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return in, in.explain(file)
}

// explain reads a report that is not fetched.
func (in *inspection) explain(src io.Reader) error {
	var err error
	if in.report, err = collector.Explain(src, in.project); err != nil {
		return fmt.Errorf("%s: %w", in.source, err)
	}
	return nil
}

// inspectSettings returns the configuration: that of a file needs no key.
func inspectSettings(o *options) (*config.Config, error) {
	if o.configFile != "" {
		return config.Load(o.configFile)
	}
	key, err := keyFromEnv()
	if err != nil && (o.report == "" || !errors.Is(err, errNoKey)) {
		return nil, err
	}
	return config.Default(key), nil
}

// pickProject returns the project whose report section applies. A report that is
// not fetched may belong to a project that is not configured: then the global
// section does.
func pickProject(cfg *config.Config, o *options) (config.Project, error) {
	name := o.project
	if name == "" && o.report == "" {
		return cfg.Projects[0], nil
	}
	if name == "" {
		name = "default"
	}
	for _, p := range cfg.Projects {
		if p.Name == name {
			return p, nil
		}
	}
	if o.report == "" {
		return config.Project{}, fmt.Errorf("--project=%s is not configured", name)
	}
	return config.Project{Name: name, Report: cfg.Report}, nil
}

func pickWindow(cfg *config.Config, name string) (string, error) {
	if name == "" {
		return cfg.Windows[0].Name, nil
	}
	for _, w := range cfg.Windows {
		if w.Name == name {
			return name, nil
		}
	}
	return "", fmt.Errorf("--window=%s is not configured", name)
}

// fetch polls once.
func (in *inspection) fetch(ctx context.Context, cfg *config.Config) error {
	settings, err := newSettings(cfg)
	if err != nil {
		return err
	}
	c := collector.New(collector.Options{
		Settings: settings, UserAgent: userAgent(), Logger: promslog.NewNopLogger(),
		Registry: prometheus.NewRegistry(), Responder: exposition.NewResponder(), Explain: true,
	})
	snapshot, err := c.Fetch(ctx, in.project.Name, in.window)
	if err != nil {
		return err
	}
	in.source = "report of project " + in.project.Name
	in.covered, in.report = &snapshot.Window, snapshot.Report
	return nil
}
