package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/common/version"
	"golang.org/x/sync/errgroup"

	"statsig_exporter/collector"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/store"
)

// errNoKey names the three ways to tell the exporter what to poll.
var errNoKey = errors.New("nothing to poll: set STATSIG_API_KEY to a Console API key (or STATSIG_API_KEY_FILE to a file that holds one), give --config.file, or try --demo")

// serve polls and serves until ctx ends.
func serve(ctx context.Context, o *options, log *slog.Logger) error {
	if err := checkWebFlags(ctx, o); err != nil {
		return err
	}
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(asked)
	load, err := source(ctx, o, group)
	if err != nil {
		return err
	}
	load = sharded(load, o.shard)
	settings, err := readSettings(load)
	if err != nil {
		return err
	}
	kept, err := openStore(o.storagePath)
	if err != nil {
		return err
	}
	defer kept.Close()
	log.Info("Starting "+name, "version", version.Version, "revision", version.GetRevision(), "go", runtime.Version(),
		"projects", len(settings.Config.Projects), "windows", len(settings.Config.Windows))
	if o.demo {
		log.Warn("Demo: all usage is simulated", "project", demoProject, "base_url", settings.Config.API.BaseURL.String())
	}
	registry := newRegistry(o.demo)
	responder := exposition.NewResponder()
	options := collector.Options{Settings: settings, UserAgent: userAgent(), Logger: log, Registry: registry, Responder: responder}
	options.Process = newProcessRegistry()
	if kept != nil {
		options.Store = kept
	}
	c := collector.New(options)
	c.Restore(ctx)
	reloader := newReloader(load, c, registry, log)
	server := newServer(log, newMux(o, pages{
		collector: c, responder: responder, log: log, demo: o.demo, metricsPath: o.telemetryPath, template: parseLanding(),
	}, reloader))
	probes, err := listenForProbes(ctx, o.probeAddress, log)
	if err != nil {
		return err
	}
	listening := make(chan struct{})
	group.Go(func() error { return listen(server, o.web, listening, log) })
	group.Go(func() error { return shutdown(ctx, server, log) })
	group.Go(func() error { return serveProbes(ctx, probes, c, log) })
	group.Go(func() error { return reloader.run(ctx) })
	// A process that cannot serve, and is started again and again, asks nothing.
	group.Go(func() error { return onceReady(ctx, listening, c.Run) })
	return waitFor(asked, ctx, group, log)
}

// openStore opens the storage path, or returns nil, which stores nothing, for an
// empty one.
func openStore(path string) (*store.Store, error) {
	if path == "" {
		return nil, nil
	}
	return store.Open(path)
}

// source returns what reads the configuration that the flags and the environment
// ask for. The demo's server becomes a member of group.
func source(ctx context.Context, o *options, group *errgroup.Group) (func() (*config.Config, error), error) {
	switch {
	case o.demo && o.configFile != "":
		return nil, errors.New("--demo and --config.file exclude each other")
	case o.demo:
		cfg, err := startDemo(ctx, group)
		return func() (*config.Config, error) { return cfg, nil }, err
	case o.configFile != "":
		return func() (*config.Config, error) { return config.Load(o.configFile) }, nil
	}
	key, err := keyFromEnv()
	return func() (*config.Config, error) { return config.Default(key), nil }, err
}

// sharded returns what reads the same configuration with the projects of one shard.
func sharded(load func() (*config.Config, error), shard config.Shard) func() (*config.Config, error) {
	return func() (*config.Config, error) {
		cfg, err := load()
		if err != nil {
			return nil, err
		}
		cfg.Projects = shard.Of(cfg.Projects)
		return cfg, nil
	}
}

// keyFromEnv returns where the environment says the key is.
func keyFromEnv() (config.KeySource, error) {
	file := os.Getenv("STATSIG_API_KEY_FILE")
	switch key := os.Getenv("STATSIG_API_KEY"); {
	case key != "" && file != "":
		return config.KeySource{}, errors.New("STATSIG_API_KEY and STATSIG_API_KEY_FILE exclude each other")
	case file != "":
		return config.KeySource{File: file}, nil
	case key != "":
		return config.KeySource{Env: "STATSIG_API_KEY"}, nil
	}
	return config.KeySource{}, errNoKey
}

// newProcessRegistry returns a registry with the metrics of any process.
func newProcessRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return registry
}

// newRegistry returns a registry with what is known of the program at its start.
func newRegistry(demo bool) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	gauge := func(name, help string, value float64) prometheus.Collector {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		g.Set(value)
		return g
	}
	registry.MustRegister(versioncollector.NewCollector(name))
	if demo {
		registry.MustRegister(gauge("statsig_exporter_demo", "Whether all usage is simulated.", 1))
	}
	return registry
}

// newServer returns a server in which a slow client holds a connection and a
// little memory, for a bounded time, and nothing else.
func newServer(log *slog.Logger, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // of clients: they are many
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       3 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
