package relabel_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/collector/report/relabel"
)

func table(t *testing.T, csv string, opts relabel.TableOptions) *relabel.Table {
	t.Helper()
	opts.Name = strings.ToLower
	made, err := relabel.ReadTable(strings.NewReader(csv), opts)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestATableFindsItsRows(t *testing.T) {
	const owners = "\ufeffTeam,Event, Tier\ngrowth, signup ,1\npayments,checkout_*,2\nweb,checkout_view,3\nsearch,*_query,4\nany,a/*,5\nlast,?[xy]*,6\n"
	for _, c := range []struct {
		opts      relabel.TableOptions
		key, want string
	}{
		{relabel.TableOptions{On: "Event"}, "signup", "growth,1 true"},
		{relabel.TableOptions{On: "Event"}, "checkout_*", "payments,2 true"},
		{relabel.TableOptions{On: "Event"}, "checkout_pay", ", false"},
		{relabel.TableOptions{On: "Event", Default: "unowned"}, "Signup", "unowned,unowned false"},
		{relabel.TableOptions{On: "name"}, "web", "checkout_view,3 true"},
		{relabel.TableOptions{On: "event"}, "signup", "growth,1 true"},
		{relabel.TableOptions{On: "Event", Labels: map[string]string{"owner": "Team"}}, "signup", "growth true"},
		{relabel.TableOptions{On: "Event", Match: relabel.MatchGlob}, "signup", "growth,1 true"},
		{relabel.TableOptions{On: "Event", Match: relabel.MatchGlob}, "checkout_view", "payments,2 true"},
		{relabel.TableOptions{On: "Event", Match: relabel.MatchGlob}, "big_query", "search,4 true"},
		{relabel.TableOptions{On: "Event", Match: relabel.MatchGlob}, "a/b/c", "any,5 true"},
		{relabel.TableOptions{On: "Event", Match: relabel.MatchGlob}, "ax/b", "last,6 true"},
		{relabel.TableOptions{On: "Event", Match: relabel.MatchGlob}, "a", ", false"},
	} {
		values, found := table(t, owners, c.opts).Find(c.key)
		if got := fmt.Sprint(strings.Join(values, ","), " ", found); got != c.want {
			t.Errorf("%+v finds %s for %q, and should find %s", c.opts, got, c.key, c.want)
		}
	}
}

func TestATableSaysWhatIsWrongAndWhere(t *testing.T) {
	for _, c := range []struct {
		csv  string
		opts relabel.TableOptions
		want string
	}{
		{"", relabel.TableOptions{}, "line 1: the file is empty"},
		{"Event,Team\na,x\n\"b\nc\",y\na,z\n", relabel.TableOptions{}, `line 5: the key "a" is there twice, first in line 2`},
		{"Event,Team\na,x,y\n", relabel.TableOptions{}, "line 2: wrong number of fields"},
		{"Event,Team\na,\"x\n", relabel.TableOptions{}, "line 2: extraneous or missing"},
		{"Event,Team\n", relabel.TableOptions{Labels: map[string]string{"team": "Owner"}}, `line 1: there is no column "Owner" for the label team; the columns are ["Event" "Team"]`},
		{"Event,Team,Team\n", relabel.TableOptions{Labels: map[string]string{"team": "Team"}}, `line 1: there are two columns "Team"`},
		{"Event,Team,team\n", relabel.TableOptions{}, `line 1: the columns "Team" and "team" would both be the label team`},
		{"Event\n", relabel.TableOptions{}, `line 1: there is no column beside "Event"`},
		{"Event,Team\na,x\n[b,y\n", relabel.TableOptions{Match: relabel.MatchGlob}, `line 3: the key "[b" is not a glob`},
	} {
		c.opts.Name = strings.ToLower
		_, err := relabel.ReadTable(strings.NewReader(c.csv), c.opts)
		var at *relabel.LineError
		if !errors.As(err, &at) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v\n%s should be said", c.csv, err, c.want)
		}
	}
}

func TestTheFirstGlobOfTheFileWins(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string { return string([]byte{"ab_"[random.IntN(3)], "ab_"[random.IntN(3)]}) }
	seen, keys := map[string]bool{}, []string{}
	for len(keys) < 60 {
		parts := []string{word(), "*", word(), "?", word(), "*"}
		from := random.IntN(5)
		key := strings.Join(parts[from:from+1+random.IntN(6-from)], "")
		if !seen[key] {
			seen[key], keys = true, append(keys, key)
		}
	}
	csv := "Event,Row\n"
	for i, key := range keys {
		csv += fmt.Sprintf("%s,%d\n", key, i)
	}
	globs := table(t, csv, relabel.TableOptions{Match: relabel.MatchGlob, Default: "none"})
	for range 3000 {
		key, want := word()+word()+word(), "none"
		for i := len(keys) - 1; i >= 0; i-- {
			if ok, _ := path.Match(keys[i], key); ok {
				want = fmt.Sprint(i)
			}
		}
		if got, _ := globs.Find(key); got[0] != want {
			t.Fatalf("%q: row %s, and %s is the first", key, got[0], want)
		}
	}
}

