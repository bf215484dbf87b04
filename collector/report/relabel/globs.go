package relabel

import (
	"path"
	"strings"
)

// globSigns are the characters that make a key a glob.
const globSigns = `*?[\`

// globs finds the first glob that matches a key. It keeps each under the text that its
// matches begin with, or else end with, so that few are tried.
type globs struct {
	prefixes, suffixes map[string][]glob
	// longest is the length of the longest prefix or suffix.
	longest int
}

// glob is a pattern in which / does not separate anything.
type glob struct {
	pattern string
	row     int
}

// literal makes a glob of a key, which matches this key alone.
var literal = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`)

func newGlobs() globs {
	return globs{prefixes: map[string][]glob{}, suffixes: map[string][]glob{}}
}

// add adds a pattern that path.Match accepts. Rows ascend.
func (g *globs) add(pattern string, row int) {
	prefix := pattern[:strings.IndexAny(pattern, globSigns)]
	suffix := pattern[strings.LastIndexByte(pattern, '*')+1:]
	if strings.ContainsAny(suffix, globSigns+"]") {
		suffix = ""
	}
	into, text := g.prefixes, prefix
	if prefix == "" {
		into, text = g.suffixes, suffix
	}
	into[text] = append(into[text], glob{noSeparator(pattern), row})
	g.longest = max(g.longest, len(text))
}

// first returns the least row below limit of a glob that matches, or limit.
func (g *globs) first(key string, limit int) int {
	plain := noSeparator(key)
	for n := 0; n <= min(g.longest, len(key)); n++ {
		limit = firstOf(g.prefixes[key[:n]], plain, limit)
		limit = firstOf(g.suffixes[key[len(key)-n:]], plain, limit)
	}
	return limit
}

func firstOf(globs []glob, key string, limit int) int {
	for _, g := range globs {
		if g.row >= limit {
			break
		}
		if ok, _ := path.Match(g.pattern, key); ok {
			return g.row
		}
	}
	return limit
}

// noSeparator replaces the character that path.Match treats as a separator.
func noSeparator(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
