package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/sync/errgroup"
)

const (
	// shutdownGrace is how long scrapes may go on after the process is asked to end.
	shutdownGrace = 5 * time.Second
	// endLimit is how long everything else may go on then. Only what nothing can
	// interrupt takes longer, such as reading from a disk that does not answer.
	endLimit = 8 * time.Second
)

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

// listen serves until the server is shut down. It closes ready once this process
// owns every address and the web configuration is in force.
func listen(server *http.Server, flags *web.FlagConfig, ready chan<- struct{}, log *slog.Logger) error {
	accepting := sync.OnceFunc(func() { close(ready) })
	// The toolkit has all listeners before any of them begins to accept.
	server.BaseContext = func(net.Listener) context.Context {
		accepting()
		return context.Background()
	}
	err := web.ListenAndServe(server, flags, log)
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", withRemedy(err, "--web.listen-address"))
	}
	return nil
}

// withRemedy adds what to do about an address that another process has.
func withRemedy(err error, flag string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; end the process that listens there, or choose another address with %s", err, flag)
	}
	return err
}

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

// serveProbes serves the paths for probes on a listener of their own until ctx
// ends, so that a web configuration with passwords or client certificates does not
// make an orchestrator kill a healthy process. Without a listener it does nothing.
func serveProbes(ctx context.Context, listener net.Listener, p pages) error {
	if listener == nil {
		return nil
	}
	server := newServer(p.log, p.probesMux())
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // an answer takes no time worth waiting for
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve probes: %w", err)
	}
	return nil
}

// onceReady calls run once ready is closed, or not at all if ctx ends first.
func onceReady(ctx context.Context, ready <-chan struct{}, run func(context.Context) error) error {
	select {
	case <-ready:
		return run(ctx)
	case <-ctx.Done():
		return nil
	}
}

// shutdown ends the server once ctx has ended, and returns when it is drained.
func shutdown(ctx context.Context, server *http.Server, log *slog.Logger) error {
	<-ctx.Done()
	log.Info("Shutting down")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		log.Warn("Cut off requests that were still under way", "err", err)
		_ = server.Close() // the listeners are closed, and clients have had their time
	}
	return nil
}

// waitFor waits for all members of group, but once ctx has ended no longer than
// endLimit. Their context is members.
func waitFor(ctx, members context.Context, group *errgroup.Group, log *slog.Logger) error {
	ended := make(chan error, 1)
	go func() { ended <- group.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-members.Done():
	}
	timer := time.NewTimer(endLimit)
	defer timer.Stop()
	select {
	case err := <-ended:
		return err
	case <-timer.C:
		log.Warn("Ended though something was still under way; look for a file or a disk that does not answer", "waited", endLimit)
	}
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(members)
}
