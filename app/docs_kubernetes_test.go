package app

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/collector/config"
)

func TestTheYAMLOfTheDocumentsIsYAML(t *testing.T) {
	files, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range append(files, "SECURITY.md", "README.md") {
		for _, block := range blocks(t, file, "yaml") {
			found += len(documentsIn(t, file, block))
		}
	}
	if found < 7 {
		t.Errorf("only %d documents were found", found)
	}
}

// documentsIn returns the YAML documents of a block.
func documentsIn(t *testing.T, file, block string) (all []map[string]any) {
	t.Helper()
	for decoder := yaml.NewDecoder(strings.NewReader(block)); ; {
		var one map[string]any
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", file, err, block)
		}
		all = append(all, one)
	}
}

// pod is what is looked at of a container's description.
type pod struct {
	Containers []struct {
		Args           []string
		Ports          []struct{ Name string }
		StartupProbe   probe `yaml:"startupProbe"`
		LivenessProbe  probe `yaml:"livenessProbe"`
		ReadinessProbe probe `yaml:"readinessProbe"`
		VolumeMounts   []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
			SubPath   string `yaml:"subPath"`
		} `yaml:"volumeMounts"`
	}
	Volumes []struct{ Name string }
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

// workload is a StatefulSet or a part of a ConfigMap.
type workload struct {
	Kind string
	Data map[string]string
	Spec struct {
		Template             struct{ Spec pod }
		VolumeClaimTemplates []struct{ Metadata struct{ Name string } } `yaml:"volumeClaimTemplates"`
	}
}

// TestTheManifestsFitTheProgramAndEachOther takes them for what the program makes of them.
func TestTheManifestsFitTheProgramAndEachOther(t *testing.T) {
	kinds := map[string]workload{}
	for decoder := yaml.NewDecoder(strings.NewReader(blocks(t, "docs/kubernetes.md", "yaml")[0])); ; {
		var w workload
		if err := decoder.Decode(&w); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		kinds[w.Kind] = w
	}
	set := kinds["StatefulSet"].Spec
	container := set.Template.Spec.Containers[0]
	volumes := map[string]bool{set.VolumeClaimTemplates[0].Metadata.Name: true}
	for _, volume := range set.Template.Spec.Volumes {
		volumes[volume.Name] = true
	}
	mounted := map[string]bool{}
	for _, mount := range container.VolumeMounts {
		mounted[mount.MountPath] = true
		if !volumes[mount.Name] || mount.SubPath != "" {
			t.Errorf("mount %+v", mount)
		}
	}
	app, f := declare()
	if _, err := app.Parse(container.Args); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(f.source.configFile, []byte(kinds["ConfigMap"].Data[filepath.Base(f.source.configFile)]), filepath.Dir(f.source.configFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Dir(f.source.configFile), f.serve.storagePath, filepath.Dir(c.Projects[0].Key.File), os.TempDir()} {
		if !mounted[path] {
			t.Errorf("nothing is mounted at %s", path)
		}
	}
	if !strings.HasSuffix(f.serve.probeAddress, ":10783") || (*f.serve.web.WebListenAddresses)[0] != ":10782" {
		t.Errorf("addresses are %v and %s", *f.serve.web.WebListenAddresses, f.serve.probeAddress)
	}
	mux := pages{}.probesMux()
	for _, p := range []probe{container.StartupProbe, container.LivenessProbe, container.ReadinessProbe} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.HTTPGet.Path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if _, pattern := mux.Handler(request); pattern == "" || p.HTTPGet.Port != "probes" {
			t.Errorf("nothing answers %+v", p)
		}
	}
	if len(container.Ports) != 2 || !slices.Contains([]string{"http", "probes"}, container.Ports[0].Name) {
		t.Errorf("ports are %+v", container.Ports)
	}
}

func TestTheLinksOfSecurityAndKubernetesLeadSomewhere(t *testing.T) {
	for _, file := range []string{"SECURITY.md", "docs/kubernetes.md"} {
		for _, m := range link.FindAllStringSubmatch(readText(t, file), -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			target := filepath.Join(filepath.Dir(file), path)
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", file, err)
			} else if anchor != "" && !strings.Contains(headings(t, target), "#"+anchor+"\n") {
				t.Errorf("%s links to %s, and there is no such heading", file, m[1])
			}
		}
	}
}
