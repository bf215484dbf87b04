package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const contributingDoc = "CONTRIBUTING.md"

// TestContributingListsEveryPackage compares its map with the directories.
func TestContributingListsEveryPackage(t *testing.T) {
	var listed []string
	for _, table := range tables(t, contributingDoc) {
		if table.header[0] == "Package" {
			for _, row := range table.rows {
				listed = append(listed, code(row[0])[0])
			}
		}
	}
	var there []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "bench", "tools", "testdata"}, entry.Name()):
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			there = append(there, filepath.Dir(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(listed)
	slices.Sort(there)
	if there = slices.Compact(there); !slices.Equal(listed, there) {
		t.Errorf("%s lists %q, and there are %q", contributingDoc, listed, there)
	}
}

// TestWhatContributingSaysToRunIsThere looks for each file and directory among its
// commands, and for the flag or variable that makes files anew.
func TestWhatContributingSaysToRunIsThere(t *testing.T) {
	path := regexp.MustCompile(`^(?:\./)?((?:\.ci|bench|collector|deploy|tools)/[\w/.-]*\w)$`)
	found := 0
	commands := strings.Split(strings.Join(blocks(t, contributingDoc, "sh"), ""), "\n")
	for _, command := range append(commands, codeOfLines(t, contributingDoc)...) {
		words := strings.Fields(command)
		for _, word := range words {
			m := path.FindStringSubmatch(word)
			if m == nil {
				continue
			}
			found++
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%q: %v", command, err)
			}
			if slices.Contains(words, "-update") && !testsContain(t, m[1], `flag.Bool("update"`) {
				t.Errorf("%q: the tests of %s have no such flag", command, m[1])
			}
			if words[0] == "UPDATE_GOLDEN=1" && !testsContain(t, m[1], `os.Getenv("UPDATE_GOLDEN")`) {
				t.Errorf("%q: the tests of %s do not read the variable", command, m[1])
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d paths were found", found)
	}
}

// codeOfLines returns what stands in backquotes in the lines of a document.
func codeOfLines(t *testing.T, file string) (found []string) {
	t.Helper()
	for line := range strings.SplitSeq(readText(t, file), "\n") {
		found = append(found, code(line)...)
	}
	return found
}

// testsContain tells whether a test of a package has a text.
func testsContain(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool { return strings.Contains(readText(t, file), text) })
}

// TestTheFormatOfStoredFilesIsTheOneThatUpgradingNames keeps a new format from being
// forgotten there.
func TestTheFormatOfStoredFilesIsTheOneThatUpgradingNames(t *testing.T) {
	m := regexp.MustCompile(`const magic = "(.+)\\n"`).FindStringSubmatch(readText(t, "collector/store/format.go"))
	if m == nil || !slices.Contains(codeOfLines(t, "docs/upgrading.md"), m[1]) {
		t.Errorf("docs/upgrading.md does not name the format %q", m)
	}
}
