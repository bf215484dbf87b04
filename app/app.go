// Package app is the program: flags, environment and files become values, and
// commands run with them. It serves HTTP.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	_ "time/tzdata" // time zones of the configuration, where the system has none

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"
	promslogflag "github.com/prometheus/common/promslog/flag"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"statsig_exporter/collector/config"
)

// name is the program's, in its usage, its log and its user agent.
const name = "statsig_exporter"

// Main runs the command that args name, until it is done or ctx ends, and returns
// the program's exit status. It sets process-wide state and is called once.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// What net/http's client logs by itself can quote an upstream, and so a key.
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

// complain prints why the program ends, unless that has been printed already. The
// problems of a file begin with its name as they are.
func complain(stderr io.Writer, err error) {
	var problems config.Errors
	switch {
	case errors.Is(err, errPrinted):
	case errors.As(err, &problems):
		fmt.Fprintln(stderr, problems)
	default:
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
	}
}

// options are the values of all flags.
type options struct {
	configFile string
	web        *web.FlagConfig
	log        *promslog.Config

	telemetryPath string
	pprof         bool
	lifecycle     bool
	probeAddress  string
	storagePath   string
	shard         config.Shard
	demo          bool

	report    string
	hasReport bool
	project   string
	window    string
	format    string

	backfill backfillOptions
}

// reportArg sets the report of inspect, and notes that there is one.
type reportArg struct{ o *options }

// Set implements kingpin.Value.
func (a reportArg) Set(file string) error {
	a.o.report, a.o.hasReport = file, true
	return nil
}

// String implements kingpin.Value.
func (a reportArg) String() string { return a.o.report }

// run runs the command that args name until it is done or ctx ends. Signals end
// the daemon and backfill in good order. They just end the other commands, which
// may wait for standard input and have nothing to put in order.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	app, o := newApp()
	app.UsageWriter(stdout)
	app.ErrorWriter(stderr)
	command, err := app.Parse(args)
	if err != nil {
		return explainFlags(app, err)
	}
	if o.configFile == "" && slices.ContainsFunc(args, isEmptyConfigFlag) {
		return errors.New("--config.file is empty; it must name a file, or be left out")
	}
	if o.hasReport && o.report == "" {
		// kingpin hands out the argument "-" as an empty one.
		if !slices.Contains(args, "-") {
			return errors.New("REPORT.csv is empty; it must name a file, or be - for standard input")
		}
		o.report = "-"
	}
	switch command {
	case "check":
		return check(o, stdout)
	case "inspect":
		return inspect(ctx, o, stdin, stdout, stderr)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if command == "backfill" {
		return backfill(ctx, o, stdout, stderr)
	}
	o.log.Writer = stderr
	log := promslog.New(o.log)
	limitMemory(log)
	return serve(ctx, o, log)
}

// newApp declares commands and flags.
func newApp() (*kingpin.Application, *options) {
	o := &options{log: &promslog.Config{}}
	app := kingpin.New(name, "Prometheus exporter for the usage of Statsig projects.")
	app.Version(version.Print(name))
	app.HelpFlag.Short('h')
	app.DefaultEnvars()
	app.Flag("config.file", "Configuration file. Without one, STATSIG_API_KEY or STATSIG_API_KEY_FILE is the key of one project.").StringVar(&o.configFile)
	o.web = kingpinflag.AddFlags(app, ":10782")
	app.Flag("web.telemetry-path", "Path under which metrics are served.").Default("/metrics").StringVar(&o.telemetryPath)
	app.Flag("web.enable-pprof", "Serve /debug/pprof/.").BoolVar(&o.pprof)
	app.Flag("web.enable-lifecycle", "Allow reloading by a POST or PUT to /-/reload.").BoolVar(&o.lifecycle)
	app.Flag("web.probe-address", "Address that serves /-/healthy and /-/ready alone, without TLS and authentication. By default none.").StringVar(&o.probeAddress)
	app.Flag("storage.path", "Directory that keeps the last good reports over restarts. By default nothing outlives the process.").StringVar(&o.storagePath)
	app.Flag("shard", "Poll only the projects of one shard: i/n, such as 0/3 for the first of 3.").SetValue(&o.shard)
	app.Flag("demo", "Poll a simulated Console API inside the process.").BoolVar(&o.demo)

	promslogflag.AddFlags(app, o.log)

	app.Command("serve", "Poll usage and serve it.").Default()
	app.Command("check", "Check the configuration file, and --web.config.file when given.")

	declareBackfill(app, &o.backfill)

	inspect := app.Command("inspect", "Read one report and explain what becomes of its columns.")
	inspect.Arg("REPORT.csv", "The report, or - for standard input; without one, it is fetched.").SetValue(reportArg{o})
	inspect.Flag("project", "The project whose key and report section apply.").StringVar(&o.project)
	inspect.Flag("window", "The window to fetch; by default the first.").StringVar(&o.window)
	inspect.Flag("format", "What to print: table, json, config or metrics.").Default("table").EnumVar(&o.format, "table", "json", "config", "metrics")
	return app, o
}
