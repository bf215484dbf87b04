package app

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/collector/config"
)

// releaseConfig is what is looked at of .goreleaser.yml.
type releaseConfig struct {
	Builds []struct {
		Env, Targets, Flags, Ldflags []string
	}
	Archives []struct {
		Files []struct{ Src string }
	}
	NFPMs []struct {
		Bindir   string
		Scripts  map[string]string
		Contents []struct{ Src, Dst, Type string }
	}
}

func readReleaseConfig(t *testing.T) (c releaseConfig) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readText(t, ".goreleaser.yml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTheImageIsBuiltAsTheReleaseIs compares what decides about the bytes of the binary.
func TestTheImageIsBuiltAsTheReleaseIs(t *testing.T) {
	dockerfile := strings.ReplaceAll(readText(t, "Dockerfile"), "\\\n", " ")
	command := regexp.MustCompile(`(?m)^RUN .* go build (.*) -ldflags="(.*)" \.$`).FindStringSubmatch(dockerfile)
	if command == nil {
		t.Fatal("the Dockerfile builds nothing")
	}
	build := readReleaseConfig(t).Builds[0]
	flags := strings.Fields(strings.ReplaceAll(command[1], "-o /out/"+name, ""))
	if !slices.Equal(flags, build.Flags) {
		t.Errorf("the image is built with the flags %q, the release with %q", flags, build.Flags)
	}
	for _, variable := range build.Env {
		if !strings.Contains(command[0], " "+variable+" ") {
			t.Errorf("the image is built without %s", variable)
		}
	}
	stamp := regexp.MustCompile(`-X (\S+?)=|(-[a-z])\b`)
	linked := func(text string) (found []string) {
		for _, m := range stamp.FindAllStringSubmatch(text, -1) {
			found = append(found, m[1]+m[2])
		}
		return found
	}
	// The command that makes the date has dashes of its own.
	ofImage := linked(regexp.MustCompile(`\$\([^)]*\)`).ReplaceAllString(command[2], ""))
	if ofRelease := linked(strings.Join(build.Ldflags, " ")); !slices.Equal(ofImage, ofRelease) || len(ofImage) != 6 {
		t.Errorf("the image is linked with %q, the release with %q", ofImage, ofRelease)
	}
}

// TestTheGoOfTheImageIsThatOfTheModule keeps the image from a toolchain that the module refuses.
func TestTheGoOfTheImageIsThatOfTheModule(t *testing.T) {
	wants := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readText(t, "go.mod"))[1]
	if !regexp.MustCompile(`(?m)^ARG GO_IMAGE=golang:` + regexp.QuoteMeta(wants) + `\.\d+$`).MatchString(readText(t, "Dockerfile")) {
		t.Errorf("the image is not built with Go %s", wants)
	}
}

// TestTheContextOfTheImageIsWhatIsCompiled asks the go command, and reads .dockerignore as far as it goes.
func TestTheContextOfTheImageIsWhatIsCompiled(t *testing.T) {
	var kept []string
	for line := range strings.Lines(readText(t, ".dockerignore")) {
		if pattern, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			kept = append(kept, pattern)
		}
	}
	used := map[string]bool{"go.mod": true, "go.sum": true}
	for _, file := range compiledFiles(t) {
		first, _, _ := strings.Cut(file, "/")
		matched := false
		for _, pattern := range kept {
			if ok, err := filepath.Match(pattern, first); err != nil {
				t.Fatal(err)
			} else if ok {
				matched, used[pattern] = true, true
			}
		}
		if !matched {
			t.Errorf(".dockerignore leaves out %s, which is compiled", file)
		}
	}
	for _, pattern := range kept {
		if !used[pattern] {
			t.Errorf(".dockerignore keeps %s, of which nothing is compiled", pattern)
		}
	}
}

