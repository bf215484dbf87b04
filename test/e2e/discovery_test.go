//go:build e2e

package e2e_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// shardedConfig has three projects, which two shards do not share evenly.
const shardedConfig = `
api: {base_url: "%s"}
windows: [{name: day}, {name: month, period: month, current: true}]
projects:
  - {name: web, api_key: console-web}
  - {name: app, api_key: console-app, labels: {team: growth}}
  - {name: "a&b=c", api_key: console-odd}
plans: [{name: pro, base_fee: 3, meters: [{name: units, metric: statsig_usage_units, included: 8}]}]
`

// discovering scrapes what service discovery finds, and beside it the same processes as a whole.
const discovering = `
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: discovered
    http_sd_configs: [{url: 'http://%[1]s/sd', refresh_interval: 1s}, {url: 'http://%[2]s/sd', refresh_interval: 1s}]
    relabel_configs:
      - {source_labels: [__address__, __param_project], separator: /, regex: (.+/.+), target_label: instance}
  - job_name: whole
    static_configs: [{targets: ['%[1]s', '%[2]s']}]
`

func TestServiceDiscoveryOfTwoShardsFindsEverySeriesOnce(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Header.Get("STATSIG-API-KEY")]++
		mu.Unlock()
		w.Header().Set("Content-Type", "text/csv")
		_, _ = io.WriteString(w, "Event,Units\ncheckout,5\nrefund,2.5\n")
	}))
	t.Cleanup(upstream.Close)
	file := harness.WriteFile(t, "statsig.yml", fmt.Sprintf(shardedConfig, upstream.URL))
	var shards [2]any
	for i := range shards {
		shards[i] = start(t, "statsig_exporter", "--web.listen-address=127.0.0.1:0", "--config.file="+file, fmt.Sprintf("--shard=%d/2", i))
	}
	server := prometheus{address: start(t, "prometheus", "--storage.tsdb.path="+t.TempDir(), "--web.listen-address=127.0.0.1:0",
		"--config.file="+harness.WriteFile(t, "prometheus.yml", fmt.Sprintf(discovering, shards[:]...)))}

	server.becomes(t, `count by (job) (up == 1)`, vector{labels{"job": "discovered"}.String(): 5, labels{"job": "whole"}.String(): 2})
	const perName = `count by (name, project) (label_replace({job="%s",__name__=~"(statsig|go|process)_.+"}, "name", "$1", "__name__", "(.+)"))`
	harness.Eventually(t, time.Minute, func() error {
		whole, err := server.query(t, fmt.Sprintf(perName, "whole"))
		if err != nil {
			return err
		}
		discovered, err := server.query(t, fmt.Sprintf(perName, "discovered"))
		if err == nil && (len(whole) < 50 || !maps.Equal(discovered, whole)) {
			err = fmt.Errorf("discovered: %v, and as a whole: %v", discovered, whole)
		}
		return err
	})
	server.becomes(t, `sum by (plan, meter) (statsig_plan_project_used{job="discovered"})`, vector{labels{"plan": "pro", "meter": "units"}.String(): 22.5})
	mu.Lock()
	defer mu.Unlock()
	if want := map[string]int{"console-web": 2, "console-app": 2, "console-odd": 2}; !maps.Equal(asked, want) {
		t.Errorf("upstream was asked %v, and should be %v", asked, want)
	}
}
