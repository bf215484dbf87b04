package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// exporter is the variant that is this project's own binary.
const exporter = "exporter"

// upstream is a simulated Console API that answers each request with the report
// of the next poll, and only when it is told to.
type upstream struct {
	*httptest.Server
	// asked gets a value for each request that has arrived.
	asked chan struct{}
	// answer is what a request waits for.
	answer chan struct{}
}

func newUpstream(report func(w io.Writer, poll int) error) *upstream {
	u := &upstream{asked: make(chan struct{}), answer: make(chan struct{})}
	var polls atomic.Int64
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case u.asked <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		select {
		case <-u.answer:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		if err := report(w, int(polls.Add(1)-1)); err != nil {
			panic(http.ErrAbortHandler) // the exporter has gone, or will see a short body
		}
	}))
	return u
}

// next waits until a poll has asked. The one before has been published then.
func (u *upstream) next(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	select {
	case <-u.asked:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a poll: %w", ctx.Err())
	}
}

// daemon is this exporter and the API that it polls.
type daemon struct {
	*process
	api *upstream
	dir string
}

// daemonOptions say what an exporter polls, and how often.
type daemonOptions struct {
	binary   string
	report   func(w io.Writer, poll int) error
	interval time.Duration
	series   int  // the limit
	storage  bool // keep reports in the daemon's directory
}

// startDaemon starts the exporter and its API. Nothing has been answered yet.
func startDaemon(ctx context.Context, o daemonOptions) (*daemon, error) {
	dir, err := os.MkdirTemp("", "statsig_exporter-bench-")
	if err != nil {
		return nil, err
	}
	d := &daemon{api: newUpstream(o.report), dir: dir}
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
	config := fmt.Sprintf(`global: {poll_interval: %s, poll_timeout: 10m}
api: {base_url: '%s'}
projects: [{name: %s, api_key: console-bench}]
report: {series_limit: %d}
`, o.interval, d.api.URL, project, o.series)
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

// first answers the first poll and waits until its series are served.
func (d *daemon) first(ctx context.Context, series int) error {
	if err := d.api.next(ctx); err != nil {
		return err
	}
	d.api.answer <- struct{}{}
	return awaitSeries(ctx, d.process, series)
}

// awaitSeries waits until a server serves so many series.
func awaitSeries(ctx context.Context, p *process, series int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		got, err := fetch(ctx, p.url, gzipped)
		if err != nil {
			return fmt.Errorf("look for %d series: %w", series, err)
		}
		if got.series == series {
			return nil
		}
		if got.series > 0 {
			return fmt.Errorf("%d series are served, not %d", got.series, series)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no series are served; the server says:\n%s", p.output.String())
		case <-tick.C:
		}
	}
}
