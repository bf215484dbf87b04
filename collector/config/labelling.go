package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"

	"statsig_exporter/collector/report"
	rules "statsig_exporter/collector/report/relabel"
)

// maxLookupBytes is the greatest size of a lookup's file.
const maxLookupBytes = 64 << 20

// Labelling adds labels to the series of a report, and rewrites labels. It is not to be
// changed.
type Labelling struct {
	Lookups []Lookup
	Configs []*relabel.Config // Prometheus' rules, applied after the lookups
}

// IsEmpty reports whether there is nothing to add or to rewrite.
func (l Labelling) IsEmpty() bool { return len(l.Lookups) == 0 && len(l.Configs) == 0 }

// State identifies the files of the lookups as they are now.
func (l Labelling) State() string {
	var state strings.Builder
	for _, lookup := range l.Lookups {
		fmt.Fprintln(&state, FileState(lookup.File))
	}
	return state.String()
}

// Lookup adds labels from a CSV file.
type Lookup struct {
	File               string
	rules.TableOptions // without Name and Key, so that settings can be compared
}

// Rules reads the files of the lookups, anew at each call. fixed holds the labels that
// every series has besides its columns. The error names a file, and the line in it.
func (l Labelling) Rules(fixed map[string]string) (rules.Rules, error) {
	lookups, errs := l.read(slices.Collect(maps.Keys(fixed)))
	return rules.Rules{Lookups: lookups, Configs: l.Configs, Fixed: fixed}, errors.Join(errs...)
}

// read returns the lookups with their tables, and an error or nil for each of them. taken
// are the labels that series have already.
func (l Labelling) read(taken []string) (lookups []rules.Lookup, errs []error) {
	taken = append(taken, reservedLabels()...)
	for _, lookup := range l.Lookups {
		table, err := lookup.read(taken)
		if err == nil {
			taken = append(taken, table.Labels()...)
		} else {
			err = fmt.Errorf("lookup %s: %w", lookup.File, err)
		}
		lookups = append(lookups, rules.Lookup{Name: filepath.Base(lookup.File), On: lookup.On, Table: table})
		errs = append(errs, err)
	}
	return lookups, errs
}

func (l Lookup) read(taken []string) (*rules.Table, error) {
	data, err := readLimited(l.File, maxLookupBytes)
	if err != nil {
		return nil, err
	}
	options := l.TableOptions
	options.Name, options.Key = report.LabelName, report.LookupKey(l.On)
	table, err := rules.ReadTable(bytes.NewReader(report.UTF8(data)), options)
	if err != nil {
		return nil, err
	}
	for _, label := range table.Labels() {
		switch {
		case slices.Contains(taken, label):
			return nil, fmt.Errorf("it adds the label %s, which series have already; give it another name under labels", label)
		case !validLabelName(label):
			return nil, fmt.Errorf("a column gives the label name %q; list the wanted columns under labels, with names of letters, digits and _", label)
		}
	}
	return table, nil
}

// lookups reads the list of lookups of a section report.
func (d *decoder) lookups(e entry) []Lookup {
	start := Lookup{TableOptions: rules.TableOptions{Match: rules.MatchExact}}
	return list(d, e, start, func(l *Lookup) (keys, check) {
		known := keys{
			{"file", d.path(&l.File)},
			{"on", d.name(&l.On)},
			{"labels", set(&l.Labels, d.labels)},
			{"match", enum(d, &l.Match, rules.MatchExact, rules.MatchGlob)},
			{"default", d.plain("a text", &l.Default)},
		}
		return known, func(item entry, seen map[string]entry) {
			for _, name := range []string{"file", "on"} {
				if !seen[name].present() {
					d.problem(item.line, "a lookup needs its file and what to look up in it; add %s: …", name)
				}
			}
		}
	})
}

// relabelConfigs reads a list of Prometheus' relabelling rules.
func (d *decoder) relabelConfigs(e entry) []*relabel.Config {
	var result []*relabel.Config
	for _, c := range list(d, e, relabel.DefaultRelabelConfig, func(c *relabel.Config) (keys, check) {
		before := len(d.problems)
		known := keys{
			{"source_labels", set(&c.SourceLabels, d.sourceLabels)},
			{"separator", d.plain("a text", &c.Separator)},
			{"regex", scalar(d, "a regular expression", &c.Regex, func(s string) (relabel.Regexp, bool) {
				r, err := relabel.NewRegexp(s)
				return r, err == nil
			})},
			{"modulus", integer(d, 1, 1<<31-1, &c.Modulus)},
			{"target_label", d.plain("a text", &c.TargetLabel)},
			{"replacement", d.plain("a text", &c.Replacement)},
			{"action", enum(d, &c.Action, relabel.Replace, relabel.Keep, relabel.Drop, relabel.KeepEqual, relabel.DropEqual, relabel.HashMod,
				relabel.LabelMap, relabel.LabelDrop, relabel.LabelKeep, relabel.Lowercase, relabel.Uppercase)},
		}
		return known, func(item entry, _ map[string]entry) {
			switch err := rules.Check(c); {
			case err == nil, len(d.problems) > before: // c lacks what could not be read
			case looksSecret(err.Error()): // it quotes what it refuses
				d.problem(item.line, "a value is not one that Prometheus takes for the action %s", c.Action)
			default:
				d.problem(item.line, "%s", err)
			}
		}
	}) {
		result = append(result, &c)
	}
	return result
}

func (d *decoder) sourceLabels(e entry) model.LabelNames {
	var names model.LabelNames
	for _, item := range d.items(e) {
		var name string
		d.labelName(&name)(item)
		names = append(names, model.LabelName(name))
	}
	return names
}
