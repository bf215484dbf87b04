package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
)

// What stands for KEY and SECRET in the files below: neither may be in an error, wherever it stands in the file.
const (
	canaryKey    = "console-abcdefgh"
	canarySecret = "hV3rYp6sJd1wGf5c"
)

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

// FuzzParse feeds any file. The error, if there is one, names lines of the file and shows no secret.
func FuzzParse(f *testing.F) {
	for _, text := range oddPlaces() {
		f.Add(strings.NewReplacer("KEY", canaryKey, "SECRET", canarySecret).Replace(text))
	}
	archives, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatalf("no archives: %v", err)
	}
	for _, path := range archives {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			f.Add(string(file.Data))
		}
	}
	breaks := regexp.MustCompile("\r\n|[\n\r\u0085\u2028\u2029]")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("dir/c.yml", []byte(text), "dir")
		if (c == nil) == (err == nil) || c != nil && (len(c.Projects) == 0 || len(c.Windows) == 0) {
			t.Fatalf("configuration %v and error %v", c, err)
		}
		var problems Errors
		if err == nil || !errors.As(err, &problems) {
			return
		}
		if s := err.Error(); strings.Contains(strings.ToLower(s), "console-") || strings.Contains(s, canarySecret) {
			t.Fatalf("a secret is in the error: %v", err)
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(problems) || !utf8.ValidString(err.Error()) {
			t.Fatalf("%d problems in %d lines: %q", len(problems), len(lines), err)
		}
		for i, p := range problems {
			if p.Line < 1 || p.Line > len(breaks.FindAllString(text, -1))+1 || p.Message == "" || i > 0 && p.Line < problems[i-1].Line ||
				!strings.HasPrefix(lines[i], fmt.Sprintf("dir/c.yml:%d: ", p.Line)) {
				t.Fatalf("problem %d is out of place: %v", i, err)
			}
		}
	})
}
