package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v3"

	"statsig_exporter/collector/config"
)

// checkWebConfig returns the problems of a web configuration as config.Errors, or
// nil. The toolkit judges; this finds the lines that it leaves out, the users that
// it does not get to, and words for a person.
func checkWebConfig(file string) error {
	data, err := os.ReadFile(file)
	var unreadable *fs.PathError
	if errors.As(err, &unreadable) {
		return config.Errors{{File: file, Message: unreadable.Err.Error()}}
	}
	var root yaml.Node
	_ = yaml.Unmarshal(data, &root) // the toolkit says what is wrong; without nodes no line is found
	problems := badUsers(&root)
	if err := web.Validate(file); err != nil {
		problems = append(problems, toolkitProblems(err, &root, len(problems) > 0)...)
	}
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b config.Problem) int { return cmp.Compare(a.Line, b.Line) })
	for i := range problems {
		problems[i].File = file
	}
	return problems
}

// bcryptHash matches what bcrypt writes.
var bcryptHash = regexp.MustCompile(`^\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}$`)

// badUsers names the users whose password is not hashed. The toolkit stops at the
// first and does not say which it is.
func badUsers(root *yaml.Node) config.Errors {
	var problems config.Errors
	users := valueOf(root, "basic_auth_users")
	for i := 0; users != nil && users.Kind == yaml.MappingNode && i+1 < len(users.Content); i += 2 {
		name, hash := users.Content[i], users.Content[i+1]
		if hash.Kind == yaml.ScalarNode && !bcryptHash.MatchString(hash.Value) {
			problems = append(problems, config.Problem{
				Line: name.Line, Message: fmt.Sprintf("the password of user %q is no bcrypt hash; make one with: htpasswd -nBC 10 %s", name.Value, name.Value),
			})
		}
	}
	return problems
}

// valueOf returns the value of a key at the top of a document, or nil.
func valueOf(root *yaml.Node, key string) *yaml.Node {
	if len(root.Content) == 0 || root.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	top := root.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		if top[i].Value == key {
			return top[i+1]
		}
	}
	return nil
}

// yamlLine finds the line in an error of a YAML library.
var yamlLine = regexp.MustCompile(`line (\d+): *`)

// toolkitProblems takes the toolkit's error apart. usersSaid tells that the users
// have been complained of already.
func toolkitProblems(err error, root *yaml.Node, usersSaid bool) config.Errors {
	var problems config.Errors
	for text := range strings.SplitSeq(err.Error(), "\n") {
		text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "yaml:"))
		switch {
		case text == "", text == "unmarshal errors:", usersSaid && strings.Contains(text, "bcrypt"):
			continue
		}
		p := config.Problem{Line: lineOfMentioned(root, text)}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			p.Line, _ = strconv.Atoi(m[1]) // digits, by the pattern
			text = strings.Replace(text, m[0], "", 1)
		}
		p.Message = inOurWords(text)
		problems = append(problems, p)
	}
	return problems
}

// lineOfMentioned returns the line of the longest key that a text mentions, or 1.
func lineOfMentioned(n *yaml.Node, text string) int {
	line, longest := 1, 0
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		for i, child := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 && len(child.Value) > longest && strings.Contains(text, child.Value) {
				line, longest = child.Line, len(child.Value)
			}
			visit(child)
		}
	}
	visit(n)
	return line
}

var (
	unknownField = regexp.MustCompile(`^field (\S+) not found in type web\.(\w+)$`)
	wrongType    = regexp.MustCompile("^cannot unmarshal !!(\\w+)(?: `[^`]*`)? into (\\S+)$")
)

// inOurWords says what is wrong without the names of Go types, and without the
// values of the file, which may be secrets.
func inOurWords(text string) string {
	if m := unknownField.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("unknown key %q; valid keys here: %s", m[1], strings.Join(webKeys(m[2]), ", "))
	}
	if m := wrongType.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("the value must be %s, not %s", kindWord(m[2]), kindWord(m[1]))
	}
	return text
}

// webKeys lists the keys of a section by the name of its Go type.
func webKeys(section string) []string {
	var keys []string
	whole := reflect.TypeFor[web.Config]()
	types := []reflect.Type{whole}
	for field := range whole.Fields() {
		types = append(types, field.Type)
	}
	for _, t := range types {
		if t.Kind() != reflect.Struct || t.Name() != section {
			continue
		}
		for field := range t.Fields() {
			if key, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); key != "" && key != "-" {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// kindWord names a kind of value, given a YAML tag or a Go type.
func kindWord(kind string) string {
	switch {
	case kind == "bool":
		return "true or false"
	case kind == "seq", strings.HasPrefix(kind, "[]"):
		return "a list"
	case kind == "map", strings.HasPrefix(kind, "map["), strings.HasPrefix(kind, "web.") && strings.HasSuffix(kind, "Config"):
		return "a mapping of keys to values"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"), strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "null":
		return "nothing"
	case kind == "time.Duration":
		return "a duration such as 10s"
	}
	return "text"
}
