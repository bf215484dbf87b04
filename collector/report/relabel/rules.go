package relabel

import (
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
)

// Config is one of Prometheus' relabelling rules.
type Config = relabel.Config

// Lookup joins a table to the values of a label.
type Lookup struct {
	Name  string // of the file
	On    string // the header of a column, or a label
	Table *Table
}

// Rules change the labels of the series of one project and window: the lookups in
// their order, then the configs in theirs. They are immutable.
type Rules struct {
	Lookups []Lookup
	Configs []*Config // Check has accepted each
	// Fixed are the labels that every row has besides its columns. Rules read project
	// and window and leave them as they are.
	Fixed map[string]string
}

// Check returns an error for a config that Prometheus would refuse or that can change
// project or window.
func Check(c *Config) error {
	// Labels are served without quotes, in formats that know no other names.
	if err := c.Validate(model.LegacyValidation); err != nil {
		return err
	}
	for _, label := range unchanged() {
		if changes(c, label) {
			return fmt.Errorf("the action %s would change the label %s, which cannot be changed", c.Action, label)
		}
	}
	return nil
}

// unchanged lists the labels that no rule may change.
func unchanged() []string { return []string{"project", "window"} }

// changes reports whether a config changes a label whatever the others are.
func changes(c *Config, label string) bool {
	switch c.Action {
	case relabel.LabelDrop:
		return c.Regex.MatchString(label)
	case relabel.LabelKeep:
		return !c.Regex.MatchString(label)
	case relabel.LabelMap:
		return c.Replacement == label
	case relabel.Keep, relabel.Drop, relabel.KeepEqual, relabel.DropEqual:
		return false
	}
	return c.TargetLabel == label
}

const (
	// maxKept bounds how many keys are kept with what their lookup found, and
	// maxKeptBytes their length. Others are looked up each time.
	maxKept      = 1 << 16
	maxKeptBytes = 1 << 8
)

// Applier applies rules to the series of one report. It is for one goroutine.
type Applier struct {
	rules   Rules
	labels  []string
	on      []int
	builder *labels.Builder
	keys    []map[string]match // of each lookup: the keys that were looked up
}

// match is the result of looking up a key.
type match struct {
	values []string
	found  bool
}

// For returns an applier for a report with these labels. on has, for each lookup, which
// cell of a row is its key; -1: none, but the label that it names.
func (r Rules) For(names []string, on []int) *Applier {
	a := &Applier{rules: r, labels: names, on: on, builder: labels.NewBuilder(labels.EmptyLabels())}
	for range r.Lookups {
		a.keys = append(a.keys, map[string]match{})
	}
	return a
}

// Unmatched is a key that a lookup has no row for.
type Unmatched struct {
	Lookup int // of Rules.Lookups
	Key    string
}

// Apply returns the labels of a series from the values of its labels, and from the cells
// that may be keys: sorted by name, without empty ones, project, window, and names that
// begin with __. keep is false if a config drops the series. unmatched lists the keys that
// lookups lack. The error names project or window if a config changes it, which Check
// cannot know of names that are made of values.
func (a *Applier) Apply(values, cells []string) (result []labels.Label, unmatched []Unmatched, keep bool, err error) {
	a.builder.Reset(labels.EmptyLabels())
	for name, value := range a.rules.Fixed {
		a.builder.Set(name, value)
	}
	for i, label := range a.labels {
		a.builder.Set(label, values[i])
	}
	for i, l := range a.rules.Lookups {
		key := a.builder.Get(l.On)
		if at := a.on[i]; at >= 0 {
			key = cells[at]
		}
		key = l.Table.Key(key)
		if !a.lookUp(i, key) {
			unmatched = append(unmatched, Unmatched{i, key})
		}
	}
	if !relabel.ProcessBuilder(a.builder, a.rules.Configs...) {
		return nil, unmatched, false, nil
	}
	for _, label := range unchanged() {
		if a.builder.Get(label) != a.rules.Fixed[label] {
			return nil, nil, false, fmt.Errorf("a rule of relabel_configs changes the label %s, which cannot be changed", label)
		}
	}
	a.builder.Del(unchanged()...)
	a.builder.Labels().Range(func(l labels.Label) {
		if !strings.HasPrefix(l.Name, model.ReservedLabelPrefix) {
			result = append(result, l)
		}
	})
	return result, unmatched, true, nil
}

// lookUp adds the labels of a key and reports whether the table has it.
func (a *Applier) lookUp(lookup int, key string) bool {
	table := a.rules.Lookups[lookup].Table
	m, known := a.keys[lookup][key]
	if !known {
		m.values, m.found = table.Find(key)
		if len(a.keys[lookup]) < maxKept && len(key) <= maxKeptBytes {
			a.keys[lookup][key] = m
		}
	}
	for i, label := range table.Labels() {
		a.builder.Set(label, m.values[i])
	}
	return m.found
}
