//go:build e2e

package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// since is when the alerts of the tests began.
const since = "2026-02-02T15:04:05Z"

// newAlert is an alert as the rules write one, with text in the place of a summary.
func newAlert(name, text string, labels map[string]string) alert {
	labels["alertname"], labels["severity"] = name, "warning"
	return alert{Labels: labels, StartsAt: since, GeneratorURL: "http://prometheus/graph?a=1&b=2", Annotations: map[string]string{
		"summary": text, "description": "It costs <money>.", "runbook_url": "http://exporter/docs/alerts.md#a", "dashboard_url": "http://grafana/d/statsig-usage",
	}}
}

// startAlertmanager runs the example of deploy/alertmanager until the test ends, with these alerts. Its messages come on the channels.
func startAlertmanager(t *testing.T, alerts []alert) (slack, mails <-chan notification) {
	t.Helper()
	templates, err := filepath.Abs("../../deploy/alertmanager/statsig.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	webhook, slack := receiveSlack(t)
	smarthost, mails := receiveMail(t)
	manager := start(t, "alertmanager", "--cluster.listen-address=", "--web.listen-address=127.0.0.1:0", "--storage.path="+t.TempDir(),
		"--config.file="+stackFile(t, "alertmanager/alertmanager.yml", map[string]string{
			"/etc/alertmanager/slack.url":    harness.WriteFile(t, "slack.url", webhook),
			"/etc/alertmanager/statsig.tmpl": templates,
			"smtp.example.org:587":           smarthost,
			"smtp_require_tls: true":         "smtp_require_tls: false",
		}))
	body, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+manager+"/api/v2/alerts", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{Timeout: time.Minute}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("Alertmanager answers %s", response.Status)
	}
	return slack, mails
}

func TestALaunchIsOneMessageThatSaysWhatToDo(t *testing.T) {
	const event = `<!channel> & "<b>launch</b>"` // would call a whole channel, and break a page
	const summary = "Event " + event + ": 6.2 times its usual Monday"
	slack, mails := startAlertmanager(t, []alert{
		newAlert("StatsigUsageSpike", summary, map[string]string{"project": "a&b", "event": event}),
		newAlert("StatsigUsageSpike", "Event refund: 3.1 times its usual Monday", map[string]string{"project": "shop", "event": "refund"}),
	})
	const escaped = `Event &lt;!channel&gt; &amp; "&lt;b&gt;launch&lt;/b&gt;": 6.2 times its usual Monday`
	const facts = "\nSince Mon 2 Feb 15:04 UTC. It costs <money>.\n"
	const do = "Find the launch or the loop that logs this. If it is a mistake, sample or remove the event."
	const link = "http://grafana/d/statsig-usage?var-project="
	slackFacts := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(facts) + "*Do:* " + do + "\n<http://exporter/docs/alerts.md#a|Runbook> · <" + link
	const slackEnd = "|Usage dashboard> · <http://prometheus/graph?a=1&b=2|Query>\n\n"
	equal(t, "Slack's message", next(t, slack), notification{
		title: escaped + " (and 1 more)",
		text: "*" + escaped + "*" + slackFacts + "a%26b" + slackEnd +
			"*Event refund: 3.1 times its usual Monday*" + slackFacts + "shop" + slackEnd,
	})
	const end = "\nQuery: http://prometheus/graph?a=1&b=2\n\n"
	const mailFacts = facts + "Do: " + do + "\nRunbook: http://exporter/docs/alerts.md#a\nUsage dashboard: " + link
	mail := next(t, mails)
	equal(t, "the mail", notification{title: mail.title, text: mail.text}, notification{
		title: summary + " (and 1 more)",
		text:  summary + mailFacts + "a%26b" + end + "Event refund: 3.1 times its usual Monday" + mailFacts + "shop" + end,
	})
	for _, part := range []string{"&lt;!channel&gt; &amp; &#34;&lt;b&gt;launch&lt;/b&gt;", do, `href="http://exporter/docs/alerts.md#a"`, `href="` + link + `a%26b"`} {
		if !strings.Contains(mail.html, part) || strings.Contains(mail.html, "<b>launch") {
			t.Errorf("the mail's page has no %s, or too much:\n%s", part, mail.html)
		}
	}
}

func TestEachAlertOfTheRulesHasItsAdviceAndACauseSilencesItsEffects(t *testing.T) {
	rules, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	key := map[string]string{"project": "shop"}
	alerts := []alert{newAlert("StatsigDataStale", "an effect of the key", map[string]string{"project": "shop"}), newAlert("StatsigKeyRejected", "The key of shop", key)}
	for _, match := range regexp.MustCompile(`alert: (\w+)`).FindAllSubmatch(rules, -1) {
		if name := string(match[1]); name != "StatsigKeyRejected" {
			alerts = append(alerts, newAlert(name, name, map[string]string{"plan": name}))
		}
	}
	slack, mails := startAlertmanager(t, alerts)
	for _, messages := range []<-chan notification{slack, mails} {
		for range len(alerts) - 2 { // of the key and of StatsigExporterDown, there is an effect each
			message := next(t, messages)
			if strings.Contains(message.text, "Read the runbook.") || strings.Contains(message.text, "<no value>") {
				t.Errorf("there is no advice: %+v", message)
			}
			if strings.Contains(message.title, "more") || message.title == "StatsigProjectAbsent" {
				t.Errorf("the effect is told beside its cause: %+v", message)
			}
		}
	}
}

func next(t *testing.T, messages <-chan notification) notification {
	t.Helper()
	select {
	case message := <-messages:
		return message
	case <-time.After(time.Minute):
		t.Fatal("no message has come for a minute")
	}
	return notification{}
}

func equal(t *testing.T, what string, got, want notification) {
	t.Helper()
	if got != want {
		t.Errorf("%s is\n%q\nand not\n%q", what, got, want)
	}
}
