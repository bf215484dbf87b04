// Package release holds the checks of what a release consists of. They look at two releases of the same commit, made in different
// places, which RELEASE_DISTS names with a colon between them; the sources are those around this module.
package release_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repository is where the sources are.
const repository = "../.."

// targets are the platforms of a release, and the directories that hold their binaries.
var targets = map[string]string{
	"linux-amd64":  "statsig_exporter_linux_amd64_v1",
	"linux-arm64":  "statsig_exporter_linux_arm64_v8.0",
	"darwin-amd64": "statsig_exporter_darwin_amd64_v1",
	"darwin-arm64": "statsig_exporter_darwin_arm64_v8.0",
}

// dists returns the two releases.
func dists(t *testing.T) [2]string {
	t.Helper()
	one, other, ok := strings.Cut(os.Getenv("RELEASE_DISTS"), ":")
	if !ok {
		t.Fatal("RELEASE_DISTS must name two releases, with a colon between them")
	}
	return [2]string{one, other}
}

// metadata describes a release.
type metadata struct{ Version, Commit string }

func readMetadata(t *testing.T) (m metadata) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dists(t)[0], "metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// binary returns the path of a target's binary in the first release.
func binary(t *testing.T, target string) string {
	t.Helper()
	return filepath.Join(dists(t)[0], targets[target], "statsig_exporter")
}

func TestTwoReleasesOfOneCommitAreTheSame(t *testing.T) {
	both := dists(t)
	one, other := sums(t, both[0]), sums(t, both[1])
	for _, name := range slices.Sorted(maps.Keys(one)) {
		if one[name] != other[name] {
			t.Errorf("%s differs, or is missing", name)
		}
	}
	if len(one) != len(other) || len(one) < 4+4+4+4+1 {
		t.Errorf("there are %d and %d files", len(one), len(other))
	}
}

// sums returns the checksums of a release's files, but for the notes that GoReleaser keeps for itself.
func sums(t *testing.T, dist string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dist, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || slices.Contains([]string{"artifacts.json", "metadata.json", "config.yaml"}, entry.Name()) {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dist, path)
		found[relative] = fmt.Sprintf("%x", sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestTheChecksumsAreOfEverythingThatIsPublished compares them with the files, and the files with what a release is to have.
func TestTheChecksumsAreOfEverythingThatIsPublished(t *testing.T) {
	version := readMetadata(t).Version
	dist := dists(t)[0]
	text, err := os.ReadFile(filepath.Join(dist, "statsig_exporter-"+version+".sha256"))
	if err != nil {
		t.Fatal(err)
	}
	is := sums(t, dist)
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		listed[name] = true
		if is[name] != sum {
			t.Errorf("%s is listed with the sum %s and has %s", name, sum, is[name])
		}
	}
	wanted := map[string]bool{}
	for target := range targets {
		wanted["statsig_exporter-"+version+"."+target+".tar.gz"] = true
		wanted["statsig_exporter-"+version+"."+target+".cdx.json"] = true
	}
	packages := 0
	for name := range listed {
		if strings.HasSuffix(name, ".deb") || strings.HasSuffix(name, ".rpm") {
			packages++
		} else if !wanted[name] {
			t.Errorf("%s is published, and nobody knows why", name)
		}
		delete(wanted, name)
	}
	for name := range wanted {
		t.Errorf("%s is not published", name)
	}
	if packages != 4 {
		t.Errorf("%d packages are published, want 4", packages)
	}
}
