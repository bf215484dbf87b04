package helm_test

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	valuesFile = "statsig-exporter/values.yaml"
	schemaFile = "statsig-exporter/values.schema.json"
)

// schema is the part of a JSON schema that the tests read.
type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Defs       map[string]schema `json:"$defs"`
}

// readSchema returns the schema of the values. follow resolves its references.
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

// TestValuesSchemaAndDocumentationNameTheSameKeys compares values.yaml with its schema,
// down to the keys that a comment documents together with everything in them.
func TestValuesSchemaAndDocumentationNameTheSameKeys(t *testing.T) {
	text, err := os.ReadFile(valuesFile)
	if err != nil {
		t.Fatal(err)
	}
	var values yaml.Node
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	root := readSchema(t)
	root.compare(t, "", root, values.Content[0])
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
