package config

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document returns the mapping at the top of the one YAML document in data, or
// nil after noting why there is none.
func (d *decoder) document(data []byte) *yaml.Node {
	if line := invalidUTF8(data); line > 0 {
		d.problem(line, "the file is not valid UTF-8; save it as UTF-8")
		return nil
	}
	documents, err := parseYAML(data)
	if err != nil {
		line := errorLine(data, err)
		d.problem(line, "%s", explainYAML(err, string(bytes.Split(data, []byte("\n"))[line-1])))
		return nil
	}
	if len(documents) > 1 {
		d.problem(documents[1].Line, "a second YAML document starts here; the file must hold one, without --- or ... between its sections")
		return nil
	}
	if len(documents) == 0 || isNull(documents[0].Content[0]) {
		d.problem(1, "the file is empty; it must list at least one project under projects")
		return nil
	}
	root := documents[0].Content[0]
	if line, why := checkAliases(root); why != "" {
		d.problem(line, "%s", why)
		return nil
	}
	if root.Kind != yaml.MappingNode {
		d.problem(root.Line, "the file must be a mapping with the keys %s, not %s", strings.Join(fileKeys().names(), ", "), kindOf(root))
		return nil
	}
	return root
}

// parseYAML returns every document in data.
func parseYAML(data []byte) ([]*yaml.Node, error) {
	var documents []*yaml.Node
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var n yaml.Node
		err := decoder.Decode(&n)
		switch {
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return nil, err
		}
		documents = append(documents, &n)
	}
}

// invalidUTF8 returns the first line that is not UTF-8, or 0.
func invalidUTF8(data []byte) int {
	return 1 + slices.IndexFunc(bytes.Split(data, []byte("\n")), func(line []byte) bool { return !utf8.Valid(line) })
}

// errorLine returns the line at which data stops being YAML: the one after the
// longest beginning of data that is YAML. The library's own line numbers are
// missing or off by one in many cases, so they only serve where trying would
// take long.
func errorLine(data []byte, err error) int {
	const limit = 64 << 20 // bytes to parse in the worst case
	ends := []int{0}
	for i, b := range data {
		if b == '\n' {
			ends = append(ends, i+1)
		}
	}
	if len(ends)*len(data) > limit {
		return min(libraryLine(err), len(ends))
	}
	for i := len(ends) - 1; i >= 0; i-- {
		if ends[i] == len(data) && i > 0 {
			continue
		}
		if _, err := parseYAML(data[:ends[i]]); err == nil {
			return i + 1
		}
	}
	return 1
}

// libraryLine returns the line that the library's error names, or 1.
func libraryLine(err error) int {
	_, rest, _ := strings.Cut(err.Error(), "line ")
	digits, _, _ := strings.Cut(rest, ":")
	n, _ := strconv.Atoi(digits)
	return max(n, 1)
}

// explainYAML says what the library found wrong at a line with the given text. It
// quotes nothing of the file, because any part of it may be a secret in the wrong
// place.
func explainYAML(err error, text string) string {
	indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	if strings.Contains(indent, "\t") {
		return "a tab cannot indent a line in YAML; use spaces"
	}
	for part, explanation := range map[string]string{
		"unknown anchor":                 "an alias (*name) refers to an anchor (&name) that is not defined before it",
		"mapping values are not allowed": "a colon where no key can stand; check the indentation, or put the value in quotes",
		"that cannot start any":          "a value begins with a character that YAML reserves; put the value in quotes",
		"unexpected end of stream":       "a quote is opened here and not closed; close it",
		"did not find expected":          "this line does not continue what stands above it; check indentation and brackets",
	} {
		if strings.Contains(err.Error(), part) {
			return explanation
		}
	}
	return "the file stops being valid YAML here; check indentation, colons, quotes and brackets"
}

// checkAliases refuses aliases that contain themselves, or that would make a
// small file expand into a huge one. It returns the line and what is wrong, or
// an empty string.
func checkAliases(root *yaml.Node) (line int, why string) {
	const limit = 1_000_000
	sizes := map[*yaml.Node]int{}
	var size func(n *yaml.Node) int
	size = func(n *yaml.Node) int {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if known, ok := sizes[n]; ok {
			if known < 0 && why == "" {
				line, why = n.Line, "an anchor (&name) contains an alias (*name) of itself; remove the alias"
			}
			return max(known, 0)
		}
		sizes[n] = -1
		total := 1
		for _, child := range n.Content {
			total = min(total+size(child), limit+1)
		}
		sizes[n] = total
		return total
	}
	if size(root) > limit && why == "" {
		return root.Line, "the file has more than a million values, with its aliases (*name) expanded; make it smaller"
	}
	return line, why
}

// target returns the node that n stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// isText reports whether n has a value that a person wrote as a word or a number.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!merge"}, n.ShortTag())
}

// kindOf says in words what n is, without its value.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!str", "!!timestamp", "!!merge":
		return "text"
	default:
		return "a value with a YAML tag"
	}
}
