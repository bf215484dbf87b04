// Package docs_test holds what the documents say of the program to the program.
package docs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kingpin/v2"
	"go.yaml.in/yaml/v3"

	"statsig_exporter/app"
	"statsig_exporter/collector/config"
)

// pages returns the text of every page by its path from this directory.
func pages(t *testing.T) map[string]string {
	t.Helper()
	return files(t, "*.md", "../*.md", "../deploy/*.md", "../deploy/*/*.md", "../deploy/*/*/*.md")
}

// files returns the text of the files that match the patterns, by their path.
func files(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	found := filesIfAny(t, patterns...)
	if len(found) == 0 {
		t.Fatalf("no file matches %q", patterns)
	}
	return found
}

// filesIfAny is as files, for what may have been deleted.
func filesIfAny(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				found[path] = read(t, path)
			}
		}
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var (
	// flagRow matches a row of a table of flags: the flag, after its command, and its default.
	flagRow = regexp.MustCompile("(?m)^\\| `((?:\\w+ )?--[\\w.-]+)` \\|([^|]*)\\|")
	// variable matches an environment variable of a flag.
	variable = regexp.MustCompile(`STATSIG_EXPORTER_[A-Z_]*[A-Z]`)
	// block matches a block of code, with its language.
	block = regexp.MustCompile("(?ms)^ *```(\\w+)\n(.*?)^ *```$")
	// link matches the target of a link.
	link = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	// heading matches a heading.
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	// repositoryPath matches a file or directory of the repository in backquotes or a command.
	repositoryPath = regexp.MustCompile("(?:^|[\\s`])(?:\\./)?((?:\\.ci|app|collector|deploy|docs|statsig|test|tools)/[\\w/.-]*\\w)")
	// testName matches the name of a Go test.
	testName = regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w+)`")
)

func TestEveryFlagIsInATableWithItsDefault(t *testing.T) {
	documented := map[string]string{}
	for _, text := range pages(t) {
		for _, m := range flagRow.FindAllStringSubmatch(text, -1) {
			documented[m[1]] = strings.Trim(m[2], " `")
		}
	}
	// kingpin completes the model when it parses.
	program := app.New()
	if _, err := program.Parse([]string{"check"}); err != nil {
		t.Fatal(err)
	}
	model := program.Model()
	known := map[string]string{}
	add := func(command string, flags []*kingpin.FlagModel) {
		for _, f := range flags {
			if !f.Hidden && !f.IsBoolFlag() {
				known[command+"--"+f.Name] = strings.Join(f.Default, ",")
			} else if !f.Hidden {
				known[command+"--"+f.Name] = "false"
			}
		}
	}
	add("", model.Flags)
	envars := map[string]bool{}
	for _, f := range model.Flags {
		envars[f.Envar] = true
	}
	for _, command := range model.Commands {
		if command.Name != "help" {
			add(command.Name+" ", command.Flags)
		}
		for _, f := range command.Flags {
			envars[f.Envar] = true
		}
	}
	if !maps.Equal(known, documented) {
		t.Errorf("the flags and defaults are\n%v\nand documented are\n%v", known, documented)
	}
	operated := files(t, "../Dockerfile", "../deploy/*/*", "../deploy/*/*/*", "../deploy/*/*/*/*")
	maps.Copy(operated, pages(t))
	for path, text := range operated {
		for _, name := range variable.FindAllString(text, -1) {
			if !envars[name] {
				t.Errorf("%s names %s, which no flag reads", path, name)
			}
		}
	}
}

func TestTheYAMLInThePagesIsAccepted(t *testing.T) {
	ours := []string{"global", "api", "projects", "windows", "report", "plans"}
	for path, text := range pages(t) {
		for _, m := range block.FindAllStringSubmatch(text, -1) {
			if m[1] != "yaml" {
				continue
			}
			for decoder := yaml.NewDecoder(strings.NewReader(m[2])); ; {
				var keys map[string]any
				err := decoder.Decode(&keys)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Errorf("%s: %v\n%s", path, err, m[2])
					break
				}
				if slices.ContainsFunc(slices.Collect(maps.Keys(keys)), func(key string) bool { return !slices.Contains(ours, key) }) {
					continue // of another program
				}
				configuration := m[2]
				if keys["projects"] == nil {
					configuration += "projects: [{name: web, api_key_env: KEY}]\n"
				}
				if _, err := config.Parse(path, []byte(configuration), t.TempDir()); err != nil {
					t.Errorf("%v\n%s", err, configuration)
				}
			}
		}
	}
}

// TestTheCommandsInThePagesAreAccepted parses the command lines of the program.
func TestTheCommandsInThePagesAreAccepted(t *testing.T) {
	command := regexp.MustCompile(`(?m)(?:^|[\s/])(?:statsig_exporter(?::[\d.]+)?|go run \.)((?: (?:check|serve|inspect|backfill|--?[a-z][^\s;]*|-|[\w/.-]+\.csv))*)(?:[;|>]|$)`)
	for path, text := range pages(t) {
		for _, m := range block.FindAllStringSubmatch(text, -1) {
			if m[1] != "sh" && m[1] != "console" {
				continue
			}
			for _, m := range command.FindAllStringSubmatch(strings.ReplaceAll(m[2], "\\\n", ""), -1) {
				if strings.HasSuffix(m[1], "--version") {
					continue
				}
				if _, err := app.New().Parse(strings.Fields(m[1])); err != nil {
					t.Errorf("%s: %s: %v", path, m[0], err)
				}
			}
		}
	}
}

// TestAReportBecomesAConfigurationByTheReadmesCommands runs them.
func TestAReportBecomesAConfigurationByTheReadmesCommands(t *testing.T) {
	m := regexp.MustCompile(`(?m)^\{ echo '(.*)'; .* (inspect .*) usage\.csv; \} > statsig\.yml\n.* (check .*)$`).FindStringSubmatch(read(t, "../README.md"))
	if m == nil {
		t.Fatal("the README has no such commands")
	}
	t.Chdir(t.TempDir())
	write(t, "usage.csv", "Date,Event,Units\n2026-02-01,checkout,12\n")
	write(t, "statsig.yml", m[1]+"\n"+program(t, append(strings.Fields(m[2]), "usage.csv")...))
	if out := program(t, strings.Fields(m[3])...); out != "statsig.yml: ok\n" {
		t.Errorf("check says %s", out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// program runs a command of the program, and returns what it prints.
func program(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := app.Run(context.Background(), args, strings.NewReader(""), &stdout, &stderr); status != 0 {
		t.Fatalf("%q ends with %d\n%s%s", args, status, &stdout, &stderr)
	}
	return stdout.String()
}

func TestLinksPathsAndTestsInThePagesExist(t *testing.T) {
	tests := map[string]bool{}
	for _, text := range files(t, "*_test.go", "../*/*_test.go", "../*/*/*_test.go", "../*/*/*/*_test.go") {
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(text, -1) {
			tests[m[1]] = true
		}
	}
	for page, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, ":") {
				continue // of the web
			}
			target := filepath.Join(filepath.Dir(page), path)
			if path == "" {
				target = page
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", page, err)
			} else if anchor != "" && !slices.Contains(anchors(read(t, target)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", page, m[1])
			}
		}
		for _, m := range repositoryPath.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
		for _, m := range testName.FindAllStringSubmatch(text, -1) {
			if !tests[m[1]] {
				t.Errorf("%s names the test %s, which does not exist", page, m[1])
			}
		}
	}
}

// anchors returns the anchors of the headings in a page.
func anchors(page string) (all []string) {
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		title := regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(title, " ", "-"))
	}
	return all
}
