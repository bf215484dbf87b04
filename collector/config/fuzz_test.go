package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/collector/report"
)

const (
	// canaryKey looks like a Console key, and may stand nowhere in an error, wherever it stands in the file.
	canaryKey = "console-" + canaryKeyTail
	// canaryKeyTail is what remains of it where its beginning becomes part of something else.
	canaryKeyTail = "Q9zx7kW2Lm4vB8tn"
	// canarySecret looks like nothing, and may stand in no error if it is only the value of a key that holds a secret.
	canarySecret = "hV3rYp6sJd1wGf5c"
)

// secretKeys are those whose values may hold a secret, or have one put there by mistake.
func secretKeys() []string {
	return []string{"api_key", "api_key_env", "api_key_file", "proxy_url", "base_url", "ca", "cert", "key"}
}

// oddPlaces are files in which KEY and SECRET stand where they do not belong.
func oddPlaces() []string {
	return []string{
		"projects: [{name: web, api_key: SECRET}]",
		"projects: [{name: web, api_key: KEY}, {name: web, api_key: KEY}]",
		"projects: [{name: KEY, api_key: SECRET, api_key: SECRET}]",
		"projects: [{name: web, api_key: [SECRET]}, {name: app, api_key: {SECRET: SECRET}}]",
		"projects: [{name: web, api_key: \"SECRET\\nSECRET\"}]",
		"projects: [{name: web, api_key: \"SECRET \\u00e9\"}]",
		"projects: [{name: web, api_key_env: SECRET-x}, {name: app, api_key_file: KEY}]", "projects: [{name: web, api_key_env: SECRETx}]",
		"projects:\n  - name: web\n    api_key: SECRET\n   bad: indent\n",
		"projects:\n  - name: web\n    api_key: 'SECRET\n",
		"projects:\n  - name: web\n\tapi_key: SECRET\n",
		"projects: [{name: web, api_key: *SECRET}]",
		"projects: [{name: web, api_key: &SECRET x}, {name: app, api_key: *SECRET}]",
		"projects: [{name: web, api_key: !SECRET x}, {name: app, api_key: !!int SECRET}]",
		"x: &p {name: web, api_key: SECRET}\nprojects: [{<<: *p}, {<<: [*p, SECRET]}]",
		"projects: [{name: web, KEY: x}, KEY, [KEY]]\nKEY: KEY",
		"projects: {web: {api_key: SECRET}}\nglobal: KEY\n",
		"api_key: SECRET\nglobal: {poll_interval: KEY, concurrency: KEY, timezone: KEY, api_key: SECRET}",
		"api: {base_url: 'https://u:SECRET@h', http_client: {proxy_url: 'http://u:SECRET@'}}",
		"api: {version: KEY, max_report_bytes: KEY, rate_limit: {per_10s: KEY}, http_client: {tls_config: {key: SECRET, cert: SECRET, ca: SECRET}}}",
		"windows: [{name: KEY, period: KEY, lookback: KEY, current: KEY}, {name: KEY}]",
		"report: {columns: {KEY: {role: KEY}, a: {role: label, name: 'KEY'}, b: {role: value, metric: KEY, help: KEY}}, fold_by: KEY}",
		"projects: [{name: web, api_key: SECRET, labels: {KEY: x, project: KEY, a: [KEY]}}]\nplans: [KEY]",
		"--- \napi_key: SECRET\n--- \nKEY",
		"\xff api_key: SECRET", "KEY", "SECRET: [", "{api_key: SECRET",
		"api: {base_url: 'http://h'}\nprojects: [{name: web, api_key: SECRET}]", "api: {base_url: 'https://h/?SECRET'}", "%YAML 9.9 KEY\n---\na", "a: \"KEY\\qSECRET\"",
	}
}

// saneFiles are accepted, at the ends of what is.
func saneFiles() []string {
	const projects = "projects: [{name: web, api_key: SECRET}]\n"
	return []string{
		projects + "global: {poll_interval: 1s, poll_timeout: 1ms, concurrency: 1000, stale_after: 0s}",
		projects + "global: {poll_interval: 1y, poll_timeout: 1d, stale_after: 5y, timezone: Asia/Kathmandu}",
		projects + "api: {base_url: 'http://[::1]:1/x', max_report_bytes: 1PiB, rate_limit: {per_10s: 1, per_15m: 900}}",
		projects + "api: {base_url: 'http://h', allow_http: true, max_report_bytes: 1}",
		projects + "windows: [{name: a, period: 5y, lookback: 1000}, {name: b, period: month, current: true}]",
		projects + "report: {series_limit: 100000000, label_value_limit: 16777216, columns: {a: {role: time, primary: true}}}",
	}
}

// FuzzErrors feeds any file, in which KEY and SECRET become canaries.
func FuzzErrors(f *testing.F) {
	for _, text := range slices.Concat(oddPlaces(), saneFiles()) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		data := strings.NewReplacer("KEY", canaryKey, "SECRET", canarySecret).Replace(text)
		c, err := Parse("dir/c.yml", []byte(data), "dir")
		if err == nil {
			sane(t, c)
			shown := fmt.Sprintf("%v %+v %#v %v", c, c, *c, c.Projects)
			// What can be the name of a variable is shown as one, and no key can.
			named := slices.ContainsFunc(c.Projects, func(p Project) bool { return strings.Contains(p.Key.Env, canarySecret) })
			if !named && onlyInSecrets([]byte(data)) && strings.Contains(shown, canarySecret) {
				t.Fatalf("the configuration prints a secret: %s", shown)
			}
			return
		}
		if c != nil {
			t.Fatal("there is a configuration beside the error")
		}
		wellPut(t, data, err)
		if strings.Contains(err.Error(), canaryKeyTail) && !spelledOtherwise(data) {
			t.Fatalf("a key is in the error: %v", err)
		}
		if strings.Contains(err.Error(), canarySecret) && onlyInSecrets([]byte(data)) {
			t.Fatalf("a secret is in the error: %v", err)
		}
	})
}

