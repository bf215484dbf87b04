package helm_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	valuesFile = "statsig-exporter/values.yaml"
	schemaFile = "statsig-exporter/values.schema.json"
)

// schema is what is looked at of a JSON schema.
type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Defs       map[string]schema `json:"$defs"`
}

// readSchema returns the schema of the values with its references resolved at follow.
func readSchema(t *testing.T) schema {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// follow returns what s refers to, or s.
func (root schema) follow(s schema) schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		return root.Defs[name]
	}
	return s
}

// paths adds the dotted paths of the leaves below s to all.
func (root schema) paths(s schema, prefix string, all map[string]bool) {
	s = root.follow(s)
	if len(s.Properties) == 0 {
		all[prefix] = true
	}
	for name, child := range s.Properties {
		root.paths(child, strings.TrimPrefix(prefix+"."+name, "."), all)
	}
}

// documented adds the dotted paths of the values below node to all, and notes those without a comment.
// A value is documented by itself or as a part of the one above it.
func documented(t *testing.T, node *yaml.Node, prefix string, all map[string]bool) {
	t.Helper()
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		path := strings.TrimPrefix(prefix+"."+key.Value, ".")
		switch {
		case strings.Contains(key.HeadComment, "# --"):
			all[path] = true
		case value.Kind == yaml.MappingNode && len(value.Content) > 0:
			documented(t, value, path, all)
		default:
			t.Errorf("%s is not documented", path)
		}
	}
}

func TestValuesSchemaAndDocumentationNameTheSameKeys(t *testing.T) {
	text, err := os.ReadFile(valuesFile)
	if err != nil {
		t.Fatal(err)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	documented(t, node.Content[0], "", values)
	if len(values) < 100 {
		t.Errorf("only %d values were found", len(values))
	}
	root := readSchema(t)
	leaves := map[string]bool{}
	root.paths(root, "", leaves)
	for leaf := range leaves {
		if !covered(leaf, values) {
			t.Errorf("%s is in the schema, and not among the values", leaf)
		}
	}
	for value := range values {
		if !slices.ContainsFunc(keys(leaves), func(leaf string) bool { return leaf == value || strings.HasPrefix(leaf, value+".") }) {
			t.Errorf("%s is a value, and not in the schema", value)
		}
	}
}

// covered says whether leaf or what it is a part of is among the values.
func covered(leaf string, values map[string]bool) bool {
	for ; leaf != ""; leaf = leaf[:max(strings.LastIndexByte(leaf, '.'), 0)] {
		if values[leaf] {
			return true
		}
	}
	return false
}

func keys(m map[string]bool) (all []string) {
	for key := range m {
		all = append(all, key)
	}
	return all
}

// TestTheSchemaKnowsTheKeysOfTheConfiguration binds it to the file that documents all of them.
func TestTheSchemaKnowsTheKeysOfTheConfiguration(t *testing.T) {
	text, err := os.ReadFile("../../config.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	var example map[string]any
	if err := yaml.Unmarshal(text, &example); err != nil {
		t.Fatal(err)
	}
	root := readSchema(t)
	config := root.follow(root.Properties["config"])
	for section, content := range example {
		if section == "projects" {
			continue
		}
		s, ok := config.Properties[section]
		if !ok {
			t.Errorf("the schema has no section %s", section)
		}
		root.knows(t, section, s, content)
		if text := string(text); len(root.follow(s).Properties) > 0 {
			for key := range root.follow(s).Properties {
				if !strings.Contains(text, " "+key+":") {
					t.Errorf("%s.%s is in the schema, and not in config.example.yml", section, key)
				}
			}
		}
	}
}

// knows notes the keys of content that s does not have.
func (root schema) knows(t *testing.T, path string, s schema, content any) {
	t.Helper()
	s = root.follow(s)
	switch content := content.(type) {
	case map[string]any:
		if len(s.Properties) == 0 {
			return // anything goes
		}
		for key, value := range content {
			child, ok := s.Properties[key]
			if !ok {
				t.Errorf("the schema has no %s.%s", path, key)
			}
			root.knows(t, path+"."+key, child, value)
		}
	case []any:
		for _, item := range content {
			if s.Items == nil {
				t.Errorf("the schema of %s is of no list", path)
				return
			}
			root.knows(t, path, *s.Items, item)
		}
	}
}
