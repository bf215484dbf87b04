// Command statsig_exporter is a Prometheus exporter for the usage of Statsig
// projects. It polls Statsig's usage report, turns its columns into labelled
// gauges and serves them from memory.
package main

import (
	"context"
	"os"

	"statsig_exporter/app"
)

func main() {
	os.Exit(app.Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
