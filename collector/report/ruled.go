package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"statsig_exporter/collector/report/relabel"
)

const (
	// maxRuled bounds how many combinations of cells are held with the series that
	// the rules make of them. Rules are applied to each row of the others.
	maxRuled = 1 << 17
	// maxUnmatched bounds how many keys are held that a lookup lacks.
	maxUnmatched = 1 << 16
	// largestUnmatched is how many of these a report names for each lookup.
	largestUnmatched = 20
)

// Unmatched says which keys of a report a lookup has no row for.
type Unmatched struct {
	Lookup string `json:"lookup"` // its name
	Keys   int    `json:"keys"`   // distinct ones
	// Share is the share of these keys in the sum over all rows that no rule drops, in
	// the metric that ranks series; 0 where that sum is 0.
	Share   float64    `json:"-"`
	Largest []KeyValue `json:"largest"`
}

// KeyValue is a key with the sum of its rows' values, in the metric that ranks series.
type KeyValue struct {
	Key   string  `json:"key"`
	Value float64 `json:"value"`
	Line  string  `json:"-"` // for the lookup's file, with empty labels
}

// ruler applies rules to the labels of rows.
type ruler struct {
	applier *relabel.Applier
	rules   *relabel.Rules
	// inputs are the columns whose cells decide what the rules do: the labels, and then
	// those that only hold keys.
	inputs []*Column
	// unknown are the lookups on neither a column nor a label.
	unknown []relabel.Lookup
	// names are the labels of the values in a key, in the order of their first use. A
	// key ends with its last value that is not empty.
	names     []string
	ruled     map[string]ruled // by the cells of a row
	unmatched map[relabel.Unmatched]*cell
	without   []cell // by lookup: the sum of the kept rows whose keys it lacks
	kept      cell   // the sum of all rows that are kept
}

// ruled is the result of the rules for a row.
type ruled struct {
	series int32   // -1 if the row is dropped
	sums   []*cell // that have the row's value
}

func newRuler(rules *relabel.Rules, m *Mapping, labels []*Column) *ruler {
	r := &ruler{
		rules: rules, inputs: slices.Clone(labels),
		ruled: map[string]ruled{}, unmatched: map[relabel.Unmatched]*cell{}, without: make([]cell, len(rules.Lookups)),
	}
	var names []string
	for _, c := range labels {
		names = append(names, c.Label)
	}
	var on []int
	others := slices.Collect(maps.Keys(rules.Fixed))
	for _, l := range rules.Lookups {
		isOther := slices.Contains(others, l.On)
		c := m.keyColumn(l.On, isOther)
		at := slices.Index(r.inputs, c)
		switch {
		case c != nil && at < 0:
			at = len(r.inputs)
			r.inputs = append(r.inputs, c)
		case c == nil && !isOther:
			r.unknown = append(r.unknown, l)
		}
		on, others = append(on, at), append(others, l.Table.Labels()...)
	}
	r.applier = rules.For(names, on)
	return r
}

// keyColumn returns the column that a lookup is on: by its name or its label, or else, if
// no other label is called so, by its normalised name. It is nil if there is none.
func (m *Mapping) keyColumn(on string, isOther bool) *Column {
	for _, is := range []func(c Column) bool{
		func(c Column) bool { return c.Name == on },
		func(c Column) bool { return c.Role == RoleLabel && c.Label == on },
		func(c Column) bool { return !isOther && normalise(c.Name) == normalise(on) },
	} {
		if i := slices.IndexFunc(m.Columns, is); i >= 0 {
			return &m.Columns[i]
		}
	}
	return nil
}

// LookupKey returns how a lookup on a column or label compares keys: lists of sources in
// any order.
func LookupKey(on string) func(value string) string {
	if normalise(on) == sourcesLabel {
		return func(value string) string { return string(sorted([]byte(value))) }
	}
	return strings.TrimSpace
}

// refuseLookups returns ErrLookup if a lookup adds a label that a column has.
func (m *Mapping) refuseLookups(rules *relabel.Rules) error {
	if rules == nil {
		return nil
	}
	for _, l := range rules.Lookups {
		for _, c := range m.Columns {
			if c.Role == RoleLabel && slices.Contains(l.Table.Labels(), c.Label) {
				return fmt.Errorf("%w: lookup %s adds the label %s, which the column %s has already; give one of them another name", ErrLookup, l.Name, c.Label, quote(c.Name))
			}
		}
	}
	return nil
}

