package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kingpin/v2"
	"go.yaml.in/yaml/v3"

	"statsig_exporter/collector/config"
)

// TestTheDocumentsListTheFlagsWithTheirDefaults finds those of backfill in a document
// of their own.
func TestTheDocumentsListTheFlagsWithTheirDefaults(t *testing.T) {
	documented := map[string]string{}
	for _, table := range append(tables(t, "README.md"), tables(t, "docs/backfill.md")...) {
		if table.header[0] != "Flag" {
			continue
		}
		for _, row := range table.rows {
			documented[code(row[0])[0]] = strings.Trim(row[1], "`")
		}
	}
	app, _ := declare()
	if _, err := app.Parse([]string{"check"}); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	compare := func(command string, flags []*kingpin.FlagModel) {
		for _, f := range flags {
			if f.Hidden {
				continue
			}
			flag, want := command+"--"+f.Name, strings.Join(f.Default, ",")
			if f.IsBoolFlag() && want == "" {
				want = "false"
			}
			known[flag] = true
			if got, ok := documented[flag]; !ok || got != want {
				t.Errorf("%s has the default %q, and the documents say %q (listed: %t)", flag, want, got, ok)
			}
			if envar := "STATSIG_EXPORTER_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(f.Name)); f.Envar != envar {
				t.Errorf("%s comes from the variable %q, want %s", flag, f.Envar, envar)
			}
		}
	}
	compare("", app.Model().Flags)
	for _, command := range app.Model().Commands {
		if command.Name != "help" {
			compare(command.Name+" ", command.Flags)
		}
	}
	for flag := range documented {
		if !known[flag] {
			t.Errorf("the documents list the flag %s, which there is not", flag)
		}
	}
}

// fenced matches the blocks of code of a Markdown file, with their language.
var fenced = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// blocks returns the blocks of a language.
func blocks(t *testing.T, file, language string) []string {
	t.Helper()
	var found []string
	for _, m := range fenced.FindAllStringSubmatch(readText(t, file), -1) {
		if m[1] == language {
			found = append(found, m[2])
		}
	}
	return found
}

func TestTheConfigurationsInTheDocumentsAreAccepted(t *testing.T) {
	configurations, ofPrometheus := 0, 0
	for _, file := range documentsOfUsers() {
		for _, block := range blocks(t, file, "yaml") {
			var keys map[string]any
			if err := yaml.Unmarshal([]byte(block), &keys); err != nil {
				t.Errorf("%s: %v\n%s", file, err, block)
			}
			if keys["scrape_configs"] != nil || keys["groups"] != nil {
				ofPrometheus++
				continue
			}
			configurations++
			if _, err := config.Parse(file, []byte(block), "."); err != nil {
				t.Errorf("%v\n%s", err, block)
			}
		}
	}
	if configurations < 1 || ofPrometheus < 3 {
		t.Errorf("%d configurations and %d snippets of Prometheus were found", configurations, ofPrometheus)
	}
}

// TestTheReadmeNamesEveryKeyOfTheConfiguration takes the keys from the example,
// which another test holds to the code.
func TestTheReadmeNamesEveryKeyOfTheConfiguration(t *testing.T) {
	var example yaml.Node
	if err := yaml.Unmarshal([]byte(readText(t, "config.example.yml")), &example); err != nil {
		t.Fatal(err)
	}
	readme := readText(t, "README.md")
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		for i, child := range n.Content {
			isKey := n.Kind == yaml.MappingNode && i%2 == 0
			if isKey && !regexp.MustCompile(`\b`+child.Value+`\b`).MatchString(readme) {
				t.Errorf("the README does not name %s", child.Value)
			}
			if i > 0 && n.Kind == yaml.MappingNode && n.Content[i-1].Value == "tls_config" {
				continue // as in Prometheus
			}
			visit(child)
		}
	}
	visit(&example)
}

// TestTheCommandsOfTheReadmeWork runs the two commands that turn a report into a
// configuration.
func TestTheCommandsOfTheReadmeWork(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	dir := t.TempDir()
	write(t, dir, "usage.csv", "Date,Event,Units\n2026-02-01,checkout,12\n")
	ran := false
	for _, block := range blocks(t, "README.md", "sh") {
		if !strings.Contains(block, "inspect") {
			continue
		}
		ran = true
		cmd := exec.CommandContext(t.Context(), shell, "-e", "-c", strings.ReplaceAll(block, "go run . ", name+" "))
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != "statsig.yml: ok\n" {
			t.Errorf("%v\n%s\nof\n%s", err, out, block)
		}
	}
	if !ran {
		t.Error("there are no such commands")
	}
}

// link matches the links of a Markdown file.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestTheLinksOfTheDocumentsLeadSomewhere(t *testing.T) {
	for _, file := range documentsOfUsers() {
		for _, m := range link.FindAllStringSubmatch(readText(t, file), -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, "://") {
				continue
			}
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", file, err)
			} else if anchor != "" && !strings.Contains(headings(t, target), "#"+anchor+"\n") {
				t.Errorf("%s links to %s, and there is no such heading", file, m[1])
			}
		}
	}
}

// headings returns the anchors of a file's headings, one to a line.
func headings(t *testing.T, file string) string {
	t.Helper()
	var anchors strings.Builder
	for line := range strings.SplitSeq(readText(t, file), "\n") {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			title = regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(title), "")
			anchors.WriteString("#" + strings.ReplaceAll(title, " ", "-") + "\n")
		}
	}
	return anchors.String()
}

// TestTheReadmeFitsIntoOneReading keeps the house's limit.
func TestTheReadmeFitsIntoOneReading(t *testing.T) {
	if n := strings.Count(readText(t, "README.md"), "\n"); n >= 250 {
		t.Errorf("the README has %d lines; what is longer belongs into docs", n)
	}
}