// compiledFiles returns the files of this module of which the program consists.
func compiledFiles(t *testing.T) (files []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Dir,GoFiles,EmbedFiles,Module", ".")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p struct {
			Dir                 string
			GoFiles, EmbedFiles []string
			Module              *struct{ Main bool }
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, file := range slices.Concat(p.GoFiles, p.EmbedFiles) {
			absolute, err := filepath.Abs(".")
			if err != nil {
				t.Fatal(err)
			}
			relative, err := filepath.Rel(absolute, filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, filepath.ToSlash(relative))
		}
	}
	if len(files) < 50 {
		t.Errorf("only %d files are compiled", len(files))
	}
	return files
}

// TestTheReleasePacksFilesThatThereAre finds a renamed file before a release does.
func TestTheReleasePacksFilesThatThereAre(t *testing.T) {
	var packed []string
	c := readReleaseConfig(t)
	for _, file := range c.Archives[0].Files {
		packed = append(packed, file.Src)
	}
	for _, file := range c.NFPMs[0].Contents {
		packed = append(packed, file.Src)
	}
	packed = slices.AppendSeq(packed, maps.Values(c.NFPMs[0].Scripts))
	for _, pattern := range packed {
		if found, err := filepath.Glob(pattern); pattern != "" && (err != nil || len(found) == 0) {
			t.Errorf("there is no %s to pack", pattern)
		}
	}
	if len(packed) < 15 {
		t.Errorf("only %d files are packed", len(packed))
	}
}

// TestTheServiceAndItsPackageAgree follows the paths from the unit to the package and back.
func TestTheServiceAndItsPackageAgree(t *testing.T) {
	unit := readText(t, "deploy/systemd/statsig_exporter.service")
	pack := readReleaseConfig(t).NFPMs[0]
	types := map[string]string{}
	for _, file := range pack.Contents {
		types[file.Dst] = file.Type
	}
	if !strings.Contains(unit, "\nExecStart="+pack.Bindir+"/"+name+"\n") {
		t.Errorf("the service does not start the binary of %s", pack.Bindir)
	}
	for variable, kind := range map[string]string{
		"EnvironmentFile=-":                         "config|noreplace",
		"Environment=STATSIG_EXPORTER_CONFIG_FILE=": "config|noreplace",
		"LoadCredential=keys:":                      "dir",
		"Documentation=file://":                     "",
	} {
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(variable) + `(\S+)$`).FindStringSubmatch(unit)
		if m == nil {
			t.Errorf("the service has no %s", variable)
		} else if is, ok := types[m[1]]; !ok || is != kind {
			t.Errorf("the package has %s as %q (at all: %t), want %q", m[1], is, ok, kind)
		}
	}
	c, err := config.Load("deploy/systemd/statsig.yml")
	if err != nil {
		t.Fatal(err)
	}
	if key := c.Projects[0].Key.File; key != "/run/credentials/statsig_exporter.service/keys_"+c.Projects[0].Name {
		t.Errorf("the key of the packaged configuration is %s", key)
	}
}

// TestEveryVariableInTheFilesOfOperatorsIsThatOfAFlag reads what is deployed and what is documented.
func TestEveryVariableInTheFilesOfOperatorsIsThatOfAFlag(t *testing.T) {
	app, _ := declare()
	if _, err := app.Parse([]string{"check"}); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, flag := range app.Model().Flags {
		known[flag.Envar] = true
	}
	variable := regexp.MustCompile(`STATSIG_EXPORTER_[A-Z_]*[A-Z]`)
	found := 0
	for _, file := range filesOfOperators(t) {
		for _, is := range variable.FindAllString(readText(t, file), -1) {
			if found++; !known[is] {
				t.Errorf("%s sets %s, and no flag reads it", file, is)
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d variables were found", found)
	}
}

// filesOfOperators returns the files with which the program is installed and run, and the documents.
func filesOfOperators(t *testing.T) []string {
	t.Helper()
	files := []string{"README.md", "Dockerfile"}
	for _, dir := range []string{"deploy", "docs"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() && !strings.HasSuffix(path, ".go") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
