package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"statsig_exporter/collector"
	"statsig_exporter/collector/config"
)

// reloader reads the configuration anew when it is asked to, once at a time.
type reloader struct {
	load      func() (*config.Config, error)
	collector *collector.Collector
	log       *slog.Logger
	requests  chan chan error

	successful, successTime prometheus.Gauge
}

// newReloader returns a reloader of a configuration that has just been read.
func newReloader(load func() (*config.Config, error), c *collector.Collector, registry prometheus.Registerer, log *slog.Logger) *reloader {
	r := &reloader{
		load: load, collector: c, log: log, requests: make(chan chan error),
		successful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "statsig_exporter_config_last_reload_successful", Help: "Whether the configuration was read successfully the last time.",
		}),
		successTime: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "statsig_exporter_config_last_reload_success_timestamp_seconds", Help: "When the configuration was last read successfully.",
		}),
	}
	registry.MustRegister(r.successful, r.successTime)
	r.ended(nil)
	return r
}

// ended sets the metrics after an attempt.
func (r *reloader) ended(err error) {
	if err != nil {
		r.successful.Set(0)
	} else {
		r.successful.Set(1)
		r.successTime.Set(float64(time.Now().UnixMilli()) / 1000)
	}
	r.collector.OwnChanged()
}

// run reloads on SIGHUP and on requests until ctx ends.
func (r *reloader) run(ctx context.Context) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangups:
			_ = r.reload(ctx) // it has been logged, and a signal expects no answer
		case answer := <-r.requests:
			answer <- r.reload(ctx)
		}
	}
}

// reload does everything that can fail before it changes anything.
func (r *reloader) reload(ctx context.Context) error {
	settings, err := readSettings(r.load)
	if err != nil {
		r.ended(err)
		r.log.Error("Configuration could not be reloaded; what held before holds on", "err", err)
		return err
	}
	r.collector.Reload(ctx, settings)
	r.ended(nil)
	r.log.Info("Configuration reloaded", "projects", len(settings.Config.Projects), "windows", len(settings.Config.Windows))
	return nil
}

// readSettings reads the configuration and makes what follows from it.
func readSettings(load func() (*config.Config, error)) (collector.Settings, error) {
	cfg, err := load()
	if err != nil {
		return collector.Settings{}, err
	}
	return newSettings(cfg)
}

// newSettings makes the transports that a configuration asks for.
func newSettings(cfg *config.Config) (collector.Settings, error) {
	transport, err := cfg.HTTPTransport()
	if err != nil {
		return collector.Settings{}, fmt.Errorf("api.http_client: %w", err)
	}
	other, err := cfg.OtherTransport()
	if err != nil {
		return collector.Settings{}, fmt.Errorf("api.http_client: %w", err)
	}
	return collector.Settings{Config: cfg, Transport: transport, OtherTransport: other}, nil
}

// ServeHTTP reloads, and answers 200, or 500 with the error.
func (r *reloader) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	answer := make(chan error, 1)
	select {
	case r.requests <- answer:
	case <-req.Context().Done():
		return
	}
	if err := <-answer; err != nil {
		http.Error(w, "not reloaded: "+err.Error(), http.StatusInternalServerError)
		return
	}
	writeText(w, http.StatusOK, "reloaded\n")
}