// ruledSeries returns the series of the row whose key is a.key, or -1 if a rule drops
// the row, and adds the row to the keys that lookups lack.
func (a *aggregator) ruledSeries() (int32, error) {
	r, known := a.ruler.ruled[string(a.key)]
	if !known {
		var err error
		if r, err = a.rule(); err != nil {
			return 0, err
		}
		if len(a.ruler.ruled) < maxRuled {
			a.ruler.ruled[string(a.key)] = r
			a.table.held += len(a.key) + seriesBytes
		}
	}
	for _, c := range r.sums {
		if at := max(a.foldBy, 0); a.samples[at].n > 0 {
			c.add(a.samples[at].value(a.table.metrics[at]), 1)
		}
	}
	return r.series, nil
}

// rule applies the rules to the row.
func (a *aggregator) rule() (ruled, error) {
	values, cells := make([]string, len(a.labels)), make([]string, len(a.ruler.inputs))
	for i := range values {
		values[i] = string(a.value(i))
	}
	for i, c := range a.ruler.inputs {
		cells[i] = string(a.row.fields[c.Index])
	}
	labels, unmatched, keep, err := a.ruler.applier.Apply(values, cells)
	r := ruled{series: -1}
	for _, key := range unmatched {
		c := a.ruler.unmatched[key]
		if c == nil && len(a.ruler.unmatched) < maxUnmatched {
			c = &cell{}
			a.ruler.unmatched[key] = c
			a.table.held += len(key.Key)
		}
		if c != nil {
			r.sums = append(r.sums, c)
		}
	}
	if !keep || err != nil {
		return r, err
	}
	r.sums = append(r.sums, &a.ruler.kept)
	for _, key := range unmatched {
		r.sums = append(r.sums, &a.ruler.without[key.Lookup])
	}
	row := make([]string, len(a.ruler.names), len(a.ruler.names)+len(labels))
	last := 0
	for _, l := range labels {
		at := slices.Index(a.ruler.names, l.Name)
		if at < 0 {
			at = len(a.ruler.names)
			a.ruler.names, row = append(a.ruler.names, l.Name), append(row, "")
		}
		row[at] = l.Value
		last = max(last, at+1)
	}
	a.fit = a.fit[:0]
	for _, value := range row[:last] {
		a.fit = appendValue(a.fit, cut(value, a.opts.LabelValueLimit))
	}
	r.series = a.table.series(a.fit)
	return r, nil
}

// complete writes all keys anew, with a value for each of the labels that it returns
// sorted. Fixed labels that no rule has changed are not among them.
func (r *ruler) complete(t *table) []string {
	names := slices.Clone(r.names)
	for name := range r.rules.Fixed {
		if !slices.Contains(names, name) && name != "project" && name != "window" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.DeleteFunc(names, func(name string) bool {
		fixed, is := r.rules.Fixed[name]
		return is && !slices.ContainsFunc(t.keys, func(key string) bool { return valueOf(key, r.names, name) != fixed })
	})
	clear(t.rows)
	for i, old := range t.keys {
		var key []byte
		for _, name := range names {
			key = appendValue(key, valueOf(old, r.names, name))
		}
		t.keys[i] = string(key)
		t.rows[t.keys[i]] = int32(i)
	}
	return names
}

// lacks returns the keys that the lookups lack.
func (r *ruler) lacks() []Unmatched {
	all := make([]Unmatched, len(r.rules.Lookups))
	for i, l := range r.rules.Lookups {
		all[i].Lookup, all[i].Largest = l.Name, []KeyValue{}
		if kept := r.kept.total(); kept != 0 {
			all[i].Share = r.without[i].total() / kept
		}
	}
	for key, c := range r.unmatched {
		u := &all[key.Lookup]
		u.Keys++
		u.Largest = append(u.Largest, KeyValue{Key: key.Key, Value: c.total()})
	}
	for i := range all {
		slices.SortFunc(all[i].Largest, func(a, b KeyValue) int {
			return cmp.Or(cmp.Compare(math.Abs(b.Value), math.Abs(a.Value)), cmp.Compare(a.Key, b.Key))
		})
		all[i].Largest = slices.Clone(all[i].Largest[:min(len(all[i].Largest), largestUnmatched)])
		for j := range all[i].Largest {
			all[i].Largest[j].Line = r.rules.Lookups[i].Table.Line(all[i].Largest[j].Key)
		}
	}
	return all
}
