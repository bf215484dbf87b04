//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// grafana is as much of a dashboard as is needed to ask what Grafana would ask.
type grafana struct {
	Title      string
	Templating struct{ List []variable }
	Panels     []struct {
		Title, Type string
		Targets     []struct {
			RefID, Expr, LegendFormat string
			Instant                   bool
		}
		Transformations []struct {
			ID      string
			Options struct{ RenameByName map[string]string }
		}
	}
}

// variable is a choice that a dashboard offers.
type variable struct {
	Name, Type, Regex, AllValue string
	IncludeAll                  bool
	Query                       any
	Current                     struct{ Value any }
}

// choices are values of variables.
type choices map[string]string

// but returns a copy with another value of one variable.
func (c choices) but(name, value string) choices {
	other := maps.Clone(c)
	other[name] = value
	return other
}

func readDashboard(t *testing.T, file string) grafana {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var made grafana
	if err := json.Unmarshal(text, &made); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return made
}

// choose makes the choices with which the dashboard opens, and fails the test where one of them is not offered.
func (g grafana) choose(t *testing.T, p prometheus) choices {
	t.Helper()
	chosen := choices{"__rate_interval": "1m"}
	for _, v := range g.Templating.List {
		offered := v.options(t, p, chosen)
		switch first := fmt.Sprint(v.Current.Value); {
		case v.Type == "datasource":
		case v.IncludeAll:
			chosen[v.Name] = v.AllValue
		case slices.Contains(offered, first):
			chosen[v.Name] = first
		default:
			t.Errorf("%s: %s opens with %s, and offers %q", g.Title, v.Name, first, offered)
		}
	}
	return chosen
}

var (
	labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)
	labelNames  = regexp.MustCompile(`^label_names\((\w+)\)$`)
	without     = regexp.MustCompile(`^/\^\(\?!\(\?:([\w|]+)\)\$\)\.\+\$/$`)
)

// options are the values that a variable offers, once those before it are chosen. There are some.
func (v variable) options(t *testing.T, p prometheus, chosen choices) []string {
	t.Helper()
	var offered []string
	var err error
	asked, _ := v.Query.(string)
	if query, ok := v.Query.(map[string]any); ok {
		asked = fill(t, fmt.Sprint(query["query"]), chosen)
	}
	switch values, names := labelValues.FindStringSubmatch(asked), labelNames.FindStringSubmatch(asked); {
	case v.Type == "datasource":
		return nil
	case v.Type == "custom":
		offered = strings.Split(asked, ",")
	case values != nil:
		err = p.read(t, "label/"+values[2]+"/values", url.Values{"match[]": {values[1]}}, &offered)
	case names != nil:
		err = p.read(t, "labels", url.Values{"match[]": {`{__name__=~".*` + names[1] + `.*"}`}}, &offered)
	default:
		t.Fatalf("variable %s asks %q, which is not understood", v.Name, asked)
	}
	if err != nil {
		t.Fatal(err)
	}
	if match := without.FindStringSubmatch(v.Regex); match != nil {
		offered = slices.DeleteFunc(offered, func(s string) bool { return slices.Contains(strings.Split(match[1], "|"), s) })
	} else if v.Regex != "" {
		t.Fatalf("variable %s has the pattern %s, which is not understood", v.Name, v.Regex)
	}
	if len(offered) == 0 {
		t.Errorf("variable %s offers nothing: %s", v.Name, asked)
	}
	return offered
}

var reference = regexp.MustCompile(`\$(\w+)`)

// fill puts what is chosen in the place of the variables.
func fill(t *testing.T, text string, chosen choices) string {
	t.Helper()
	return reference.ReplaceAllStringFunc(text, func(name string) string {
		value, ok := chosen[name[1:]]
		if !ok {
			t.Fatalf("%s is not chosen in %s", name, text)
		}
		return value
	})
}

// question is a query of a panel, and what its panel expects of the answer.
type question struct {
	about   string
	expr    string
	labels  []string // that each series must have
	columns []string // that some series must have
	instant bool
}

var legendLabel = regexp.MustCompile(`\{\{([^}]+)\}\}`)

// questions are the queries of all panels, with what is chosen filled in.
func (g grafana) questions(t *testing.T, chosen choices) []question {
	t.Helper()
	var all []question
	for _, p := range g.Panels {
		for _, target := range p.Targets {
			q := question{
				about: fmt.Sprintf("%s, %q, query %s", g.Title, p.Title, target.RefID), expr: fill(t, target.Expr, chosen), instant: target.Instant,
			}
			for _, match := range legendLabel.FindAllStringSubmatch(target.LegendFormat, -1) {
				q.labels = append(q.labels, fill(t, match[1], chosen))
			}
			for _, change := range p.Transformations {
				if target.RefID == "A" {
					q.columns = slices.AppendSeq(q.columns, maps.Keys(change.Options.RenameByName))
				}
			}
			all = append(all, q)
		}
	}
	return all
}

// ask is content with an answer that has a number and the labels that are expected.
func (q question) ask(t *testing.T, p prometheus) error {
	t.Helper()
	var answer struct {
		Result []struct {
			Metric labels
			Value  []any
			Values [][]any
		}
	}
	path, form := "query", url.Values{"query": {q.expr}}
	if !q.instant {
		now := time.Now()
		path = "query_range"
		form["step"], form["start"], form["end"] = []string{"10"}, []string{stamp(now.Add(-time.Minute))}, []string{stamp(now)}
	}
	if err := p.read(t, path, form, &answer); err != nil {
		return err
	}
	// The exporter under test may be built without a version.
	numbers, found := 0, labels{"Value": "", "version": ""}
	for _, series := range answer.Result {
		for _, sample := range append(series.Values, series.Value) {
			if len(sample) == 2 && number(sample[1]) {
				numbers++
			}
		}
		maps.Copy(found, series.Metric)
		for _, name := range q.labels {
			if _, ok := series.Metric[name]; !ok {
				return fmt.Errorf("%s: no label %s in %v: %s", q.about, name, series.Metric, q.expr)
			}
		}
	}
	for _, name := range q.columns {
		if _, ok := found[name]; !ok && !strings.HasPrefix(name, "Value #") {
			return fmt.Errorf("%s: no column %s: %s", q.about, name, q.expr)
		}
	}
	if numbers == 0 {
		return fmt.Errorf("%s: no data: %s", q.about, q.expr)
	}
	return nil
}

func number(value any) bool {
	parsed, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	return err == nil && !math.IsNaN(parsed)
}

func stamp(at time.Time) string { return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64) }
