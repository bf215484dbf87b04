//go:build cluster

package helm_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestEveryManifestConformsToTheSchemasOfKubernetesAndTheOperator lets kubeconform look at every value set.
// It is strict: a field that the schema does not have is an error.
func TestEveryManifestConformsToTheSchemasOfKubernetesAndTheOperator(t *testing.T) {
	schemas := t.TempDir()
	writeKubernetesSchemas(t, schemas)
	writeCustomSchemas(t, schemas)
	for name, file := range valueSets(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			manifests := filepath.Join(t.TempDir(), "manifests.yaml")
			out, err := exec.CommandContext(t.Context(), "helm", "template", release, chart, "--namespace", namespace, "--values", file).Output()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(manifests, out, 0o600); err != nil {
				t.Fatal(err)
			}
			location := filepath.Join(schemas, "{{.ResourceKind}}{{.KindSuffix}}.json")
			if out, err := run(t, "kubeconform", "-strict", "-schema-location", location, manifests); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// writeKubernetesSchemas writes one schema for each kind of Kubernetes.
func writeKubernetesSchemas(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(moduleFile(t, "../../tools/kube", "k8s.io/kubernetes", "api/openapi-spec/swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	var swagger struct{ Definitions map[string]map[string]any }
	if err := json.Unmarshal(text, &swagger); err != nil {
		t.Fatal(err)
	}
	for name, definition := range swagger.Definitions {
		if strings.HasSuffix(name, ".IntOrString") || strings.HasSuffix(name, ".Quantity") {
			swagger.Definitions[name] = map[string]any{"type": []string{"string", "number"}}
		}
		makeStrict(definition)
	}
	for name, definition := range swagger.Definitions {
		for _, file := range kindsOf(definition) {
			writeJSON(t, filepath.Join(dir, file), resolve(swagger.Definitions, definition, []string{name}))
		}
	}
}

// resolve puts what is referred to in the place of references; a definition within itself may be anything.
func resolve(definitions map[string]map[string]any, value any, within []string) any {
	switch value := value.(type) {
	case map[string]any:
		if ref, ok := value["$ref"].(string); ok {
			name := strings.TrimPrefix(ref, "#/definitions/")
			if slices.Contains(within, name) {
				return map[string]any{}
			}
			return resolve(definitions, definitions[name], append(slices.Clone(within), name))
		}
		resolved := make(map[string]any, len(value))
		for key, child := range value {
			resolved[key] = resolve(definitions, child, within)
		}
		return resolved
	}
	return value
}

// kindsOf returns the names that kubeconform gives to the schemas of a definition.
func kindsOf(definition map[string]any) (files []string) {
	kinds, _ := definition["x-kubernetes-group-version-kind"].([]any)
	for _, kind := range kinds {
		kind, _ := kind.(map[string]any)
		name := kind["kind"].(string)
		if !strings.HasSuffix(name, "List") && !strings.HasSuffix(name, "Options") { // those are in requests
			files = append(files, schemaName(kind["group"].(string), kind["version"].(string), name))
		}
	}
	return files
}

// schemaName is what kubeconform looks for: the first part of the group counts.
func schemaName(group, version, kind string) string {
	group, _, _ = strings.Cut(group, ".")
	if group != "" {
		group += "-"
	}
	return strings.ToLower(kind+"-"+group+version) + ".json"
}

// makeStrict closes every object of a schema that lists its fields.
func makeStrict(value any) {
	switch value := value.(type) {
	case map[string]any:
		if _, closed := value["additionalProperties"]; !closed && value["properties"] != nil && value["x-kubernetes-preserve-unknown-fields"] == nil {
			value["additionalProperties"] = false
		}
		if value["x-kubernetes-int-or-string"] != nil {
			delete(value, "anyOf")
			value["type"] = []string{"string", "number"}
		}
		for _, child := range value {
			makeStrict(child)
		}
	case []any:
		for _, child := range value {
			makeStrict(child)
		}
	}
}

// writeCustomSchemas writes one schema for each kind and version of a custom resource.
func writeCustomSchemas(t *testing.T, dir string) {
	t.Helper()
	for _, file := range customResources(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var definition struct {
			Spec struct {
				Group    string
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct {
						OpenAPI map[string]any `yaml:"openAPIV3Schema"`
					}
				}
			}
		}
		if err := yaml.Unmarshal(text, &definition); err != nil {
			t.Fatal(err)
		}
		for _, version := range definition.Spec.Versions {
			schema := version.Schema.OpenAPI
			schema["properties"].(map[string]any)["metadata"] = map[string]any{"type": "object"}
			makeStrict(schema)
			writeJSON(t, filepath.Join(dir, schemaName(definition.Spec.Group, version.Name, definition.Spec.Names.Kind)), schema)
		}
	}
}

func writeJSON(t *testing.T, path string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
