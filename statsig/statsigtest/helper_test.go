package statsigtest_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

// noon is a Wednesday; yesterday and its end are what most tests ask for.
var (
	noon      = time.Date(2026, time.March, 11, 12, 0, 0, 0, time.UTC)
	today     = time.Date(2026, time.March, 11, 0, 0, 0, 0, time.UTC)
	yesterday = today.AddDate(0, 0, -1)
)

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// clock is a clock that a test moves.
type clock struct{ now atomic.Pointer[time.Time] }

func newClock(now time.Time) *clock {
	c := &clock{}
	c.now.Store(&now)
	return c
}

func (c *clock) read() time.Time { return *c.now.Load() }

func (c *clock) advance(d time.Duration) { c.set(c.read().Add(d)) }

func (c *clock) set(now time.Time) { c.now.Store(&now) }

// start serves the simulation over a real connection until the test ends.
func start(t *testing.T, opts statsigtest.Options) (*statsigtest.Server, *httptest.Server) {
	t.Helper()
	if opts.Now == nil {
		opts.Now = at(noon)
	}
	sim := statsigtest.New(opts)
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	t.Cleanup(sim.ClearFaults)
	return sim, srv
}

// ask is a good request of the demo's key for a window.
func ask(t *testing.T, url string, from, to time.Time) *http.Request {
	t.Helper()
	query := "?start=" + strconv.FormatInt(from.UnixMilli(), 10) + "&end=" + strconv.FormatInt(to.UnixMilli(), 10)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+statsigtest.ReportPath+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(statsigtest.KeyHeader, "console-demo")
	r.Header.Set("Accept", "text/csv, application/json;q=0.5")
	return r
}

// plain sends requests as they are: no redirects, no compression of its own.
func plain() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// got is an answer that has been read as far as it went.
type got struct {
	*http.Response
	body string
	err  error // Of reading the body.
}

func send(t *testing.T, r *http.Request) got {
	t.Helper()
	resp, err := plain().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return got{resp, string(body), err}
}

// sums adds up the two value columns of a report.
func sums(t *testing.T, report string) (billable, total int64, rows int) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(report)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		b, err := strconv.ParseInt(record[5], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.ParseInt(record[6], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		billable, total = billable+b, total+n
	}
	return billable, total, len(records) - 1
}
