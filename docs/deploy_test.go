package docs_test

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// names returns what the first group of a pattern matches in the files.
func names(files map[string]string, pattern string) []string {
	found := map[string]bool{}
	for _, text := range files {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestEveryAlertHasAnEntryInTheRunbookAndACase(t *testing.T) {
	alerts := names(files(t, "../deploy/prometheus/alerts.yml"), `(?m)- alert: (\w+)$`)
	if entries := names(files(t, "alerts.md"), `(?m)^#+ (Statsig\w+)$`); !slices.Equal(alerts, entries) {
		t.Errorf("the alerts are %q, and alerts.md explains %q", alerts, entries)
	}
	if cases := names(files(t, "../deploy/prometheus/tests/*.yml"), `alertname: "?(\w+)`); !slices.Equal(alerts, cases) {
		t.Errorf("the alerts are %q, and there are cases of %q", alerts, cases)
	}
}

// TestImageReleaseAndServiceAgree compares the files that build and run the binary.
func TestImageReleaseAndServiceAgree(t *testing.T) {
	image, release, unit := read(t, "../Dockerfile"), read(t, "../.goreleaser.yml"), read(t, "../deploy/systemd/statsig_exporter.service")
	stamp := regexp.MustCompile(`-X (\S+?)=`)
	stamps := func(text string) (found []string) {
		for _, m := range stamp.FindAllStringSubmatch(text, -1) {
			found = append(found, m[1])
		}
		return found
	}
	if ofImage, ofRelease := stamps(image), stamps(release); len(ofImage) == 0 || !slices.Equal(ofImage, ofRelease) {
		t.Errorf("the image is stamped with %q, the release with %q", ofImage, ofRelease)
	}
	for _, setting := range []string{"CGO_ENABLED=0", "-trimpath"} {
		if !strings.Contains(image, setting) || !strings.Contains(release, setting) {
			t.Errorf("image and release are not both built with %s", setting)
		}
	}
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))[1]
	if !strings.Contains(image, "\nARG GO_IMAGE=golang:"+goVersion+".") {
		t.Errorf("the image is not built with Go %s", goVersion)
	}
	for _, m := range regexp.MustCompile(`(?m) src: (\S+)$`).FindAllStringSubmatch(release, -1) {
		if found, err := filepath.Glob(filepath.Join("..", m[1])); err != nil || len(found) == 0 && !strings.HasPrefix(m[1], "{{") {
			t.Errorf("the release packs %s, which does not exist", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^(?:EnvironmentFile=-|Environment=STATSIG_EXPORTER_CONFIG_FILE=|LoadCredential=keys:)(\S+)$`).FindAllStringSubmatch(unit, -1) {
		if !strings.Contains(release, "dst: "+m[1]) {
			t.Errorf("the service reads %s, which the package does not have", m[1])
		}
	}
}

// TestNoFileNamesAMachineARegistryOrAKey reads every file under version control. The
// patterns do not match themselves.
func TestNoFileNamesAMachineARegistryOrAKey(t *testing.T) {
	list, err := exec.CommandContext(t.Context(), "git", "-C", "..", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skip("not a clone: there is no list of files")
	}
	forbidden := map[string]*regexp.Regexp{
		"a path of one machine": regexp.MustCompile(`(?m)(?:^|[\s"'=(:,` + "`" + `])/(?:work|root|home/\w+|Users/\w+)/`),
		"a package registry": regexp.MustCompile(
			`\b(?:(?:proxy|sum|index)\.golang\.org|goproxy\.\w+|registry\.(?:npmjs|yarnpkg)\.\w+|(?:pypi|pythonhosted|rubygems)\.org|crates\.io|deb\.debian\.org)\b`),
		"what looks like a key": regexp.MustCompile(
			`\b(?:console|secret|client)-[A-Za-z0-9]{24,}|\bAKIA[0-9A-Z]{16}\b|\bgh[a-z]_[A-Za-z0-9]{36}|-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}`),
	}
	for path := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		for name, text := range filesIfAny(t, filepath.Join("..", path)) {
			for what, pattern := range forbidden {
				if found := pattern.FindString(text); found != "" {
					t.Errorf("%s contains %s: %q", name, what, found)
				}
			}
		}
	}
}
