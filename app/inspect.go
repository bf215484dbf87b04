package app

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"

	"github.com/alecthomas/kingpin/v2"
	"golang.org/x/sync/errgroup"

	"statsig_exporter/app/inspect"
	"statsig_exporter/collector/config"
)

// inspectFlags say which report to explain, and how.
type inspectFlags struct {
	inspect.Options
	report string // "-": standard input, "": none, so that one is fetched
}

func (f *inspectFlags) declare(cmd *kingpin.CmdClause) {
	cmd.Arg("REPORT.csv", "The report, or - for standard input; without one, it is fetched.").SetValue((*reportArg)(&f.report))
	cmd.Flag("project", "Project whose key and report section apply.").StringVar(&f.Project)
	cmd.Flag("window", "Window to fetch; by default the first.").StringVar(&f.Window)
	cmd.Flag("format", "What to print: table, json, config, metrics or csv.").Default("table").EnumVar(&f.Format, "table", "json", "config", "metrics", "csv")
}

// reportArg implements kingpin.Value. kingpin passes the argument - as an empty one.
type reportArg string

// Set implements kingpin.Value.
func (a *reportArg) Set(file string) error {
	*a = reportArg(cmp.Or(file, "-"))
	return nil
}

// String implements kingpin.Value.
func (a *reportArg) String() string { return string(*a) }

func (f *inspectFlags) run(ctx context.Context, source sourceFlags, stdin io.Reader, stdout, stderr io.Writer) error {
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(asked)
	cfg, err := source.forInspect(ctx, group, f.report)
	if err != nil {
		return err
	}
	if f.Settings, err = newSettings(cfg); err != nil {
		return err
	}
	f.UserAgent, f.ConfigFile, f.Terminal = userAgent(), source.configFile, isTerminal(stdout)
	switch f.report {
	case "":
	case "-":
		f.Source, f.Report = "standard input", stdin
	default:
		file, err := os.Open(f.report)
		if err != nil {
			return err
		}
		defer file.Close()
		f.Source, f.Report = f.report, file
	}
	group.Go(func() error {
		defer cancel() // the demo's server is not needed any more
		return inspect.Run(ctx, f.Options, stdout, stderr)
	})
	return group.Wait()
}

// forInspect returns the configuration. Explaining a file needs no key.
func (f sourceFlags) forInspect(ctx context.Context, group *errgroup.Group, report string) (*config.Config, error) {
	cfg, err := f.fixed(ctx, group)
	if errors.Is(err, errNoKey) && report != "" {
		err = nil
	}
	if err == nil && cfg == nil {
		return config.Load(f.configFile)
	}
	return cfg, err
}
