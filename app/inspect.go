package app

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/alecthomas/kingpin/v2"

	"statsig_exporter/app/inspect"
	"statsig_exporter/collector/config"
)

// inspectFlags say which report to explain, and how.
type inspectFlags struct {
	report  string // "-": standard input, "": none, so that one is fetched
	project string
	window  string
	format  string
}

func (f *inspectFlags) declare(cmd *kingpin.CmdClause) {
	cmd.Arg("REPORT.csv", "The report, or - for standard input; without one, it is fetched.").SetValue((*reportArg)(&f.report))
	cmd.Flag("project", "Project whose key and report section apply.").StringVar(&f.project)
	cmd.Flag("window", "Window to fetch; by default the first.").StringVar(&f.window)
	cmd.Flag("format", "What to print: table, json, config, metrics or csv.").Default("table").EnumVar(&f.format, "table", "json", "config", "metrics", "csv")
}

// reportArg implements kingpin.Value. kingpin passes the argument - as an empty one.
type reportArg string

// Set implements kingpin.Value.
func (a *reportArg) Set(file string) error {
	*a = reportArg(file)
	if file == "" {
		*a = "-"
	}
	return nil
}

// String implements kingpin.Value.
func (a *reportArg) String() string { return string(*a) }

func (f *inspectFlags) run(ctx context.Context, source sourceFlags, stdin io.Reader, stdout, stderr io.Writer) error {
	cfg, err := source.forInspect(f.report)
	if err != nil {
		return err
	}
	settings, err := newSettings(cfg)
	if err != nil {
		return err
	}
	o := inspect.Options{
		Settings: settings, UserAgent: userAgent(), ConfigFile: source.configFile,
		Project: f.project, Window: f.window, Format: f.format, Terminal: isTerminal(stdout),
	}
	switch f.report {
	case "":
	case "-":
		o.Source, o.Report = "standard input", stdin
	default:
		file, err := os.Open(f.report)
		if err != nil {
			return err
		}
		defer file.Close()
		o.Source, o.Report = f.report, file
	}
	return inspect.Run(ctx, o, stdout, stderr)
}

// forInspect reads the configuration. Explaining a file needs no key.
func (f sourceFlags) forInspect(report string) (*config.Config, error) {
	if f.configFile != "" {
		return f.fromFile()
	}
	key, err := keyFromEnv()
	if errors.Is(err, errNoKey) && report != "" {
		err = nil
	}
	return config.Default(key), err
}
