package app_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestNoFileNamesAMachineARegistryOrAKey reads every file that is, or is about to be, under version control.
// The patterns are written so that they do not match themselves.
func TestNoFileNamesAMachineARegistryOrAKey(t *testing.T) {
	forbidden := map[string]*regexp.Regexp{
		"a path of one machine": regexp.MustCompile(`(?m)(?:^|[\s"'=(:,` + "`" + `])/(?:work|root|home/\w+|Users/\w+)/`),
		"a package registry": regexp.MustCompile(
			`\b(?:(?:proxy|sum|index)\.golang\.org|goproxy\.\w+|registry\.(?:npmjs|yarnpkg)\.\w+|(?:pypi|pythonhosted|rubygems)\.org|crates\.io|deb\.debian\.org)\b`),
		"what looks like a key": regexp.MustCompile(
			`\b(?:console|secret|client)-[A-Za-z0-9]{24,}|\bAKIA[0-9A-Z]{16}\b|\bgh[a-z]_[A-Za-z0-9]{36}|-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}`),
	}
	for _, name := range repositoryFiles(t) {
		content, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // tracked, and deleted in the working tree
		}
		if err != nil {
			t.Fatal(err)
		}
		for what, pattern := range forbidden {
			if found := pattern.Find(content); found != nil {
				t.Errorf("%s contains %s: %q", name, what, found)
			}
		}
	}
}

// repositoryFiles returns the tracked files and the new ones that are not ignored.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	if _, err := os.Stat(".git"); err != nil {
		t.Skip("not a clone: there is no list of files")
	}
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
}
