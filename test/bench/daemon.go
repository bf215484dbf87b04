package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// daemon is this exporter and the API that it polls. The API answers each request with the report of the next poll, and only when
// it is told to.
type daemon struct {
	*process
	api    *httptest.Server
	asked  chan struct{} // gets a value for each request that has arrived
	answer chan struct{} // a request waits for a value
	dir    string
}

// daemonOptions say what an exporter polls.
type daemonOptions struct {
	binary  string
	report  report
	series  int  // the limit
	every   bool // poll each second; otherwise once
	storage bool // keep reports in the daemon's directory
}

// startDaemon starts the exporter and its API. Nothing has been answered yet.
func startDaemon(ctx context.Context, o daemonOptions) (*daemon, error) {
	dir, err := os.MkdirTemp("", "statsig_exporter-bench-")
	if err != nil {
		return nil, err
	}
	d := &daemon{asked: make(chan struct{}), answer: make(chan struct{}), dir: dir}
	var polls atomic.Int64
	d.api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case d.asked <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		select {
		case <-d.answer:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		if err := o.report(w, int(polls.Add(1)-1)); err != nil {
			panic(http.ErrAbortHandler) // the exporter has gone, or will see a short body
		}
	}))
	if d.process, err = d.run(ctx, o); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// run starts the exporter in the daemon's directory.
func (d *daemon) run(ctx context.Context, o daemonOptions) (*process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	interval := time.Hour
	if o.every {
		interval = time.Second
	}
	config := fmt.Sprintf(`global: {poll_interval: %s, poll_timeout: 10m}
api: {base_url: '%s'}
projects: [{name: %s, api_key: console-bench}]
report: {series_limit: %d}
`, interval, d.api.URL, project, o.series)
	file := filepath.Join(d.dir, "statsig.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	args := []string{"--config.file=" + file, "--web.listen-address=" + address}
	if o.storage {
		reports := filepath.Join(d.dir, "reports")
		if err := os.MkdirAll(reports, 0o700); err != nil {
			return nil, err
		}
		args = append(args, "--storage.path="+reports)
	}
	return launch(ctx, address, o.binary, args...)
}

// close ends the exporter, if it runs, and its API.
func (d *daemon) close() {
	if d.process != nil {
		d.stop()
	}
	d.api.CloseClientConnections()
	d.api.Close()
	_ = os.RemoveAll(d.dir) // in the system's directory for temporary files
}

// next waits until a poll has asked. The poll before has been published then.
func (d *daemon) next(ctx context.Context) error {
	select {
	case <-d.asked:
		return nil
	case <-time.After(10 * time.Minute):
		return fmt.Errorf("no poll has come:\n%s", d.Log)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// first answers the first poll and waits until its series are served.
func (d *daemon) first(ctx context.Context, series int) error {
	if err := d.next(ctx); err != nil {
		return err
	}
	d.answer <- struct{}{}
	for begun := time.Now(); time.Since(begun) < 10*time.Minute; {
		got, err := fetch(ctx, d.url, gzipped)
		if err != nil {
			return err
		}
		if got.series == series {
			return nil
		}
		if err := idle(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("%d series are not served:\n%s", series, d.Log)
}
