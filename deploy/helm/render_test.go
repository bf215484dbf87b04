//go:build chart || cluster

// Package helm_test holds the chart to what Helm, Kubernetes and the exporter itself make of it.
// The programs helm, helm-docs and statsig_exporter are looked up in PATH; .ci/run puts them there.
package helm_test

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	chart     = "statsig-exporter"
	release   = "usage-of-statsig"
	namespace = "finops"
)

// object is a rendered manifest.
type object map[string]any

// kind is the object's kind.
func (o object) kind() string { return o.text("kind") }

// name is the object's name.
func (o object) name() string { return o.text("metadata", "name") }

// text is the string at path, or empty.
func (o object) text(path ...string) string {
	s, _ := o.at(path...).(string)
	return s
}

// at is the value at path, or nil.
func (o object) at(path ...string) any {
	var value any = map[string]any(o)
	for _, key := range path {
		m, _ := value.(map[string]any)
		value = m[key]
	}
	return value
}

// valueSets are the files of values that the chart is tested with, by name.
func valueSets(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(chart + "/ci/*-values.yaml")
	if err != nil || len(files) < 15 {
		t.Fatalf("there are only %d value sets (%v)", len(files), err)
	}
	sets := map[string]string{}
	for _, file := range files {
		sets[strings.TrimSuffix(filepath.Base(file), "-values.yaml")] = file
	}
	return sets
}

// run runs a program and returns what it wrote to both outputs.
func run(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	command := exec.CommandContext(t.Context(), program, args...)
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	return out.String(), err
}

// template renders the chart. The objects of hooks are among those it returns.
func template(t *testing.T, args ...string) ([]object, error) {
	t.Helper()
	args = append([]string{"template", release, chart, "--namespace", namespace, "--kube-version", "1.31.0"}, args...)
	out, err := run(t, "helm", args...)
	if err != nil {
		return nil, errors.New(out)
	}
	var all []object
	for decoder := yaml.NewDecoder(strings.NewReader(out)); ; {
		var one map[string]any
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		if one != nil {
			all = append(all, one)
		}
	}
}

// render renders the chart with a file of values.
func render(t *testing.T, file string, args ...string) []object {
	t.Helper()
	all, err := template(t, append([]string{"--values", file}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// only returns the one object of the kinds.
func only(t *testing.T, all []object, kinds ...string) object {
	t.Helper()
	var found []object
	for _, o := range all {
		if slices.Contains(kinds, o.kind()) {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d objects of the kinds %v", len(found), kinds)
	}
	return found[0]
}

// decode reads what o has at path into the shape of T.
func decode[T any](t *testing.T, o object, path ...string) (value T) {
	t.Helper()
	text, err := yaml.Marshal(o.at(path...))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v of %s: %v", path, o.name(), err)
	}
	return value
}
