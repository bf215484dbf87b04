// Package app is the program: it turns flags, environment and files into values,
// runs the commands with them, and serves HTTP.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones of the configuration, where the system has none

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"
	promslogflag "github.com/prometheus/common/promslog/flag"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/config"
)

// name is the program's name in its usage, its log and its user agent.
const name = "statsig_exporter"

// Run runs the command in args until it is done or ctx ends, and returns the
// program's exit status. It sets process-wide state: call it once.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// net/http's client logs by itself, and what it logs can quote a key.
	stdlog.SetOutput(io.Discard)
	if version.Version == "" { // a release has it stamped
		info, _ := debug.ReadBuildInfo()
		version.Version = builtVersion(info)
	}
	if err := run(ctx, args, stdin, stdout, stderr); err != nil {
		complain(stderr, err)
		return 1
	}
	return 0
}

// complain prints why the program ends, unless that has been printed. Problems of a
// file begin with its name, and others with the program's.
func complain(stderr io.Writer, err error) {
	var problems config.Errors
	switch {
	case errors.Is(err, errPrinted):
	case errors.As(err, &problems):
		fmt.Fprintln(stderr, show.Lines(problems.Error()))
	default:
		fmt.Fprintf(stderr, "%s: %s\n", name, show.Short(err.Error(), show.Limit))
	}
}

// flags holds the values of the flags and arguments, by the command that reads them.
type flags struct {
	source   sourceFlags
	log      *promslog.Config
	serve    serveFlags
	inspect  inspectFlags
	backfill backfillFlags
}

// New returns the program's commands and flags, to be listed or parsed.
func New() *kingpin.Application {
	app, _ := declare()
	return app
}

// declare returns the commands and flags, and the values that parsing fills in.
func declare() (*kingpin.Application, *flags) {
	f := &flags{log: &promslog.Config{}}
	app := kingpin.New(name, "Prometheus exporter for the usage of Statsig projects.")
	app.Version(version.Print(name))
	app.HelpFlag.Short('h')
	app.DefaultEnvars()
	f.source.declare(app)
	// Flags that start with --web belong to no command, so that they work without one.
	f.serve.web = kingpinflag.AddFlags(app, ":10782")
	f.serve.declare(app)
	promslogflag.AddFlags(app, f.log)
	app.Command("serve", "Poll usage and serve it.").Default()
	app.Command("check", "Validate the configuration file, and --web.config.file if given.")
	f.backfill.declare(app.Command("backfill", "Write past usage as OpenMetrics, for promtool tsdb create-blocks-from openmetrics."))
	f.inspect.declare(app.Command("inspect", "Read one report and explain how its columns are mapped."))
	return app, f
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	app, f := declare()
	app.UsageWriter(stdout)
	app.ErrorWriter(stderr)
	command, err := app.Parse(args)
	if err != nil {
		return withVariable(app, err)
	}
	if f.source.configFile == "" && f.source.configFileSet {
		return errors.New("--config.file is empty; it must name a file, or be left out")
	}
	if command != "serve" {
		signal.Reset(syscall.SIGHUP)
	}
	limitMemory(newLogger(f.log, stderr))
	switch command {
	case "check":
		return untilInterrupted(ctx, func() error { return check(f.source.configFile, *f.serve.web.WebConfigFile, stdout, stderr) })
	case "inspect":
		if f.inspect.report == "-" && !slices.Contains(args, "-") {
			return errors.New("REPORT.csv is empty; it must name a file, or be - for standard input")
		}
		return untilInterrupted(ctx, func() error { return f.inspect.run(ctx, f.source, stdin, stdout, stderr) })
	case "backfill":
		progress := newProgress(stderr)
		return runBackfill(ctx, f, newLogger(f.log, progress), stdout, progress)
	}
	return serve(ctx, f, newLogger(f.log, stderr))
}

// withVariable adds the environment variable that holds what a parse error quotes.
func withVariable(app *kingpin.Application, err error) error {
	for _, f := range app.Model().Flags {
		if value := os.Getenv(f.Envar); value != "" && strings.Contains(err.Error(), value) {
			return fmt.Errorf("%s=%s: %w", f.Envar, value, err)
		}
	}
	return fmt.Errorf("%w; try --help", err)
}

// untilInterrupted runs a command until ctx ends. The command may wait for a file
// or for standard input, which a context cannot interrupt.
func untilInterrupted(ctx context.Context, command func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- command() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return errors.New("interrupted")
	}
}

// userAgent identifies the program to Statsig.
func userAgent() string { return name + "/" + version.Version }

// builtVersion returns the tag or pseudo-version that the go command recorded in the
// binary, without its v, or devel if it recorded none, as go run and go test do.
func builtVersion(info *debug.BuildInfo) string {
	if info == nil {
		return "devel"
	}
	return cmp.Or(strings.Trim(strings.TrimPrefix(info.Main.Version, "v"), "()"), "devel")
}