// spelledOtherwise reports whether an escape may take the beginning of the key away, or have written it otherwise.
func spelledOtherwise(data string) bool {
	return regexp.MustCompile(`\\[xuU][0-9a-fA-F]*c?o?n?s?o?l?e?-?`+canaryKeyTail[:1]).MatchString(data) ||
		regexp.MustCompile(`\\[xuU][0-9a-fA-F]*`+canaryKey).MatchString(data) ||
		strings.Count(data, canaryKeyTail) != strings.Count(data, canaryKey)
}

// wellPut wants every problem to stand on a line of its own and to name a line of the file.
func wellPut(t *testing.T, data string, err error) {
	t.Helper()
	var problems Errors
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("the error is %#v", err)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(problems) || !utf8.ValidString(err.Error()) {
		t.Fatalf("%d problems in %d lines: %q", len(problems), len(lines), err)
	}
	most := strings.Count(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(data), "\n") + 1
	for i, p := range problems {
		if p.Line < 1 || p.Line > most || p.Message == "" || !strings.HasPrefix(lines[i], fmt.Sprintf("dir/c.yml:%d: ", p.Line)) {
			t.Fatalf("problem %d of a file of %d lines is %q", i, most, lines[i])
		}
		if i > 0 && p.Line < problems[i-1].Line {
			t.Fatalf("problems are out of order: %v", err)
		}
	}
}

// onlyInSecrets reports whether canarySecret stands nowhere in a file but in values of secretKeys. A file that is no
// YAML, or is several documents, has no such values, and its errors quote nothing.
func onlyInSecrets(data []byte) bool {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return true
	}
	within := 0
	var visit func(n *yaml.Node, secret bool)
	visit = func(n *yaml.Node, secret bool) {
		if secret && n.Kind == yaml.ScalarNode {
			within += strings.Count(n.Value, canarySecret)
		}
		for i, child := range n.Content {
			isValue := n.Kind == yaml.MappingNode && i%2 == 1
			visit(child, isValue && slices.Contains(secretKeys(), n.Content[i-1].Value))
		}
	}
	visit(&root, false)
	return within == strings.Count(string(data), canarySecret)
}

// sane holds an accepted configuration to the bounds that the rest of the program relies on.
func sane(t *testing.T, c *Config) {
	t.Helper()
	g, a := c.Global, c.API
	const year = 365 * 24 * time.Hour
	if g.PollInterval < time.Second || g.PollInterval > year || g.PollTimeout <= 0 || g.PollTimeout > 24*time.Hour ||
		g.StaleAfter < 0 || g.StaleAfter > 5*year || g.Concurrency < 1 || g.Concurrency > 1000 || g.Location == nil {
		t.Fatalf("global is %+v", g)
	}
	if a.MaxReportBytes < 1 || a.MaxReportBytes > 1<<50 || !versionPattern.MatchString(a.Version) ||
		a.RateLimit.Per10s < 1 || a.RateLimit.Per10s > 10 || a.RateLimit.Per15m < 1 || a.RateLimit.Per15m > 900 {
		t.Fatalf("api is %+v", a)
	}
	u := a.BaseURL
	if u.Scheme != "https" && (u.Scheme != "http" || !a.AllowHTTP && !isLoopback(u.Hostname())) || u.Hostname() == "" || u.User != nil || u.RawQuery != "" {
		t.Fatalf("base_url is %s", u)
	}
	names := map[string]bool{}
	for _, p := range c.Projects {
		sources := 0
		for _, given := range []bool{p.Key.File != "", p.Key.Env != "", !p.Key.Inline.IsZero()} {
			if given {
				sources++
			}
		}
		if p.Name == "" || names[p.Name] || sources != 1 {
			t.Fatalf("a project is %+v", p)
		}
		names[p.Name] = true
		saneReport(t, p.Report)
	}
	names = map[string]bool{}
	for _, w := range c.Windows {
		rolling := w.Period.Calendar == ""
		if w.Name == "" || names[w.Name] || w.Lookback < 0 || w.Lookback > 1000 || w.Location == nil || rolling && w.Current ||
			rolling && (w.Period.Rolling < time.Second || w.Period.Rolling > 5*year) {
			t.Fatalf("a window is %+v", w)
		}
		names[w.Name] = true
	}
	if len(c.Projects) == 0 || len(c.Windows) == 0 {
		t.Fatalf("%d projects and %d windows", len(c.Projects), len(c.Windows))
	}
}

func saneReport(t *testing.T, o report.Options) {
	t.Helper()
	if o.SeriesLimit < 1 || o.SeriesLimit > maxSeries || o.LabelValueLimit < 1 || o.LabelValueLimit > 16<<20 || o.Location == nil ||
		o.FoldBy != "" && !isUsageMetric(o.FoldBy) {
		t.Fatalf("report is %+v", o)
	}
	claimed := map[string]bool{}
	for header, c := range o.Columns {
		claim := string(c.Role) + c.Name + c.Metric
		if c.Primary {
			claim = "primary"
		}
		if !slices.Contains(report.Roles(), c.Role) || c.Metric != "" && !isUsageMetric(c.Metric) || c.Name != "" && !validLabelName(c.Name) ||
			claim != string(c.Role) && claimed[claim] {
			t.Fatalf("column %q is %+v", header, c)
		}
		claimed[claim] = true
	}
}
