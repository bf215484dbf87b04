package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

func example(t *testing.T) (path, text string) {
	t.Helper()
	path = filepath.Join("..", "..", "config.example.yml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, string(data)
}

func TestTheExampleIsValidAndShowsTheDefaults(t *testing.T) {
	path, _ := example(t)
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := Default(KeySource{Env: "STATSIG_API_KEY"})
	want.Projects[0].Name = "web"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the example gives\n%+v\n%+v\nand the defaults are\n%+v\n%+v", got, *got.API.client, want, *want.API.client)
	}
}

// keysUnder returns the keys that a section may have, as an error names them. YAML is a
// file with an unknown key in the section.
func keysUnder(t *testing.T, yaml string) []string {
	t.Helper()
	_, err := Parse("c.yml", []byte(yaml), ".")
	if err == nil {
		t.Fatalf("%s is taken", yaml)
	}
	m := regexp.MustCompile(`unknown key "zzzzzzzz" .*; valid keys: (.*)`).FindStringSubmatch(err.Error())
	if m == nil {
		t.Fatalf("%s: %v", yaml, err)
	}
	return strings.Split(m[1], ", ")
}

// TestTheExampleShowsEveryKey guards the test above: the example sets each key that has
// a default, because one that only a comment mentions would be compared with itself.
func TestTheExampleShowsEveryKey(t *testing.T) {
	_, text := example(t)
	var root map[string]any
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	api := root["api"].(map[string]any)
	for _, c := range []struct {
		yaml string
		set  any // the section of the example, if its keys have defaults
	}{
		{"zzzzzzzz: 1", root},
		{"global: {zzzzzzzz: 1}", root["global"]},
		{"api: {zzzzzzzz: 1}", api},
		{"api: {rate_limit: {zzzzzzzz: 1}}", api["rate_limit"]},
		{"api: {http_client: {zzzzzzzz: 1}}", api["http_client"]},
		{"api: {http_client: {tls_config: {zzzzzzzz: 1}}}", nil},
		{"projects: [{zzzzzzzz: 1}]", nil},
		{"windows: [{zzzzzzzz: 1}]", root["windows"].([]any)[0]},
		{"report: {zzzzzzzz: 1}", root["report"]},
		{"report: {columns: {a: {zzzzzzzz: 1}}}", nil},
		{"report: {lookups: [{zzzzzzzz: 1}]}", nil},
		{"plans: [{zzzzzzzz: 1}]", nil},
		{"plans: [{meters: [{zzzzzzzz: 1}]}]", nil},
		{"plans: [{meters: [{tiers: [{zzzzzzzz: 1}]}]}]", nil},
		{"plans: [{showback: [team], budgets: [{zzzzzzzz: 1}]}]", nil},
	} {
		for _, k := range keysUnder(t, c.yaml) {
			if !regexp.MustCompile(`(?m)^[ #-]*` + k + `:`).MatchString(text) {
				t.Errorf("the example does not show the key %s", k)
			}
			section, ok := c.set.(map[string]any)
			if _, found := section[k]; ok && !found && k != "proxy_url" && k != "no_proxy" {
				t.Errorf("the example does not set the key %s", k)
			}
		}
	}
}

// TestTheExampleIsValidWithItsCommentsIn makes sure that what the comments
// propose can be used, as far as the keys do not exclude each other.
func TestTheExampleIsValidWithItsCommentsIn(t *testing.T) {
	_, text := example(t)
	for _, empty := range []string{"columns: {}", "labels: {}", "lookups: []", "relabel_configs: []", "plans: []"} {
		text = strings.Replace(text, empty, strings.Fields(empty)[0], 1)
	}
	text = strings.Replace(text, "\nwindows:\n", "\nwindows:\n  - {name: month, period: month, current: true}\n", 1)
	before, plans, _ := strings.Cut(text, "\nplans:\n")
	before = regexp.MustCompile(`(?m)^( +)# ( +[A-Za-z_ ]+:.*|- [a-z_]+: .*)$`).ReplaceAllString(before, "$1$2")
	plans = regexp.MustCompile(`(?m)^# `).ReplaceAllString(plans, "")
	c, err := Parse("config.example.yml", []byte(before+"\nplans:\n"+plans), ".")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Projects[0].Report.Columns); n != 4 {
		t.Errorf("%d columns, want 4", n)
	}
	if l := c.Projects[0].Labelling; len(l.Lookups) != 1 || l.Lookups[0].Default != "unowned" || len(l.Configs) != 1 {
		t.Errorf("the labelling is %+v, want a lookup and a rule", l)
	}
	if c.Projects[0].Labels["team"] != "growth" {
		t.Errorf("labels %v, want team", c.Projects[0].Labels)
	}
	if len(c.Plans) != 1 || len(c.Plans[0].Meters) != 2 || len(c.Plans[0].Meters[1].Tiers) != 2 ||
		len(c.Plans[0].Showback.Labels) != 1 || len(c.Plans[0].Budgets) != 1 {
		t.Errorf("plans: %+v", c.Plans)
	}
}

func TestTheExampleSaysHowGreatAValueMayBe(t *testing.T) {
	_, text := example(t)
	for key, most := range map[string]any{
		"poll_interval": model.Duration(maxInterval), "poll_timeout": model.Duration(maxTimeout), "stale_after": model.Duration(maxStale),
		"period": model.Duration(maxRolling), "concurrency": maxConcurrency, "lookback": maxLookback,
		"series_limit": maxSeries, "label_value_limit": maxLabelValue,
	} {
		before, _, found := strings.Cut(text, " "+key+": ")
		comment := before[strings.LastIndex(before, "\n\n")+1:]
		if want := fmt.Sprintf("to %v", most); !found || !strings.Contains(comment, want) {
			t.Errorf("the comment of %s does not say %q:%s", key, want, comment)
		}
	}
}