// configs reads rules as a configuration has them.
func configs(t *testing.T, text string) []*relabel.Config {
	t.Helper()
	var made []*relabel.Config
	if err := yaml.Unmarshal([]byte(text), &made); err != nil {
		t.Fatal(err)
	}
	return made
}

func TestRulesChangeTheLabelsOfASeries(t *testing.T) {
	owners := table(t, "Event,Team\nsignup,growth\npay,payments\n", relabel.TableOptions{Default: "unowned"})
	for _, c := range []struct {
		name, on, rules, want string
	}{
		{"a lookup by header", "Event Name", "[]", "[{event Pay} {sdk web} {team growth} {tier 1}] [] true"},
		{"a lookup by label", "event", "[]", "[{event Pay} {sdk web} {team unowned} {tier 1}] [{0 Pay}] true"},
		{"a lookup by a fixed label", "team", "[]", "[{event Pay} {sdk web} {team unowned} {tier 1}] [{0 core}] true"},
		{"project can be read", "event", "[{source_labels: [project, window], target_label: from}]", "[{event Pay} {from shop;day} {sdk web} {team unowned} {tier 1}] [{0 Pay}] true"},
		{"what a lookup added can be read", "event", "[{source_labels: [team], regex: unowned, action: drop}]", "[] [{0 Pay}] false"},
		{"an empty value is no label", "event", `[{target_label: sdk, replacement: ""}, {regex: tier, action: labeldrop}]`, "[{event Pay} {team unowned}] [{0 Pay}] true"},
		{"a name for the time being is no label", "event", "[{source_labels: [sdk], target_label: __tmp}, {source_labels: [__tmp], target_label: from}]", "[{event Pay} {from web} {sdk web} {team unowned} {tier 1}] [{0 Pay}] true"},
		{"a computed name must not be project", "event", "[{source_labels: [sdk], regex: we(b), target_label: project$2, replacement: x}]", "a rule of relabel_configs changes the label project, which cannot be changed"},
		{"a row that is dropped has no labels to change", "event", "[{target_label: project$2, replacement: x}, {source_labels: [sdk], regex: web, action: drop}]", "[] [{0 Pay}] false"},
	} {
		rules := relabel.Rules{
			Lookups: []relabel.Lookup{{Name: "owners.csv", On: c.on, Table: owners}},
			Configs: configs(t, c.rules),
			Fixed:   map[string]string{"project": "shop", "window": "day", "team": "core", "tier": "1"},
		}
		for _, config := range rules.Configs {
			if err := relabel.Check(config); err != nil {
				t.Fatal(err)
			}
		}
		labels, unmatched, keep, err := rules.For([]string{"event", "sdk"}, []int{slices.Index([]string{"Event Name"}, c.on)}).Apply([]string{"Pay", "web"}, []string{"signup"})
		got := fmt.Sprint(labels, unmatched, keep)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s:\n%s\n%s is right", c.name, got, c.want)
		}
	}
}

func TestRulesThatChangeProjectOrWindowAreRefused(t *testing.T) {
	for rule, want := range map[string]string{
		"{target_label: team, replacement: x}":                                    "",
		"{source_labels: [project], regex: a, action: keep}":                      "",
		"{regex: e.*, action: labeldrop}":                                         "",
		"{regex: project|window|event, action: labelkeep}":                        "",
		"{target_label: project, replacement: x}":                                 "the action replace would change the label project, which cannot be changed",
		"{source_labels: [a], target_label: window, action: hashmod, modulus: 2}": "the action hashmod would change the label window, which cannot be changed",
		"{regex: .*w, action: labeldrop}":                                         "the action labeldrop would change the label window, which cannot be changed",
		"{regex: event, action: labelkeep}":                                       "the action labelkeep would change the label project, which cannot be changed",
		"{regex: a(.*), replacement: $1, action: labelmap}":                       "",
		"{regex: a.*, replacement: window, action: labelmap}":                     "the action labelmap would change the label window, which cannot be changed",
		"{action: hashmod, target_label: a}":                                      "relabel configuration for hashmod requires non-zero modulus",
	} {
		err := relabel.Check(configs(t, "["+rule+"]")[0])
		if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
			t.Errorf("%s: %s\n%q should be said", rule, got, want)
		}
	}
}
