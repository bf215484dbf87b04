package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/units"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// decoder reads one file and notes every problem it meets.
type decoder struct {
	file, dir string
	problems  Errors
	warnings  Errors             // of what may be right
	helps     map[string]located // by metric
	places    map[string]Problem // where each file is named
	oneFile   []int              // the lines of report files that have no {window}
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

// names returns the names of keys.
func names[T any](keys []key[T]) []string {
	result := make([]string, len(keys))
	for i, k := range keys {
		result[i] = k.name
	}
	return result
}

// problem notes what is wrong at a line and what would be right.
func (d *decoder) problem(line int, format string, args ...any) {
	d.problems = append(d.problems, Problem{d.file, line, fmt.Sprintf(format, args...)})
}

// section reads the mapping e.node into a T and returns the entries that it has.
// A section without a value, as when all of it is commented out, has none.
func section[T any](d *decoder, where string, e entry, keys []key[T], into *T) map[string]entry {
	seen := map[string]entry{}
	for _, child := range d.entries(where, e) {
		i := slices.IndexFunc(keys, func(k key[T]) bool { return k.name == child.key })
		switch {
		case i >= 0:
			seen[child.key] = child
			keys[i].read(d, child, into)
		case where != "" || !strings.HasPrefix(child.key, "x-"): // whose values are for anchors
			d.problem(child.line, "unknown key %s %s; %s", quote(child.key), placeOf(where), suggest(child.key, names(keys)))
		}
	}
	return seen
}

// list reads the items of a list that are mappings. Each item begins as
// start; check, called for each item, sees the entries it has.
func list[T any](d *decoder, e entry, start T, keys []key[T], check func(item entry, seen map[string]entry, into *T)) []T {
	var result []T
	for _, item := range d.items(e) {
		into := start
		seen := section(d, e.key, entry{"an item of " + e.key, item.line, item.node}, keys, &into)
		if isMapping(item) {
			check(item, seen, &into)
			result = append(result, into)
		}
	}
	return result
}

// lines holds the line on which each of some names was first used.
type lines map[string]int

// unique notes a missing name, and one that an earlier item has.
func (d *decoder) unique(what string, item, e entry, name string, used lines) {
	switch {
	case !e.present():
		d.problem(item.line, "a %s needs a name; add name: …", what)
	case name != "":
		d.once("the "+what+" name "+quote(name), e.line, name, used)
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
	used := lines{}
	for i := 0; i+1 < len(e.node.Content); i += 2 {
		k, v := target(e.node.Content[i]), target(e.node.Content[i+1])
		line := e.node.Content[i].Line
		switch {
		case k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge":
			merged = append(merged, d.merged(where, line, v)...)
		case k.Kind != yaml.ScalarNode || isNull(k):
			d.problem(line, "a key %s is %s; keys must be text", place, kindOf(k))
		case d.once("the key "+quote(k.Value)+" "+place, line, k.Value, used):
			own = append(own, entry{k.Value, line, v})
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

// text returns the scalar value of e as it is written. Numbers and booleans are
// texts too: the name 2024 needs no quotes.
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

// scalar reads the value of e into *into. parse reports false for a text that is
// not what want says.
func scalar[T any](d *decoder, e entry, want string, parse func(string) (T, bool), into *T) {
	s, ok := d.text(e, want)
	if !ok {
		return
	}
	v, ok := parse(s)
	switch {
	case ok:
		*into = v
	case mayHoldSecret(e.key):
		d.problem(e.line, "%s must be %s", e.key, want)
	default:
		d.problem(e.line, "%s must be %s, not %s", e.key, want, quote(s))
	}
}

// mayHoldSecret reports whether the value of a key may hold a secret of any shape:
// a key, or a password in an address.
func mayHoldSecret(key string) bool {
	return slices.Contains([]string{"api_key", "api_key_env", "base_url", "proxy_url"}, key)
}

// plain reads any text, which may be empty and is never shown.
func (d *decoder) plain(e entry, want string, into *string) {
	scalar(d, e, want, func(s string) (string, bool) { return s, true }, into)
}

// pattern reads a text that matches p.
func (d *decoder) pattern(e entry, want string, p *regexp.Regexp, into *string) {
	scalar(d, e, want, func(s string) (string, bool) { return s, p.MatchString(s) }, into)
}

// name reads the value of a label such as project or window.
func (d *decoder) name(e entry, into *string) {
	scalar(d, e, "a text that is not empty", func(s string) (string, bool) { return s, s != "" && utf8.ValidString(s) }, into)
}

func (d *decoder) boolean(e entry, into *bool) {
	scalar(d, e, "true or false", func(s string) (bool, bool) {
		s = strings.ToLower(s)
		return s == "true", s == "true" || s == "false"
	}, into)
}

// integer reads a whole number from least to most.
func (d *decoder) integer(e entry, least, most int, into *int) {
	scalar(d, e, fmt.Sprintf("a whole number from %d to %d", least, most), func(s string) (int, bool) {
		n, err := strconv.Atoi(s)
		octal := n != 0 && strings.HasPrefix(s, "0")
		return n, err == nil && n >= least && n <= most && !octal
	}, into)
}

// duration reads a duration from least to most, as Prometheus writes it.
func (d *decoder) duration(e entry, least, most time.Duration, into *time.Duration) {
	want := fmt.Sprintf("a duration from %s to %s with its unit, such as 1h, 7d or 2m30s", model.Duration(least), model.Duration(most))
	scalar(d, e, want, durationFrom(least, most), into)
}

func durationFrom(least, most time.Duration) func(string) (time.Duration, bool) {
	return func(s string) (time.Duration, bool) {
		v, err := model.ParseDuration(s)
		length := time.Duration(v)
		return length, err == nil && length >= least && length <= most
	}
}

// sizePattern is stricter than the library, which takes signs and sums.
var sizePattern = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?[A-Za-z]*$`)

// size reads a number of bytes from 1 to 1 PiB.
func (d *decoder) size(e entry, into *int64) {
	scalar(d, e, "a size from 1B to 1PiB, such as 1GiB, 512MiB or 10MB", func(s string) (int64, bool) {
		if _, err := strconv.ParseUint(s, 10, 64); err == nil {
			s += "B"
		}
		n, err := units.ParseStrictBytes(s)
		return n, err == nil && sizePattern.MatchString(s) && n >= 1 && n <= int64(units.Pebibyte)
	}, into)
}

// enum reads one of the given words.
func enum[S ~string](d *decoder, e entry, words []S, into *S) {
	scalar(d, e, orList(words), func(s string) (S, bool) { return S(s), slices.Contains(words, S(s)) }, into)
}
