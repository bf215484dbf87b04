//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// alert is an alert as Alertmanager is sent one, and as it sends one to a webhook.
type alert struct {
	Status       string            `json:"status,omitempty"` // a webhook's alone
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     string            `json:"startsAt"`
	GeneratorURL string            `json:"generatorURL"`
}

// TestTheLaunchOfTheDemoReachesTheWebhookOfTheStack runs the stack of deploy/compose with its own files. It changes
// addresses and paths to this machine's, and minutes to seconds, so that nobody waits for half an hour of "for".
func TestTheLaunchOfTheDemoReachesTheWebhookOfTheStack(t *testing.T) {
	alerts := make(chan alert, 1000)
	webhook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var message struct{ Alerts []alert }
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for _, one := range message.Alerts {
			select {
			case alerts <- one:
			default: // there are more than anybody reads
			}
		}
	}))
	t.Cleanup(webhook.Close)

	exporter := start(t, "statsig_exporter", "--demo", "--web.listen-address=127.0.0.1:0")
	manager := start(t, "alertmanager", "--cluster.listen-address=", "--web.listen-address=127.0.0.1:0", "--storage.path="+t.TempDir(),
		"--config.file="+stackFile(t, "compose/alertmanager.yml", map[string]string{
			"/etc/alertmanager/webhook.url": harness.WriteFile(t, "webhook.url", webhook.URL),
		}))
	// Prometheus cannot know its own port beforehand.
	rules := map[string]string{"exporter:10782": exporter, "alertmanager:9093": manager, "localhost:9090": "127.0.0.1:1"}
	rules["/etc/prometheus/rules/alerts.yml"] = stackFile(t, "prometheus/alerts.yml", map[string]string{"http://localhost:10782/": "http://" + exporter + "/"})
	rules["/etc/prometheus/rules/rules.yml"] = stackFile(t, "prometheus/rules.yml", nil)
	server := prometheus{address: start(t, "prometheus", "--config.file="+stackFile(t, "compose/prometheus.yml", rules),
		"--storage.tsdb.path="+t.TempDir(), "--web.listen-address=127.0.0.1:0")}

	spike := waitForAlert(t, alerts, func(a alert) bool {
		return a.Labels["alertname"] == "StatsigUsageSpike" && a.Labels["event"] == "checkout_redesign"
	})
	if spike.Status != "firing" || spike.Labels["project"] != "demo" || spike.Labels["severity"] == "" {
		t.Errorf("the alert is %+v", spike)
	}
	for _, wanted := range []string{"summary", "description"} {
		if spike.Annotations[wanted] == "" || strings.Contains(spike.Annotations[wanted], "<error") {
			t.Errorf("the %s of the alert is %q", wanted, spike.Annotations[wanted])
		}
	}
	if page := get(t, spike.Annotations["runbook_url"], ""); !strings.Contains(string(page), `<h3 id="statsigusagespike">`) {
		t.Errorf("%s is not the runbook of the alert:\n%.300s", spike.Annotations["runbook_url"], page)
	}
	// Nothing else is wrong with the demo, whose plan is used up in some months, and whose month has no usage yet while it is young.
	others, err := server.query(t, `count by (alertname, alertstate) (ALERTS{alertname!~"StatsigUsageSpike|StatsigPlan.+",window!="month"})`)
	if err != nil || len(others) > 0 {
		t.Errorf("there are other alerts: %v, %v", others, err)
	}
	failures, err := server.query(t, `prometheus_rule_evaluation_failures_total > 0`)
	if err != nil || len(failures) > 0 {
		t.Errorf("rules fail: %v, %v", failures, err)
	}
}

// lengths matches the settings of the stack that make it slow: how often it looks, and how long it waits before it says so.
var lengths = regexp.MustCompile(`(?m)^(\s*(?:scrape_interval|evaluation_interval|interval|for|keep_firing_for|group_wait|group_interval):) *\w+`)

// stackFile copies a file of deploy with shorter times and with every key of instead, which it must contain, replaced by its value.
func stackFile(t *testing.T, name string, instead map[string]string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	if !lengths.Match(text) {
		t.Fatalf("deploy/%s has no times to shorten", name)
	}
	short := lengths.ReplaceAllString(string(text), "$1 1s")
	for old, now := range instead {
		if !strings.Contains(short, old) {
			t.Fatalf("deploy/%s does not contain %s", name, old)
		}
		short = strings.ReplaceAll(short, old, now)
	}
	return harness.WriteFile(t, filepath.Base(name), short)
}

// waitForAlert returns the first alert that is wanted.
func waitForAlert(t *testing.T, alerts <-chan alert, wanted func(alert) bool) alert {
	t.Helper()
	timeout := time.After(time.Minute)
	seen := map[string]int{}
	for {
		select {
		case one := <-alerts:
			if wanted(one) {
				return one
			}
			seen[fmt.Sprint(one.Labels)]++
		case <-timeout:
			t.Fatalf("the alert has not come after a minute; there were %v", seen)
		}
	}
}
