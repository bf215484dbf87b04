package docs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"statsig_exporter/app"
	"statsig_exporter/statsig/statsigtest"
	"statsig_exporter/test/harness"
)

var (
	// metricRow matches a row of a table of metrics: names, type and labels.
	metricRow = regexp.MustCompile("(?m)^\\| ((?:`statsig_[^`|]+`,? ?)+) \\| (\\w+) \\|([^|]*)\\|")
	// metricName matches names of metrics and of recorded metrics, and not the
	// program's own name. A histogram's names are one.
	metricName = regexp.MustCompile(`\b((?:\w+:)?statsig_(?:up\b|project_info|report_value|plan_[a-z_]+|usage_[a-z0-9_]*[a-z0-9]|exporter_[a-z0-9_]+?)(?::\w+)?)(?:_bucket)?\b`)
	recorded   = regexp.MustCompile(`(?m)^ *- record: (\S+)$`)
	// fromElsewhere matches metrics that libraries define, or columns.
	fromElsewhere = regexp.MustCompile(`^(?:go|process|statsig_usage)_`)
	inCode        = regexp.MustCompile("`([^`]+)`")
)

// TestTheMetricsInThePagesAreServed compares the tables of metrics with what a demo
// and a daemon with failures serve, both ways, and looks for every other name.
func TestTheMetricsInThePagesAreServed(t *testing.T) {
	demo := serve(t, "--demo")
	served := map[string]string{}
	for _, text := range []string{demo, serve(t, "--config.file="+failing(t))} {
		describe(t, text, served)
	}
	documented := map[string]string{}
	for _, m := range metricRow.FindAllStringSubmatch(read(t, "metrics.md"), -1) {
		for _, name := range code(m[1]) {
			documented[name] = m[2] + " " + strings.Join(slices.Sorted(slices.Values(code(m[3]))), ",")
		}
	}
	for name, is := range served {
		switch says, ok := documented[name]; {
		case !ok && fromElsewhere.MatchString(name), says == is, name == "statsig_usage_rows":
		default:
			t.Errorf("%s is served as %q, and metrics.md says %q", name, is, says)
		}
	}
	for _, m := range recorded.FindAllStringSubmatch(read(t, "../deploy/prometheus/rules.yml"), -1) {
		served[m[1]] = "recorded"
	}
	all := pages(t)
	maps.Copy(all, files(t, "../deploy/prometheus/*.yml", "../deploy/grafana/*.json"))
	for path, text := range all {
		for _, m := range metricName.FindAllStringSubmatch(text, -1) {
			if served[m[1]] == "" && !strings.HasPrefix(m[1], "statsig_usage_") {
				t.Errorf("%s names %s, which is neither served nor recorded", path, m[1])
			}
		}
	}
	for path, text := range pages(t) {
		for _, m := range regexp.MustCompile(`(?m)^(statsig_\w+\{.*\}) \S+$`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(demo, "\n"+m[1]+" ") {
				t.Errorf("%s: the demo does not serve %s", path, m[1])
			}
		}
	}
}

// code returns what stands in backquotes.
func code(text string) (found []string) {
	for _, m := range inCode.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// describe adds the type and the labels of each family in a scrape to described.
func describe(t *testing.T, scrape string, described map[string]string) {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(scrape))
	if err != nil {
		t.Fatal(err)
	}
	for name, family := range families {
		labels := map[string]bool{}
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = true
			}
		}
		delete(labels, "team") // a label of a project
		if strings.HasPrefix(name, "statsig_plan_") {
			delete(labels, "event_type") // the demo's label of showback
		}
		if described[name] == "" || len(labels) > 0 {
			described[name] = strings.ToLower(dto.MetricType_name[int32(family.GetType())]) + " " + strings.Join(slices.Sorted(maps.Keys(labels)), ",")
		}
	}
}

// failing configures a project that has usage, one that is refused, and one whose
// report has no value column and is counted by a plan.
func failing(t *testing.T) (file string) {
	t.Helper()
	api := statsigtest.New(statsigtest.Options{Projects: []statsigtest.Project{{Name: "web", Key: "console-web"}, {Name: "bare", Key: "console-bare"}}})
	api.Inject("bare", statsigtest.CSV("Event,Type\ncheckout,custom\n"))
	upstream := httptest.NewServer(api)
	t.Cleanup(upstream.Close)
	file = filepath.Join(t.TempDir(), "statsig.yml")
	write(t, filepath.Join(filepath.Dir(file), "owners.csv"), "Type,Owner\nexposure,web\n")
	write(t, file, fmt.Sprintf(`
api: {base_url: %q}
projects:
  - {name: web, api_key: console-web, labels: {team: growth}}
  - {name: bare, api_key: console-bare, report: {lookups: [{file: owners.csv, on: Type}]}}
  - {name: refused, api_key: console-refused}
windows: [{name: day}, {name: month, period: month, current: true}]
plans: [{name: pro, projects: [bare], meters: [{metric: statsig_usage_rows, included: 5}]}]
`, upstream.URL))
	return file
}

// serve runs the daemon until its first polls have ended, and returns a scrape.
func serve(t *testing.T, args ...string) (scrape string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var log harness.Log
	ended := make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, append(args, "--web.listen-address=127.0.0.1:0"), strings.NewReader(""), io.Discard, &log)
	}()
	defer func() {
		cancel()
		if status := <-ended; status != 0 {
			t.Errorf("%q ends with %d", args, status)
		}
	}()
	harness.Eventually(t, time.Minute, func() (err error) {
		listening := regexp.MustCompile(`msg="Listening on" address=(\S+)`).FindStringSubmatch(log.String())
		if listening == nil {
			return errors.New("it does not listen")
		}
		if _, err = get(ctx, "http://"+listening[1]+"/-/ready"); err == nil {
			scrape, err = get(ctx, "http://"+listening[1]+"/metrics")
		}
		return err
	})
	return scrape
}

func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := new(http.Client).Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return string(text), err
}
