package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/units"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// decoder reads one file and notes every problem it meets.
type decoder struct {
	file, dir string
	problems  Errors
	helps     map[string]located // by metric
}

// located is a text and the line it stands on.
type located struct {
	text string
	line int
}

// entry is one key of a mapping with its value. The zero entry is a key that is
// not there.
type entry struct {
	key  string
	line int // of the key
	node *yaml.Node
}

// present reports whether the key is there.
func (e entry) present() bool { return e.node != nil }

// key is a key that a section may have, and how its value is read into a T.
type key[T any] struct {
	name string
	read func(d *decoder, e entry, into *T)
}

// keyNames returns the names of keys as a list for a message.
func keyNames[T any](keys []key[T]) string { return strings.Join(names(keys), ", ") }

func names[T any](keys []key[T]) []string {
	result := make([]string, len(keys))
	for i, k := range keys {
		result[i] = k.name
	}
	return result
}

// problem notes what is wrong at a line and what would be right.
func (d *decoder) problem(line int, format string, args ...any) {
	d.problems = append(d.problems, Problem{d.file, line, redact(fmt.Sprintf(format, args...))})
}

// section reads the mapping e.node into a T and returns the entries that it has.
// A section without a value, as when all of it is commented out, has none.
func section[T any](d *decoder, where string, e entry, keys []key[T], into *T) map[string]entry {
	seen := map[string]entry{}
	for _, child := range d.entries(where, e) {
		i := slices.IndexFunc(keys, func(k key[T]) bool { return k.name == child.key })
		if i < 0 {
			d.unknownKey(where, child, names(keys))
			continue
		}
		seen[child.key] = child
		keys[i].read(d, child, into)
	}
	return seen
}

func (d *decoder) unknownKey(where string, e entry, valid []string) {
	place := placeOf(where)
	if meant := closest(e.key, valid); meant != "" {
		d.problem(e.line, "unknown key %s %s; did you mean %s?", quote(e.key), place, meant)
		return
	}
	d.problem(e.line, "unknown key %s %s; valid keys: %s", quote(e.key), place, strings.Join(valid, ", "))
}

// placeOf says where the keys of a section stand.
func placeOf(where string) string {
	if where == "" {
		return "at the top level"
	}
	return "under " + where
}

// isMapping reports whether e can have keys. Where it is something else that has
// been noted, and its keys are not missed.
func isMapping(e entry) bool { return e.node.Kind == yaml.MappingNode || isNull(e.node) }

// entries returns the entries of a mapping in the order of the file, those that
// are merged into it (<<) last and only where the mapping has no such key itself.
func (d *decoder) entries(where string, e entry) []entry {
	if !e.present() || isNull(e.node) {
		return nil
	}
	if e.node.Kind != yaml.MappingNode {
		d.problem(e.line, "%s must be a mapping of keys to values, not %s", e.key, kindOf(e.node))
		return nil
	}
	place := placeOf(where)
	var own, merged []entry
	lines := map[string]int{}
	for i := 0; i+1 < len(e.node.Content); i += 2 {
		k, v := target(e.node.Content[i]), target(e.node.Content[i+1])
		line := e.node.Content[i].Line
		switch {
		case k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge":
			merged = append(merged, d.merged(where, line, v)...)
		case k.Kind != yaml.ScalarNode || isNull(k):
			d.problem(line, "a key %s is %s; keys must be text", place, kindOf(k))
		case lines[k.Value] > 0:
			d.problem(line, "key %s stands twice %s, first on line %d; keep one of them", quote(k.Value), place, lines[k.Value])
		default:
			lines[k.Value] = line
			own = append(own, entry{k.Value, line, v})
		}
	}
	for _, m := range merged {
		if lines[m.key] == 0 {
			lines[m.key] = m.line
			own = append(own, m)
		}
	}
	return own
}

// merged returns the entries of the value of a merge key: a mapping, or a list
// of mappings of which the earlier ones win.
func (d *decoder) merged(where string, line int, n *yaml.Node) []entry {
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
		result = append(result, d.entries(where, entry{"<<", line, source})...)
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
		result[i] = entry{e.key, n.Line, target(n)}
	}
	return result
}

// text returns the scalar value of e as it is written, noting a problem where it
// is none. Numbers and booleans are texts too: the name 2024 needs no quotes.
func (d *decoder) text(e entry, want string) (string, bool) {
	if e.node.Kind == yaml.ScalarNode {
		switch e.node.ShortTag() {
		case "!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!merge":
			return e.node.Value, true
		}
	}
	d.problem(e.line, "%s must be %s, not %s", e.key, want, kindOf(e.node))
	return "", false
}

func (d *decoder) boolean(e entry, into *bool) {
	if e.node.Kind == yaml.ScalarNode && e.node.ShortTag() == "!!bool" {
		switch strings.ToLower(e.node.Value) {
		case "true":
			*into = true
			return
		case "false":
			*into = false
			return
		}
	}
	d.problem(e.line, "%s must be true or false, without quotes, not %s", e.key, kindOf(e.node))
}

// integer reads a whole number from least to most.
func (d *decoder) integer(e entry, least, most int, into *int) {
	bounds := fmt.Sprintf("a whole number from %d to %d", least, most)
	if e.node.Kind != yaml.ScalarNode || !slices.Contains([]string{"!!int", "!!float"}, e.node.ShortTag()) {
		d.problem(e.line, "%s must be %s, not %s", e.key, bounds, kindOf(e.node))
		return
	}
	n, err := strconv.Atoi(e.node.Value)
	if err != nil || n < least || n > most || (strings.HasPrefix(e.node.Value, "0") && n != 0) {
		d.problem(e.line, "%s must be %s, not %s", e.key, bounds, quote(e.node.Value))
		return
	}
	*into = n
}

// sizePattern is stricter than the library, which takes signs and sums.
var (
	sizePattern = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?[A-Za-z]+$`)
	plainNumber = regexp.MustCompile(`^[0-9]+$`)
)

// duration reads a duration from least to most, as Prometheus writes it.
func (d *decoder) duration(e entry, least, most time.Duration, into *time.Duration) {
	want := fmt.Sprintf("a duration from %s to %s with its unit, such as 1h, 7d or 2m30s", model.Duration(least), model.Duration(most))
	s, ok := d.text(e, want)
	if !ok {
		return
	}
	v, err := model.ParseDuration(s)
	if length := time.Duration(v); err != nil || length < least || length > most {
		d.problem(e.line, "%s must be %s, not %s", e.key, want, quote(s))
		return
	}
	*into = time.Duration(v)
}

// size reads a number of bytes from 1 to 1 PiB.
func (d *decoder) size(e entry, into *int64) {
	const want = "a size from 1B to 1PiB, such as 1GiB, 512MiB or 10MB"
	s, ok := d.text(e, want)
	if !ok {
		return
	}
	number := s
	if plainNumber.MatchString(s) {
		number = s + "B"
	}
	n, err := units.ParseStrictBytes(number)
	if err != nil || !sizePattern.MatchString(number) || n < 1 || n > int64(units.Pebibyte) {
		d.problem(e.line, "%s must be %s, not %s", e.key, want, quote(s))
		return
	}
	*into = n
}

// enum reads one of the given words.
func enum[S ~string](d *decoder, e entry, words []S, into *S) {
	want := orList(words)
	s, ok := d.text(e, want)
	if !ok {
		return
	}
	if !slices.Contains(words, S(s)) {
		d.problem(e.line, "%s must be %s, not %s", e.key, want, quote(s))
		return
	}
	*into = S(s)
}
