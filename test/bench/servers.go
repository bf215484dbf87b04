package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The servers that are scraped, by the names in the tables.
const (
	ours     = "this exporter"
	gaugeVec = "GaugeVec + promhttp"
	static   = "nginx, gzip_static"
)

// serveGaugeVec serves n series as most exporters do until ctx ends.
func serveGaugeVec(ctx context.Context, address string, n int) error {
	mux := http.NewServeMux()
	mux.Handle("/metrics", gaugeVecHandler(n))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // nobody is served any more
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

func gaugeVecHandler(n int) http.Handler {
	family := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: familyName, Help: familyHelp}, labelNames())
	for i := range n {
		family.WithLabelValues(labelValues(i)...).Set(value(i, 0))
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), family)
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// nginxConfig is Debian's as far as it matters, with all paths below one directory that nobody else can read. The user only
// matters to root.
const nginxConfig = `user root;
worker_processes auto;
daemon off;
pid nginx.pid;
error_log stderr;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  access_log off;
  default_type text/plain;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen %s;
    root .;
    gzip_static on;
  }
}
`

// startNginx serves the bodies of another server as files, plain and gzip.
func startNginx(ctx context.Context, binary, dir string, from *process) (*process, error) {
	if err := save(ctx, filepath.Join(dir, "metrics"), from); err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, nginxConfig, address), 0o600); err != nil {
		return nil, err
	}
	return launch(ctx, address, binary, "-p", dir, "-c", file, "-e", "stderr")
}

// save writes the gzip body of a server into name.gz as it is sent, and inflated into name.
func save(ctx context.Context, name string, from *process) error {
	s := newScraper()
	defer s.CloseIdleConnections()
	resp, err := ask(ctx, s, from.url, gzipped)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	packed, err := os.Create(name + ".gz")
	if err != nil {
		return err
	}
	defer packed.Close()
	text, err := gzip.NewReader(io.TeeReader(resp.Body, packed))
	if err != nil {
		return err
	}
	plain, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(plain, text); err != nil { //nolint:gosec // the body is of the exporter that is measured
		return err
	}
	return plain.Close()
}
