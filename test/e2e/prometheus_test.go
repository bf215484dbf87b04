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
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// scrapes has one job for each format. Such a job asks for its format alone, and for gzip, as Prometheus always does.
const scrapes = `
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - {job_name: text, scrape_protocols: [PrometheusText0.0.4], static_configs: [{targets: ['%[1]s']}]}
  - {job_name: openmetrics, scrape_protocols: [OpenMetricsText1.0.0], static_configs: [{targets: ['%[1]s']}]}
  - {job_name: protobuf, scrape_protocols: [PrometheusProto], scrape_native_histograms: true, static_configs: [{targets: ['%[1]s']}]}
`

// start runs a program found in PATH until the test ends and returns the address that it listens on.
func start(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = harness.Environment()
	return harness.Start(t, cmd).MustAddress(t)
}

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
	file := harness.WriteFile(t, "prometheus.yml", fmt.Sprintf(scrapes, target))
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
	harness.Eventually(t, time.Minute, func() error {
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
	harness.Eventually(t, time.Minute, func() error {
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
	var data struct {
		Result []struct {
			Metric labels
			Value  [2]any // the time, and the value as a string
		}
	}
	if err := p.read(t, "query", url.Values{"query": {promql}}, &data); err != nil {
		return nil, err
	}
	samples := make(vector)
	for _, sample := range data.Result {
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

// read reads the data of an answer of the server's API. A warning, such as one of a query's, is an error too.
func (p prometheus) read(t *testing.T, path string, form url.Values, data any) error {
	t.Helper()
	answer := struct {
		Error    string
		Warnings []string
		Data     any
	}{Data: data}
	body := get(t, "http://"+p.address+"/api/v1/"+path+"?"+form.Encode(), "")
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("%s %s: %w in %q", path, form, err, body)
	}
	if answer.Error != "" || len(answer.Warnings) > 0 {
		return fmt.Errorf("%s %s: %s %q", path, form, answer.Error, answer.Warnings)
	}
	return nil
}

// get returns a page. It asks for a contentType, if any, which the answer must have.
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
