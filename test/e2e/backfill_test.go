//go:build e2e

package e2e_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/statsig/statsigtest"
	"statsig_exporter/test/harness"
)

// pastConfig has names and labels that make the most of the format.
const pastConfig = `
api: {base_url: "%s"}
projects:
  - {name: "web \\ \"shop\"", api_key: console-past, labels: {team: growth}}
windows: [{name: day}, {name: month, period: month}]
`

// TestPrometheusHasThePastThatWasBackfilled reads two months by the month and the newest days by the day.
func TestPrometheusHasThePastThatWasBackfilled(t *testing.T) {
	const project = `web \ "shop"`
	api := statsigtest.New(statsigtest.Options{Projects: []statsigtest.Project{{Name: project, Key: "console-past"}}})
	upstream := httptest.NewServer(api)
	t.Cleanup(upstream.Close)
	file := harness.WriteFile(t, "statsig.yml", fmt.Sprintf(pastConfig, upstream.URL))
	today := time.Now().UTC().Truncate(24 * time.Hour)
	thisMonth := today.AddDate(0, 0, 1-today.Day())
	dir := t.TempDir()
	backfill(t, dir, "--config.file="+file, "--window=month", "--from="+thisMonth.AddDate(0, -2, 0).Format(time.DateOnly), "--to="+thisMonth.Format(time.DateOnly))
	if n := api.RequestCount(); n != 2 {
		t.Errorf("%d requests for two months", n)
	}
	backfill(t, dir, "--config.file="+file, "--from="+today.AddDate(0, 0, -4).Format(time.DateOnly))

	exporter := start(t, "statsig_exporter", "--web.listen-address=127.0.0.1:0", "--config.file="+file)
	server := startPrometheusOn(t, dir, exporter)
	set := labels{"project": project}
	day := thisMonth.AddDate(0, -2, 0)
	days := 0
	for ; day.Before(today); day = day.AddDate(0, 0, 1) {
		end := day.AddDate(0, 0, 1)
		if !end.After(thisMonth) || !day.Before(today.AddDate(0, 0, -4)) {
			days++
			billable := 0.0
			for _, row := range api.Truth(project, day, end) {
				billable += float64(row.Billable)
			}
			query := fmt.Sprintf(`sum by (project) (last_over_time(statsig_usage_billable_events{window="day",team="growth",job=""}[1d] @ %d))`, end.Unix())
			server.becomes(t, query, vector{set.String(): billable})
			// A sample a day cannot be seen for most of it.
			server.becomes(t, fmt.Sprintf(`statsig_usage_billable_events{job=""} @ %d`, end.Add(6*time.Minute).Unix()), vector{})
		}
	}
	if days < 60 {
		t.Errorf("%d days were compared", days)
	}
	sameAsScraped(t, server, today)
}

// TestTheDocumentedQueryHasTheNewestDayAtAnyTime asks around a day of 25 hours and one of 23, after each of which an event ends.
func TestTheDocumentedQueryHasTheNewestDayAtAnyTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	report := func(day time.Time) (rows string, units float64) {
		units = float64(100 + day.YearDay())
		rows = fmt.Sprintf("Date,Name,Daily Billable Events\n%s,stays,%v\n", day.Format(time.DateOnly), units)
		if day.Weekday() == time.Sunday {
			rows += day.Format(time.DateOnly) + ",ends,1000\n"
			units += 1000
		}
		return rows, units
	}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.ParseInt(r.URL.Query().Get("start"), 10, 64)
		w.Header().Set("Content-Type", "text/csv")
		rows, _ := report(time.UnixMilli(start).In(berlin))
		_, _ = io.WriteString(w, rows)
	}))
	t.Cleanup(upstream.Close)
	file := harness.WriteFile(t, "statsig.yml", fmt.Sprintf(changeConfig, upstream.URL))
	dir := t.TempDir()
	backfill(t, dir, "--config.file="+file, "--from=2025-10-24", "--to=2025-10-29")
	backfill(t, dir, "--config.file="+file, "--from=2026-03-01", "--to=2026-04-01")
	server := startPrometheusOn(t, dir, "127.0.0.1:1")
	query := documentedQuery(t)
	for from, days := range map[time.Time]int{time.Date(2025, 10, 24, 0, 0, 0, 0, berlin): 4, time.Date(2026, 3, 1, 0, 0, 0, 0, berlin): 30} {
		used := 0.0
		for i := range days {
			day := from.AddDate(0, 0, i)
			_, units := report(day)
			used += units
			end, next := day.AddDate(0, 0, 1), day.AddDate(0, 0, 2)
			for _, at := range []time.Time{end, end.Add(30 * time.Minute), end.Add(12 * time.Hour), next.Add(-30 * time.Minute), next.Add(-time.Second)} {
				server.becomes(t, strings.ReplaceAll(query, "h])", fmt.Sprintf("h] @ %d)", at.Unix())), vector{labels{"project": "web"}.String(): units})
			}
			if from.Day() == 1 {
				server.becomes(t, fmt.Sprintf(`last_over_time(statsig_plan_used[1h] @ %d)`, end.Unix()), vector{labels{"plan": "pro", "meter": "events"}.String(): used})
			}
		}
	}
}

const changeConfig = `
global: {timezone: Europe/Berlin}
api: {base_url: "%s"}
projects: [{name: web, api_key: console-past}]
windows: [{name: day}, {name: month, period: month, current: true}]
plans: [{name: pro, meters: [{name: events, metric: statsig_usage_billable_events}]}]
`

// documentedQuery returns the query of docs/backfill.md.
func documentedQuery(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/backfill.md")
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(string(page), "```promql\n")
	query, _, found := strings.Cut(query, "```")
	if !found {
		t.Fatal("docs/backfill.md has no query")
	}
	return query
}

// backfill runs the command and makes blocks of what it writes.
func backfill(t *testing.T, dir string, args ...string) {
	t.Helper()
	output := filepath.Join(t.TempDir(), "usage.om")
	for _, command := range [][]string{
		append([]string{"statsig_exporter", "backfill", "--output=" + output}, args...),
		{"promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=30d", output, dir},
	} {
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Env = harness.Environment()
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, said)
		}
	}
}

// sameAsScraped waits until every series that is scraped of the newest day has the value that was backfilled.
func sameAsScraped(t *testing.T, server prometheus, today time.Time) {
	t.Helper()
	harness.Eventually(t, time.Minute, func() error {
		scraped, err := server.query(t, `sum without (job) (statsig_usage_billable_events{window="day",job="text"})`)
		if err != nil {
			return err
		}
		if len(scraped) == 0 {
			return errors.New("nothing is scraped")
		}
		past, err := server.query(t, fmt.Sprintf(`last_over_time(statsig_usage_billable_events{job=""}[1d] @ %d)`, today.Unix()))
		if err == nil && !maps.Equal(scraped, past) {
			err = fmt.Errorf("%d series are scraped, %d were backfilled, and they differ", len(scraped), len(past))
		}
		return err
	})
}
