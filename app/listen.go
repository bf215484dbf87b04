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

// shutdownGrace is how long scrapes that are under way may take once the process
// is to end.
const shutdownGrace = 5 * time.Second

// endLimit is how long all else may take then. It can only be passed by what
// nothing can cut short, such as reading a file of a disk that does not answer.
const endLimit = 8 * time.Second

// listen serves until the server is shut down. It closes ready once every address
// is this process's own and the web configuration is in force.
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

// withRemedy adds to the error of an address that another process has what can be
// done about it.
func withRemedy(err error, flag string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; end the process that listens there, or choose another address with %s", err, flag)
	}
	return err
}

// onceReady calls run once ready is closed, or not at all if ctx ends before.
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
	log.Info("Ending")
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
