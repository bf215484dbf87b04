package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder reads one file into a configuration and notes every problem it meets.
type decoder struct {
	file, dir string
	config    *Config
	problems  Errors
	helpLines lines // of the help texts, by metric
}

// located is a text and the line it stands on.
type located struct {
	text string
	line int
}

// entry is one key of a mapping with its value. The zero entry is a key that is
// not there.
type entry struct {
	key  string // as errors call it
	path string // of the keys in its value, such as api.rate_limit; empty for the whole file
	line int    // of the key
	node *yaml.Node
}

// renamed returns the entry for a value whose key is the user's own, and is not repeated
// in paths.
func (e entry) renamed(key string) entry { return entry{key, key, e.line, e.node} }

// place says where the keys in the entry's value stand.
func (e entry) place() string {
	if e.path == "" {
		return "at the top level"
	}
	return "under " + e.path
}

// present reports whether the key is there.
func (e entry) present() bool { return e.node != nil }

// keys are the keys that a section may have.
type keys []key

// key is a key with the reader of its value; nil if the value is read after the section.
type key struct {
	name string
	read func(entry)
}

func (k keys) names() []string {
	names := make([]string, len(k))
	for i := range k {
		names[i] = k[i].name
	}
	return names
}

// problem notes what is wrong at a line and what would be right.
func (d *decoder) problem(line int, format string, args ...any) {
	d.problems = append(d.problems, Problem{d.file, line, fmt.Sprintf(format, args...)})
}

// section reads the mapping e.node and returns the entries that it has. A section
// without a value, as when all of it is commented out, has none.
func (d *decoder) section(e entry, known keys) map[string]entry {
	seen := map[string]entry{}
	for _, child := range d.entries(e) {
		i := slices.IndexFunc(known, func(k key) bool { return k.name == child.key })
		switch {
		case i >= 0:
			seen[child.key] = child
			if read := known[i].read; read != nil {
				read(child)
			}
		case e.path != "" || !strings.HasPrefix(child.key, "x-"): // whose values are for anchors
			d.problem(child.line, "unknown key %s %s; %s", quote(child.key), e.place(), suggest(child.key, known.names()))
		}
	}
	return seen
}

// check checks an item of a list, which has the keys seen.
type check func(item entry, seen map[string]entry)

// list reads the items of a list that are mappings. Each item begins as start; fields
// returns the keys of an item and its check.
func list[T any](d *decoder, e entry, start T, fields func(*T) (keys, check)) []T {
	var result []T
	for _, item := range d.items(e) {
		into := start
		known, done := fields(&into)
		item.key = "an item of " + e.key
		seen := d.section(item, known)
		if isMapping(item) {
			done(item, seen)
			result = append(result, into)
		}
	}
	return result
}

// set returns a reader that stores the value that read returns.
func set[T any](into *T, read func(entry) T) func(entry) {
	return func(e entry) { *into = read(e) }
}

// lines holds the line on which each of some names was first used.
type lines map[string]int

// unique notes a missing name, and one that an earlier item has.
func (d *decoder) unique(what string, item, name entry, used lines) {
	switch {
	case !name.present():
		d.problem(item.line, "a %s needs a name; add name: …", what)
	case isText(name.node) && name.node.Value != "":
		d.once("the "+what+" name "+quote(name.node.Value), name.line, name.node.Value, used)
	}
}

// once notes that name is used at a line, and a problem if it was before.
func (d *decoder) once(what string, line int, name string, used lines) bool {
	if first := used[name]; first > 0 {
		d.problem(line, "%s is already used on line %d; it must be unique", what, first)
		return false
	}
	used[name] = line
	return true
}

// isMapping reports whether e can have keys. If not, entries has noted it, and nobody
// needs to hear which keys are missing.
func isMapping(e entry) bool { return e.node.Kind == yaml.MappingNode || isNull(e.node) }

// entries returns the entries of a mapping in the order of the file, those that
// are merged into it (<<) last and only where the mapping has no such key itself.
func (d *decoder) entries(e entry) []entry {
	if !e.present() || isNull(e.node) {
		return nil
	}
	if e.node.Kind != yaml.MappingNode {
		d.problem(e.line, "%s must be a mapping of keys to values, not %s", e.key, kindOf(e.node))
		return nil
	}
	var own, merged []entry
	used := lines{}
	for i := 0; i+1 < len(e.node.Content); i += 2 {
		k, v := target(e.node.Content[i]), target(e.node.Content[i+1])
		line := e.node.Content[i].Line
		switch {
		case k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge":
			merged = append(merged, d.merged(e.path, line, v)...)
		case k.Kind != yaml.ScalarNode || isNull(k):
			d.problem(line, "a key %s is %s; keys must be text", e.place(), kindOf(k))
		case d.once("the key "+quote(k.Value)+" "+e.place(), line, k.Value, used):
			own = append(own, entry{k.Value, strings.TrimPrefix(e.path+"."+k.Value, "."), line, v})
		}
	}
	for _, m := range merged {
		if used[m.key] == 0 {
			used[m.key] = m.line
			own = append(own, m)
		}
	}
	return own
}

// merged returns the entries of the value of a merge key: a mapping, or a list
// of mappings of which the earlier ones win.
func (d *decoder) merged(path string, line int, n *yaml.Node) []entry {
	sources := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		sources = n.Content
	}
	var result []entry
	for _, source := range sources {
		source = target(source)
		if source.Kind != yaml.MappingNode {
			d.problem(line, "<< must be followed by an alias of a mapping, not %s", kindOf(source))
			continue
		}
		result = append(result, d.entries(entry{"<<", path, line, source})...)
	}
	return result
}

// items returns the items of a list. A list without a value has none.
func (d *decoder) items(e entry) []entry {
	if !e.present() || isNull(e.node) {
		return nil
	}
	if e.node.Kind != yaml.SequenceNode {
		d.problem(e.line, "%s must be a list, each item after a dash, not %s", e.key, kindOf(e.node))
		return nil
	}
	result := make([]entry, len(e.node.Content))
	for i, n := range e.node.Content {
		result[i] = entry{e.key, e.path, n.Line, target(n)}
	}
	return result
}
