package app

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"statsig_exporter/statsig/statsigtest"
)

// documentsOfUsers are the files that must be true of the program.
func documentsOfUsers() []string {
	return []string{
		"README.md", "CHANGELOG.md", "docs/backfill.md", "docs/install.md", "docs/metrics.md", "docs/mapping.md", "docs/plans.md", "docs/scaling.md", "docs/performance.md",
		"docs/dashboards.md", "docs/troubleshooting.md", "docs/upgrading.md", "CONTRIBUTING.md",
	}
}

// metricName matches names of metrics in a text. The program's own name is none.
var metricName = regexp.MustCompile(`statsig_(?:up\b|project_info|report_value|plan_[a-z_]+|usage_[a-z0-9_]*[a-z0-9]|exporter_[a-z0-9_]+)`)

// TestTheListOfMetricsIsOfThoseThatAreServed compares the tables of the document with
// what the demo and a daemon with failures serve, both ways.
func TestTheListOfMetricsIsOfThoseThatAreServed(t *testing.T) {
	served := servedFamilies(t)
	documented := map[string]string{}
	for _, table := range tables(t, "docs/metrics.md") {
		if strings.Join(table.header, "|") != "Metric|Type|Labels|Meaning" {
			continue
		}
		for _, row := range table.rows {
			for _, name := range code(row[0]) {
				labels := code(row[2])
				slices.Sort(labels)
				documented[name] = row[1] + " " + strings.Join(labels, ",")
			}
		}
	}
	for name, is := range served {
		switch says, ok := documented[name]; {
		case strings.HasPrefix(name, "go_"), strings.HasPrefix(name, "process_"):
		case !ok && strings.HasPrefix(name, "statsig_usage_"): // from a column
		case name == "statsig_usage_rows":
		case says != is:
			t.Errorf("%s is served as %q, and docs/metrics.md says %q", name, is, says)
		}
	}
	for name := range documented {
		if _, ok := served[name]; !ok && !strings.ContainsAny(name, "*<") {
			t.Errorf("docs/metrics.md lists %s, which is not served", name)
		}
	}
	for _, file := range documentsOfUsers() {
		for _, name := range metricName.FindAllString(readText(t, file), -1) {
			if _, ok := served[name]; !ok && !strings.HasPrefix(name, "statsig_usage_") {
				t.Errorf("%s names %s, which is not served", file, name)
			}
		}
	}
}

// servedFamilies returns the type and the labels of every family.
func servedFamilies(t *testing.T) map[string]string {
	t.Helper()
	families := map[string]map[string]bool{}
	kinds := map[string]string{}
	for _, address := range []string{serving(t, "--demo"), servingFailures(t)} {
		for name, family := range scrape(t, address) {
			kinds[name] = strings.ToLower(family.GetType().String())
			if families[name] == nil {
				families[name] = map[string]bool{}
			}
			for _, metric := range family.GetMetric() {
				for _, label := range metric.GetLabel() {
					families[name][label.GetName()] = true
				}
			}
		}
	}
	served := map[string]string{}
	for name, labels := range families {
		delete(labels, "team") // a label of a project
		served[name] = kinds[name] + " " + strings.Join(slices.Sorted(maps.Keys(labels)), ",")
	}
	return served
}

// servingFailures runs a daemon with a project that has usage, one that is
// refused, and one whose report has no value column and is counted by a plan,
// whatever the day of the month.
func servingFailures(t *testing.T) (address string) {
	t.Helper()
	api := statsigtest.New(statsigtest.Options{Projects: []statsigtest.Project{
		{Name: "web", Key: "console-web"}, {Name: "bare", Key: "console-bare"},
	}})
	api.Inject("bare", statsigtest.CSV("Event,Type\ncheckout,custom\n"))
	upstream := httptest.NewServer(api)
	t.Cleanup(upstream.Close)
	address = serving(t, "--config.file="+write(t, t.TempDir(), "statsig.yml", fmt.Sprintf(`
api: {base_url: %q}
projects:
  - {name: web, api_key: console-web, labels: {team: growth}}
  - {name: bare, api_key: console-bare}
  - {name: refused, api_key: console-refused}
windows: [{name: day}, {name: month, period: month, current: true}]
plans: [{name: pro, projects: [bare], meters: [{metric: statsig_usage_rows, included: 5}]}]
`, upstream.URL)))
	return address
}

// serving runs the daemon until the test ends, and returns its address once the
// first polls have ended.
func serving(t *testing.T, args ...string) (address string) {
	t.Helper()
	log := &logBuffer{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, append(args, "--web.listen-address=127.0.0.1:0"), strings.NewReader(""), io.Discard, log)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%q: %v\n%s", args, err, log)
		}
	})
	err := eventually(func() error {
		m := listeningOn.FindStringSubmatch(log.String())
		if m == nil {
			return fmt.Errorf("%q does not listen:\n%s", args, log)
		}
		address = m[1]
		_, err := ask{method: http.MethodGet, url: "http://" + address + "/-/ready", status: http.StatusOK}.send(ctx, false)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// scrape returns what a daemon serves.
func scrape(t *testing.T, address string) map[string]*dto.MetricFamily {
	t.Helper()
	text, err := ask{method: http.MethodGet, url: "http://" + address + "/metrics", status: http.StatusOK}.send(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// TestTheOutputInTheReadmeIsThatOfTheDemo compares names and labels, not values.
func TestTheOutputInTheReadmeIsThatOfTheDemo(t *testing.T) {
	_, block, found := strings.Cut(readText(t, "README.md"), "```console\n")
	block, _, closed := strings.Cut(block, "\n```")
	if !found || !closed || !strings.HasPrefix(block, "$ go run . --demo\n") {
		t.Fatal("there is no such output")
	}
	text, err := ask{method: http.MethodGet, url: "http://" + serving(t, "--demo") + "/metrics", status: http.StatusOK}.send(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for line := range strings.SplitSeq(block, "\n") {
		if series, _, ok := strings.Cut(line, "} "); ok && strings.HasPrefix(line, "statsig_") {
			compared++
			if !strings.Contains(text, "\n"+series+"} ") {
				t.Errorf("the demo does not serve %s}", series)
			}
		}
	}
	if compared < 5 {
		t.Errorf("only %d series were found in the output", compared)
	}
}
