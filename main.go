// Command statsig_exporter is a Prometheus exporter for the usage of Statsig
// projects. It polls Statsig's usage report, turns its columns into labelled
// gauges and serves them from memory.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"statsig_exporter/app"
)

func main() {
	// A hangup that comes before the daemon waits for it must not end the process.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := app.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
