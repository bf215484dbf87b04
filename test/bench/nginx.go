package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// static is the variant that is nginx, serving what the exporter served as files.
const static = "nginx"

// nginxConfig is Debian's as far as it matters, with all paths below one directory
// that nobody else can read. The user only matters to root.
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

// startNginx serves the bodies that another server serves, plain and gzip.
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

// save writes the gzip body of a server into name.gz as it is sent, and inflated
// into name. Only gzip is asked for: the server may keep what somebody asks for.
func save(ctx context.Context, name string, from *process) error {
	s := newScraper()
	defer s.close()
	resp, err := s.ask(ctx, from.url, gzipped)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	packed, err := os.Create(name + ".gz")
	if err != nil {
		return err
	}
	defer packed.Close()
	if _, err := io.Copy(packed, resp.Body); err != nil {
		return err
	}
	if _, err := packed.Seek(0, io.SeekStart); err != nil {
		return err
	}
	text, err := decompressor(packed, gzipped)
	if err != nil {
		return err
	}
	plain, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(plain, text); err != nil {
		return err
	}
	return plain.Close()
}
