//go:build chart

package helm_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// podSpec is the part of a pod that the tests read.
type podSpec struct {
	Containers []container
	Volumes    []volume
}

type container struct {
	Name          string
	Command, Args []string
	Env           []struct {
		Name, Value string
		ValueFrom   struct {
			SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
			FieldRef     struct {
				FieldPath string `yaml:"fieldPath"`
			} `yaml:"fieldRef"`
		} `yaml:"valueFrom"`
	}
	VolumeMounts []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

type volume struct {
	Name      string
	ConfigMap struct{ Name string } `yaml:"configMap"`
	Secret    struct {
		SecretName string `yaml:"secretName"`
	}
	Projected struct {
		Sources []struct {
			Secret struct {
				Name  string
				Items []struct{ Key, Path string }
			}
		}
	}
}

// kubelet stands in for what Kubernetes gives to a container: it holds the entries of ConfigMaps and Secrets by name.
type kubelet struct {
	maps, secrets map[string]map[string]string
	upstream      string // the Console API
	mounts        map[string]string
	index         string
}

// newKubelet knows the rendered objects, and the ones that the value sets expect to exist.
func newKubelet(t *testing.T, all []object, upstream string) *kubelet {
	t.Helper()
	config := map[string]string{
		"statsig.yml":          "projects: [{name: web, api_key: console-web}]\n",
		"statsig_exporter.yml": "projects: [{name: web, api_key: console-web}]\n",
	}
	k := &kubelet{upstream: upstream, mounts: map[string]string{}, maps: map[string]map[string]string{"statsig-config": config}}
	cert, key := certificate(t)
	k.secrets = map[string]map[string]string{
		"statsig-config": config,
		"statsig-keys":   {"web": "console-web", "app": "console-app", "shop": "console-shop"},
		"web-keys":       {"console-key": "console-web\n"},
		"app-keys":       {"key": "console-app"},
		"exporter-tls":   {"tls.crt": cert, "tls.key": key},
		"scrape":         {"login": "prometheus:password"},
	}
	for _, o := range all {
		entries := map[string]string{}
		for name, value := range decode[map[string]string](t, o, "data") {
			if o.kind() == "Secret" {
				plain, err := base64.StdEncoding.DecodeString(value)
				if err != nil {
					t.Fatal(err)
				}
				value = string(plain)
			}
			entries[name] = value
		}
		switch o.kind() {
		case "ConfigMap":
			k.maps[o.name()] = entries
		case "Secret":
			k.secrets[o.name()] = entries
		}
	}
	return k
}

// mount makes a directory for each volume of a container.
func (k *kubelet) mount(t *testing.T, spec podSpec, c container) {
	t.Helper()
	for _, mount := range c.VolumeMounts {
		k.mounts[mount.MountPath] = t.TempDir()
	}
	for _, mount := range c.VolumeMounts {
		dir := k.mounts[mount.MountPath]
		i := slices.IndexFunc(spec.Volumes, func(v volume) bool { return v.Name == mount.Name })
		if i < 0 {
			if mount.Name != "storage" { // the one claim of the StatefulSet
				t.Fatalf("there is no volume %s", mount.Name)
			}
			continue
		}
		for name, content := range k.files(t, spec.Volumes[i]) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(k.translate(t, content)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// files returns the files of a volume, by name.
func (k *kubelet) files(t *testing.T, v volume) map[string]string {
	t.Helper()
	switch {
	case v.ConfigMap.Name != "":
		return entriesOf(t, k.maps, v.ConfigMap.Name)
	case v.Secret.SecretName != "":
		return entriesOf(t, k.secrets, v.Secret.SecretName)
	case v.Name == "vault":
		return map[string]string{"internal": "console-internal"}
	}
	files := map[string]string{}
	for _, source := range v.Projected.Sources {
		entries := entriesOf(t, k.secrets, source.Secret.Name)
		for _, item := range source.Secret.Items {
			content, ok := entries[item.Key]
			if !ok {
				t.Fatalf("the Secret %s has no %s", source.Secret.Name, item.Key)
			}
			files[item.Path] = content
		}
	}
	return files
}

func entriesOf(t *testing.T, from map[string]map[string]string, name string) map[string]string {
	t.Helper()
	entries, ok := from[name]
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return entries
}

// translate replaces the container's paths by the directories that stand for them and, in a configuration, Statsig's address by the
// upstream's.
func (k *kubelet) translate(t *testing.T, text string) string {
	t.Helper()
	var paths, pairs []string
	for path := range k.mounts {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, func(a, b string) int { return len(b) - len(a) })
	for _, path := range paths {
		pairs = append(pairs, path, k.mounts[path])
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	var config map[string]any
	if yaml.Unmarshal([]byte(text), &config) != nil || config["projects"] == nil {
		return text
	}
	api, _ := config["api"].(map[string]any)
	if api == nil {
		api = map[string]any{}
	}
	api["base_url"] = k.upstream
	config["api"] = api
	changed, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}

// environment returns a container's variables.
func (k *kubelet) environment(t *testing.T, c container) []string {
	t.Helper()
	env := []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + k.mounts["/tmp"]}
	for _, e := range c.Env {
		value := strings.ReplaceAll(e.Value, "$(POD_INDEX)", k.index)
		switch {
		case e.ValueFrom.SecretKeyRef.Name != "":
			value = entriesOf(t, k.secrets, e.ValueFrom.SecretKeyRef.Name)[e.ValueFrom.SecretKeyRef.Key]
		case e.ValueFrom.FieldRef.FieldPath == "metadata.labels['apps.kubernetes.io/pod-index']":
			value = k.index
		case strings.Contains(value, "$("):
			t.Errorf("%s=%s refers to a variable that does not exist", e.Name, value)
		}
		env = append(env, e.Name+"="+k.translate(t, value))
	}
	return env
}
