//go:build e2e

package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scrapes has one job for each format. Such a job asks for its format alone, and for gzip, as Prometheus always does.
const scrapes = `
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - {job_name: text, scrape_protocols: [PrometheusText0.0.4], static_configs: [{targets: ['%[1]s']}]}
  - {job_name: openmetrics, scrape_protocols: [OpenMetricsText1.0.0], static_configs: [{targets: ['%[1]s']}]}
  - {job_name: protobuf, scrape_protocols: [PrometheusProto], scrape_native_histograms: true, static_configs: [{targets: ['%[1]s']}]}
`

// prometheus is a running server.
type prometheus struct{ address string }

// startPrometheus runs a server that scrapes target in every format, once a second, until the test ends.
func startPrometheus(t *testing.T, target string) prometheus {
	t.Helper()
	return startPrometheusOn(t, t.TempDir(), target)
}

// startPrometheusOn runs such a server with the blocks in dir, of whatever age.
func startPrometheusOn(t *testing.T, dir, target string) prometheus {
	t.Helper()
	file := writeFile(t, "prometheus.yml", fmt.Sprintf(scrapes, target))
	return prometheus{address: start(t, "prometheus", "--config.file="+file, "--storage.tsdb.retention.time=10y",
		"--storage.tsdb.path="+dir, "--web.listen-address=127.0.0.1:0")}
}

// labels is a label set without the metric's name and the instance.
type labels map[string]string

// String writes equal sets alike: fmt sorts maps.
func (l labels) String() string { return fmt.Sprintf("%q", map[string]string(l)) }

// with returns a copy of the set that has one label more.
func (l labels) with(name, value string) labels {
	wider := labels{name: value}
	maps.Copy(wider, l)
	return wider
}

// vector is values by label set.
type vector map[string]float64

func (v vector) add(more vector) { maps.Copy(v, more) }

// becomes waits until promql evaluates to exactly the vector wanted.
func (p prometheus) becomes(t *testing.T, promql string, want vector) {
	t.Helper()
	eventually(t, func() error {
		got, err := p.query(t, promql)
		if err == nil && !maps.Equal(got, want) {
			err = fmt.Errorf("%s is %v, want %v", promql, got, want)
		}
		return err
	})
}

// addsUp waits until there are report totals, and the series of each metric add up to its total, per job, project and window.
func (p prometheus) addsUp(t *testing.T) {
	t.Helper()
	eventually(t, func() error {
		totals, err := p.query(t, `statsig_report_value`)
		if err == nil && len(totals) == 0 {
			err = errors.New("there is no statsig_report_value")
		}
		if err != nil {
			return err
		}
		sums, err := p.query(t, `sum by (job, project, window, metric) (
			label_replace({__name__=~"statsig_usage_.+",__name__!="statsig_usage_restated"}, "metric", "$1", "__name__", "(.+)"))`)
		if err != nil {
			return err
		}
		for set, total := range totals {
			sum, ok := sums[set]
			if !ok || math.Abs(sum-total) > 1e-9*math.Abs(total) {
				return fmt.Errorf("the series of %s add up to %v (there are some: %v), the report to %v", set, sum, ok, total)
			}
		}
		return nil
	})
}

// query returns the instant vector that promql evaluates to now.
func (p prometheus) query(t *testing.T, promql string) (vector, error) {
	t.Helper()
	var answer struct {
		Error string
		Data  struct {
			Result []struct {
				Metric labels
				Value  [2]any // the time, and the value as a string
			}
		}
	}
	body := get(t, "http://"+p.address+"/api/v1/query?query="+url.QueryEscape(promql), "")
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("query %s: %w in %q", promql, err, body)
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("query %s: %s", promql, answer.Error)
	}
	samples := make(vector)
	for _, sample := range answer.Data.Result {
		delete(sample.Metric, "__name__")
		delete(sample.Metric, "instance")
		value, err := strconv.ParseFloat(fmt.Sprint(sample.Value[1]), 64)
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", promql, err)
		}
		samples[sample.Metric.String()] = value
	}
	return samples, nil
}

// eventually repeats check until it is content, and fails the test with its last complaint after a minute.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	timeout := time.After(time.Minute)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("after a minute: %v", err)
		}
	}
}

// get returns a page. A contentType, if any, is what it asks for and what must be answered.
func get(t *testing.T, address, contentType string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Accept", contentType)
	}
	client := &http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Header.Get("Content-Type"); !strings.HasPrefix(got, contentType) {
		t.Errorf("%s answers with %q to a request for %q", address, got, contentType)
	}
	return body
}

// writeFile writes a file into a directory of the test's own and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
