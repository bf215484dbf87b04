package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestTheFilesOfLookupsAreCheckedApart(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, "c.yml"), `
report:
  lookups:
    - {file: owners.csv, on: Event Type}
    - {file: costs.csv, on: team}
  columns: {Event Kind: {role: label, name: kind}, Sources: {role: ignore}}
projects: [{name: web, api_key_env: KEY, labels: {tier: a}}, {name: app, api_key_env: KEY}]
`)
	owners, costs := filepath.Join(dir, "owners.csv"), filepath.Join(dir, "costs.csv")
	writeFile(t, costs, "team,cost_center\nx,1\ncaf\xe9,\x80\n")
	for text, want := range map[string]string{
		"missing":                   "no such file or directory",
		"Event,Team\nx,a\nx,b\n":    `line 3: the key "x" is there twice, first in line 2; remove one of the rows`,
		"Event,Plan\nx,a\n":         "it adds the label plan, which series have already; give it another name under labels",
		"Event,Tier\nx,a\n":         "it adds the label tier, which series have already; give it another name under labels",
		"Event,Team,Note\nx,a,\n":   "",
		"Event,Kind\nx,a\n":         "it adds the label kind, which series have already; give it another name under labels",
		"Event,Name\nx,a\n":         "it adds the label name, which series have already; give it another name under labels",
		"Event,Sources\nx,a\n":      "",
		"Event;Team\nx;a\n":         `line 1: there is no column beside "Event;Team"; add one for each label`,
		"Event,\"Te\nam\"\nx,a,b\n": "line 3: wrong number of fields",
	} {
		if text == "missing" {
			_ = os.Remove(owners)
		} else {
			writeFile(t, owners, text)
		}
		c, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := c.CheckFiles(); err != nil {
			got = err.Error()
		}
		if want != "" {
			want = path + ":4: lookup " + owners + ": " + want
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	writeFile(t, owners, "Event,Cost Center\nx,a\n")
	writeFile(t, path, `report: {lookups: [{file: owners.csv, on: Event}, {file: costs.csv, on: team}]}
projects: [{name: web, api_key_env: KEY}, {name: app, api_key_env: KEY, report: {lookups: [{file: costs.csv, on: team, default: none}], relabel_configs: [{action: keep, source_labels: [team], regex: a+}]}}]`)
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Load(path); err != nil || !reflect.DeepEqual(again.Projects, c.Projects) {
		t.Errorf("a reload takes the projects for changed ones: %v", err)
	}
	if _, err := c.Projects[0].Labelling.Rules(nil); err == nil || !strings.Contains(err.Error(), costs+": it adds the label cost_center") {
		t.Errorf("two lookups that add a label: %v", err)
	}
	made, err := c.Projects[1].Labelling.Rules(map[string]string{"project": "app", "window": "day"})
	if err != nil || len(made.Lookups) != 1 || made.Lookups[0].Name != "costs.csv" || made.Lookups[0].On != "team" {
		t.Fatalf("rules %+v, %v", made, err)
	}
	for key, want := range map[string]string{"x": "1", "y": "none", "café": "€"} {
		if values, _ := made.Lookups[0].Table.Find(key); len(values) != 1 || values[0] != want {
			t.Errorf("%s is %q, want %s", key, values, want)
		}
	}
}

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
