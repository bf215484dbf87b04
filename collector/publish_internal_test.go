package collector

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/statsig"
)

func TestAScrapeSeesAllThatAPollHasChangedOrNothingOfIt(t *testing.T) {
	const polls = 400
	cfg := config.Default(config.KeySource{Inline: statsig.NewSecret("console-key")})
	responder := exposition.NewResponder()
	c := New(Options{Settings: Settings{Config: cfg}, Logger: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Responder: responder})
	target := c.current.Load().targets[0]
	over := make(chan struct{})
	var scrapers sync.WaitGroup
	for range 2 {
		scrapers.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				if value, count := published(t, c, responder); value != count {
					t.Errorf("a scrape has the report of poll %s, and says that %s were successful", value, count)
					return
				}
			}
		})
	}
	for i := range polls {
		s := &Snapshot{}
		var err error
		if s.Report, err = c.read(t.Context(), target.project, received(t, fmt.Sprintf("event,units\nx,%d\n", i+1))); err != nil {
			t.Fatal(err)
		}
		c.finish(target, s)
		c.announce(target, polled{snapshot: s})
	}
	close(over)
	scrapers.Wait()
	if value, _ := published(t, c, responder); value != fmt.Sprint(polls) {
		t.Errorf("the last report is %s", value)
	}
}

var (
	reportValue = regexp.MustCompile(`(?m)^statsig_report_value\{.*\} (\d+)$`)
	successes   = regexp.MustCompile(`(?m)^statsig_exporter_polls_total\{.*result="success".*\} (\d+)$`)
)

// published scrapes, and returns the total of the report and the number of polls.
func published(t *testing.T, c *Collector, responder *exposition.Responder) (value, polls string) {
	t.Helper()
	content, err := c.Content(url.Values{})
	if err != nil {
		t.Error(err)
	}
	rec := httptest.NewRecorder()
	if err := responder.Respond(rec, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody), content); err != nil {
		t.Error(err)
	}
	value, polls = "0", "0"
	if m := reportValue.FindStringSubmatch(rec.Body.String()); m != nil {
		value = m[1]
	}
	if m := successes.FindStringSubmatch(rec.Body.String()); m != nil {
		polls = m[1]
	}
	return value, polls
}
