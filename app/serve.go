package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/sync/errgroup"

	"statsig_exporter/collector"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/store"
)

// serveFlags say how to serve, and what to keep.
type serveFlags struct {
	web           *web.FlagConfig
	telemetryPath string
	routePrefix   string
	externalURL   string
	pprof         bool
	lifecycle     bool
	probeAddress  string
	storagePath   string
}

func (f *serveFlags) declare(app *kingpin.Application) {
	app.Flag("web.telemetry-path", "Path under which metrics are served.").Default("/metrics").StringVar(&f.telemetryPath)
	app.Flag("web.external-url", "URL under which the exporter is reached from outside, such as https://example.org/statsig behind a reverse proxy.").StringVar(&f.externalURL)
	app.Flag("web.route-prefix", "Prefix of all paths. By default the path of --web.external-url.").StringVar(&f.routePrefix)
	app.Flag("web.enable-pprof", "Serve /debug/pprof/.").BoolVar(&f.pprof)
	app.Flag("web.enable-lifecycle", "Allow reloading by a POST or PUT to /-/reload.").BoolVar(&f.lifecycle)
	app.Flag("web.probe-address", "Additional address that serves only /-/healthy and /-/ready, without TLS and authentication. By default none.").StringVar(&f.probeAddress)
	app.Flag("storage.path", "Directory that keeps the last good reports across restarts. By default nothing outlives the process.").StringVar(&f.storagePath)
}

// check reports what would keep the servers from serving.
func (f *serveFlags) check(ctx context.Context) error {
	for _, address := range *f.web.WebListenAddresses {
		if strings.HasPrefix(address, "vsock://") {
			continue // its ports differ, and the toolkit reads them
		}
		if err := checkAddress(ctx, "--web.listen-address", address); err != nil {
			return err
		}
	}
	if f.probeAddress != "" {
		if err := checkAddress(ctx, "--web.probe-address", f.probeAddress); err != nil {
			return err
		}
	}
	return checkWebConfig(*f.web.WebConfigFile)
}

// checkAddress reports why a flag is not an address to listen on. An empty one, as an
// unset variable leaves it, would mean a random port.
func checkAddress(ctx context.Context, flag, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil || port == "" {
		return fmt.Errorf("%s=%s is not an address to listen on; it must be like :10782 or 127.0.0.1:10782", flag, address)
	}
	return nil
}

// serve polls and serves until ctx ends.
func serve(ctx context.Context, f *flags, log *slog.Logger) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	paths, err := newPaths(f.serve.telemetryPath, f.serve.routePrefix, f.serve.externalURL)
	if err != nil {
		return err
	}
	if err := f.serve.check(ctx); err != nil {
		return err
	}
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(asked)
	load, err := f.source.loader(ctx, group)
	if err != nil {
		return err
	}
	settings, err := load()
	if err != nil {
		return err
	}
	options := collector.Options{
		Settings: settings, UserAgent: userAgent(), Logger: log,
		Registry: newRegistry(f.source.demo), Process: newProcessRegistry(), Responder: exposition.NewResponder(),
	}
	if path := f.serve.storagePath; path != "" {
		stored, err := store.Open(path)
		if err != nil {
			return err
		}
		defer stored.Close()
		options.Store = stored
	}
	announce(log, settings.Config, f.source.demo)
	c := collector.New(options)
	c.Restore(ctx)
	reloader := newReloader(load, c, options.Registry, log)
	p := pages{collector: c, responder: options.Responder, log: log, demo: f.source.demo, paths: paths, template: parseLanding()}
	probes, err := listenForProbes(ctx, f.serve.probeAddress, log)
	if err != nil {
		return err
	}
	server, listening := newServer(log, newHandler(p, &f.serve, reloader)), make(chan struct{})
	group.Go(func() error { return listen(server, f.serve.web, listening, log) })
	group.Go(func() error { return shutdown(ctx, server, log) })
	group.Go(func() error { return serveProbes(ctx, probes, p) })
	group.Go(func() error { return reloader.run(ctx, hangups) })
	// A process that cannot serve must not poll: it may be restarted again and again.
	group.Go(func() error { return onceReady(ctx, listening, c.Run) })
	return waitFor(asked, ctx, group, log)
}

func announce(log *slog.Logger, cfg *config.Config, demo bool) {
	log.Info("Starting "+name, "version", version.Version, "revision", version.GetRevision(), "go", runtime.Version(),
		"projects", len(cfg.Projects), "windows", len(cfg.Windows))
	if demo {
		log.Warn("Demo: all usage is simulated", "project", demoProject, "base_url", cfg.API.BaseURL.String())
	}
}

// newProcessRegistry returns a registry with the metrics of Go and the process.
func newProcessRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return registry
}

// newRegistry returns a registry with the metrics that never change.
func newRegistry(demo bool) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(versioncollector.NewCollector(name))
	if demo {
		simulated := prometheus.NewGauge(prometheus.GaugeOpts{Name: "statsig_exporter_demo", Help: "Whether all usage is simulated."})
		simulated.Set(1)
		registry.MustRegister(simulated)
	}
	return registry
}
