package app

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"statsig_exporter/app/show"
	"statsig_exporter/collector"
)

// reloader reads the configuration again when asked to, one reload at a time.
type reloader struct {
	load      loader
	collector *collector.Collector
	log       *slog.Logger
	requests  chan chan error

	successful, successTime prometheus.Gauge
}

// newReloader returns a reloader of a configuration that has just been read.
func newReloader(load loader, c *collector.Collector, registry prometheus.Registerer, log *slog.Logger) *reloader {
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
	r.count(nil)
	return r
}

// count sets the metrics after an attempt.
func (r *reloader) count(err error) {
	if err != nil {
		r.successful.Set(0)
	} else {
		r.successful.Set(1)
		r.successTime.Set(float64(time.Now().UnixMilli()) / 1000)
	}
	r.collector.OwnChanged()
}

// run reloads on hangups and on requests until ctx ends.
func (r *reloader) run(ctx context.Context, hangups <-chan os.Signal) error {
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
	settings, err := r.load()
	if err != nil {
		r.count(err)
		r.log.Error("Configuration could not be reloaded; keeping the previous one", "err", err)
		return err
	}
	r.collector.Reload(ctx, settings)
	r.count(nil)
	r.log.Info("Configuration reloaded", "projects", len(settings.Config.Projects), "windows", len(settings.Config.Windows))
	return nil
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
		http.Error(w, "not reloaded: "+show.Lines(err.Error()), http.StatusInternalServerError)
		return
	}
	writeText(w, http.StatusOK, "reloaded\n")
}
