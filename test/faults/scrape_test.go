//go:build faults

package faults_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"statsig_exporter/test/harness"
)

// scraper opens a connection for each request, so that no idle one is counted as a goroutine.
var scraper = &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}

// formats are all in which metrics are served.
var formats = []string{
	"text/plain; version=0.0.4",
	"application/openmetrics-text; version=1.0.0",
	"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
}

// get returns a page of the exporter, which has to answer 200.
func (p *process) get(path, accept string) (string, error) {
	req, err := http.NewRequest(http.MethodGet, "http://"+p.address+path, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", accept)
	resp, err := scraper.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: status %d: %s", path, resp.StatusCode, harness.Cut(string(body), 200))
	}
	return string(body), err
}

// mustGet is get for pages that have to be there.
func (p *process) mustGet(t *testing.T, path, accept string) string {
	t.Helper()
	body, err := p.get(path, accept)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// page is one scrape in the text format.
type page string

func (p *process) scrape(t *testing.T) page {
	t.Helper()
	return page(p.mustGet(t, "/metrics", formats[0]))
}

// value returns a sample by its name and labels as the text format writes them, and whether it is there.
func (m page) value(series string) (float64, bool) {
	_, rest, ok := strings.Cut("\n"+string(m), "\n"+series+" ")
	if !ok {
		return 0, false
	}
	text, _, _ := strings.Cut(rest, "\n")
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// of returns a sample about a project's window; -1 if there is none.
func (m page) of(name, project string) float64 {
	if v, ok := m.value(fmt.Sprintf(`%s{project=%q,window="day"}`, name, project)); ok {
		return v
	}
	return -1
}

// polls returns how many polls of a project ended with a result.
func (m page) polls(project, result string) int {
	v, ok := m.value(fmt.Sprintf(`statsig_exporter_polls_total{project=%q,result=%q,window="day"}`, project, result))
	if !ok {
		return -1
	}
	return int(v)
}

// total returns the sum of the usual value column; -1 if it is not served.
func (m page) total(project string) float64 {
	series := fmt.Sprintf(`statsig_report_value{metric="statsig_usage_billable_events",project=%q,window="day"}`, project)
	if v, ok := m.value(series); ok {
		return v
	}
	return -1
}

var (
	usageLine   = regexp.MustCompile(`(?m)^(?:# (?:HELP|TYPE) )?statsig_(?:usage_|report_value).*\n`)
	accountLine = regexp.MustCompile(`(?m)^(?:# (?:HELP|TYPE) )?statsig_exporter_(?:report_|series|schema_columns).*\n`)
)

// usage returns every byte about usage.
func (m page) usage() string { return strings.Join(usageLine.FindAllString(string(m), -1), "") }

// account returns every byte of the account of the served reports.
func (m page) account() string { return strings.Join(accountLine.FindAllString(string(m), -1), "") }

// goroutines returns how many there are now, and their stacks.
func (p *process) goroutines(t *testing.T) (int, string) {
	t.Helper()
	profile := p.mustGet(t, "/debug/pprof/goroutine?debug=1", "")
	_, rest, _ := strings.Cut(profile, "total ")
	number, stacks, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("goroutine profile begins with %q", harness.Cut(profile, 100))
	}
	return n, stacks
}

// wantAtLeast says that there is less of something than is waited for.
func wantAtLeast(got, want int) error {
	if got < want {
		return fmt.Errorf("%d, want at least %d", got, want)
	}
	return nil
}
