package app

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// installDoc is the document that the tests of this file read.
const installDoc = "docs/install.md"

// TestTheInstallationNamesFlagsPathsAndFilesThatThereAre takes its commands apart, since most of them need root or an engine.
func TestTheInstallationNamesFlagsPathsAndFilesThatThereAre(t *testing.T) {
	text := readText(t, installDoc)
	packaged := map[string]bool{"/var/lib/statsig_exporter": true} // which systemd makes
	for _, file := range readReleaseConfig(t).NFPMs[0].Contents {
		packaged[file.Dst] = true
	}
	found := regexp.MustCompile("(?:^|[\\s`=:])(/(?:etc|var/lib|usr/share)/[\\w./-]*\\w)").FindAllStringSubmatch(text, -1)
	for _, m := range found {
		if path := m[1]; !packaged[path] && !packaged[strings.TrimSuffix(path, "/web")] {
			t.Errorf("%s names %s, which the package has not", installDoc, path)
		}
	}
	ofRepository := regexp.MustCompile("(?:^|[\\s`(=])((?:deploy|tools|docs)/[\\w./-]*\\w|\\.ci/run|Dockerfile)").FindAllStringSubmatch(text, -1)
	for _, m := range ofRepository {
		if _, err := os.Stat(m[1]); err != nil {
			t.Errorf("%s: %v", installDoc, err)
		}
	}
	if len(found) < 8 || len(ofRepository) < 5 {
		t.Errorf("%d paths of the package and %d of the repository were found", len(found), len(ofRepository))
	}
}

// TestTheCommandsOfTheInstallationAreAccepted gives every command line of the program to the program's own parser.
func TestTheCommandsOfTheInstallationAreAccepted(t *testing.T) {
	command := regexp.MustCompile(`(?:^|\s)(?:\./)?statsig_exporter(?::[\d.]+)?((?: (?:check|inspect|--\S+))+)$`)
	parsed := 0
	for _, block := range blocks(t, installDoc, "sh") {
		for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", "")) {
			m := command.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil || strings.HasSuffix(m[1], "--version") {
				continue
			}
			parsed++
			app, _ := declare()
			if _, err := app.Parse(strings.Fields(m[1])); err != nil {
				t.Errorf("%s: %s: %v", installDoc, strings.TrimSpace(line), err)
			}
		}
	}
	if parsed < 5 {
		t.Errorf("only %d commands were found", parsed)
	}
}

// TestTheInstallationUsesTheArgumentsOfTheImage looks for build arguments that the Dockerfile does not take.
func TestTheInstallationUsesTheArgumentsOfTheImage(t *testing.T) {
	dockerfile := readText(t, "Dockerfile")
	arguments := regexp.MustCompile("--build-arg[= ](\\w+)=|`(\\w+_IMAGE)`").FindAllStringSubmatch(readText(t, installDoc)+dockerfile, -1)
	for _, m := range arguments {
		if !strings.Contains(dockerfile, "\nARG "+m[1]+m[2]) {
			t.Errorf("the Dockerfile has no argument %s", m[1]+m[2])
		}
	}
	if len(arguments) < 5 {
		t.Errorf("only %d arguments were found", len(arguments))
	}
}
