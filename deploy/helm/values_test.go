package helm_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const valuesFile = "statsig-exporter/values.yaml"

// schema is the part of a JSON schema that the tests read.
type schema struct {
	Ref        string            `yaml:"$ref"`
	Properties map[string]schema `yaml:"properties"`
	Defs       map[string]schema `yaml:"$defs"`
}

// readYAML reads a file, which may be JSON, into the shape of T.
func readYAML[T any](t *testing.T, path string) (value T) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// follow returns what s refers to, or s.
func (root schema) follow(s schema) schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		return root.Defs[name]
	}
	return s
}

// TestValuesSchemaAndDocumentationNameTheSameKeys compares values.yaml with its schema,
// down to the keys that a comment documents together with everything in them.
func TestValuesSchemaAndDocumentationNameTheSameKeys(t *testing.T) {
	root := readYAML[schema](t, "statsig-exporter/values.schema.json")
	root.compare(t, "", root, readYAML[yaml.Node](t, valuesFile).Content[0])
}

func (root schema) compare(t *testing.T, path string, s schema, values *yaml.Node) {
	t.Helper()
	missing := maps.Clone(root.follow(s).Properties)
	for i := 0; i+1 < len(values.Content); i += 2 {
		key, value := values.Content[i], values.Content[i+1]
		child, ok := root.follow(s).Properties[key.Value]
		delete(missing, key.Value)
		switch {
		case !ok:
			t.Errorf("%s%s is a value, and not in the schema", path, key.Value)
		case strings.Contains(key.HeadComment, "# --"):
		case value.Kind == yaml.MappingNode && len(value.Content) > 0:
			root.compare(t, path+key.Value+".", child, value)
		default:
			t.Errorf("%s%s is not documented", path, key.Value)
		}
	}
	for name := range missing {
		t.Errorf("%s%s is in the schema, and not a value", path, name)
	}
}
