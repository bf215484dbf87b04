package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"statsig_exporter/collector"
)

// listenForProbes listens on an address, or returns nil for an empty one.
func listenForProbes(ctx context.Context, address string, log *slog.Logger) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--web.probe-address: %w", withRemedy(err, "--web.probe-address"))
	}
	log.Info("Listening for probes", "probe_address", listener.Addr().String())
	return listener, nil
}

// serveProbes serves the two paths that an orchestrator asks, on a listener of
// their own, until ctx ends: a web configuration that demands a password or a
// client certificate then does not make it end a healthy process. Without a
// listener it does nothing.
func serveProbes(ctx context.Context, listener net.Listener, c *collector.Collector, log *slog.Logger) error {
	if listener == nil {
		return nil
	}
	mux := http.NewServeMux()
	pages{collector: c}.handleProbes(mux)
	server := newServer(log, mux)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // an answer takes no time worth waiting for
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve probes: %w", err)
	}
	return nil
}

// handleProbes adds the paths for probes to mux.
func (p pages) handleProbes(mux *http.ServeMux) {
	mux.HandleFunc("GET /-/healthy", p.healthy)
	mux.HandleFunc("GET /-/ready", p.ready)
}
