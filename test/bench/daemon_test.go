package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"statsig_exporter/bench/series"
)

// daemon is this exporter and the API that it polls.
type daemon struct {
	*process
	api *httptest.Server
	// step hands out two values for each request: one when it has arrived, and one when it may be answered.
	step chan struct{}
	args []string
}

// startDaemon starts the exporter with a limit on its series. The API answers each poll with the report of the next number, but
// nothing has been answered yet.
func (b *bench) startDaemon(report series.Report, limit int, interval time.Duration, args ...string) *daemon {
	b.Helper()
	d := &daemon{step: make(chan struct{})}
	var polls atomic.Int64
	d.api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 2 {
			select {
			case d.step <- struct{}{}:
			case <-r.Context().Done():
				return
			}
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		if report(w, int(polls.Add(1)-1)) != nil {
			panic(http.ErrAbortHandler) // the exporter has gone
		}
	}))
	config := filepath.Join(b.TempDir(), "statsig.yml")
	b.check(os.WriteFile(config, fmt.Appendf(nil, `global: {poll_interval: %s, poll_timeout: 10m}
api: {base_url: '%s'}
projects: [{name: %s, api_key: console-bench}]
report: {series_limit: %d}
`, interval, d.api.URL, series.Project, limit), 0o600))
	d.args = append(args, "--config.file="+config)
	d.process = b.launchExporter(d.args)
	return d
}

func (b *bench) launchExporter(args []string) *process {
	b.Helper()
	address := b.address()
	return b.launch(address, b.program("statsig_exporter"), append(args, "--web.listen-address="+address)...)
}

// close ends the exporter and its API.
func (d *daemon) close() {
	d.stop()
	d.api.Close()
}

// next waits until a poll has asked. The poll before has been published then.
func (b *bench) next(d *daemon) {
	select {
	case <-d.step:
	case <-time.After(10 * time.Minute):
		b.Fatal("no poll has come")
	}
}

// first answers the first poll and waits until its series are served.
func (b *bench) first(d *daemon, n int) {
	b.next(d)
	<-d.step
	for begun := time.Now(); ; <-time.After(50 * time.Millisecond) {
		body, err := b.read(d.process)
		b.check(err)
		switch {
		case strings.Count(body, "\n"+series.Name+"{") == n:
			return
		case time.Since(begun) > 10*time.Minute:
			b.Fatalf("%d series are not served", n)
		}
	}
}
