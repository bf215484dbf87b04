package release_test

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// largest is how large a binary may be.
const largest = 20 << 20

func TestTheBinariesAreSmallStaticAndStripped(t *testing.T) {
	for target := range targets {
		stat, err := os.Stat(binary(t, target))
		if err != nil {
			t.Error(err)
			continue
		}
		t.Logf("%s: %.1f MiB", target, float64(stat.Size())/(1<<20))
		if stat.Size() > largest {
			t.Errorf("%s has %d bytes, want at most %d", target, stat.Size(), largest)
		}
		if !strings.HasPrefix(target, "linux-") {
			continue
		}
		file, err := elf.Open(binary(t, target))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for _, program := range file.Progs {
			if program.Type == elf.PT_INTERP || program.Type == elf.PT_DYNAMIC {
				t.Errorf("%s is linked dynamically", target)
			}
		}
		if file.Section(".symtab") != nil || file.Section(".debug_info") != nil || file.Section(".zdebug_info") != nil {
			t.Errorf("%s is not stripped", target)
		}
	}
}

// stamp describes a binary.
type stamp struct{ Version, Branch, Revision, Date string }

func readStamp(t *testing.T) stamp {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary(t, "linux-"+runtime.GOARCH), "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := regexp.MustCompile(`(?s)version (\S+) \(branch: (\S*), revision: (\S+)\)\n  build user: +\n  build date: +(\S+)\n`).FindSubmatch(out)
	if said == nil {
		t.Fatalf("--version says\n%s", out)
	}
	return stamp{Version: string(said[1]), Branch: string(said[2]), Revision: string(said[3]), Date: string(said[4])}
}

func TestTheBinaryIsStampedWithVersionAndCommit(t *testing.T) {
	is, wanted := readStamp(t), readMetadata(t)
	if is.Version != wanted.Version || is.Revision != wanted.Commit {
		t.Errorf("the binary says %+v, and the release is %+v", is, wanted)
	}
	if date := git(t, "show", "-s", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", wanted.Commit); is.Date != date {
		t.Errorf("the binary is dated %s, the commit %s", is.Date, date)
	}
}

// git returns what git says of the repository, in UTC.
func git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", repository}, args...)...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %q: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// TestTheImageHoldsTheBinaryOfTheRelease runs the image's own command, in the context that the image is built from.
func TestTheImageHoldsTheBinaryOfTheRelease(t *testing.T) {
	dockerfile, err := os.ReadFile(filepath.Join(repository, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^RUN (.* go build .*)$`).FindSubmatch(bytes.ReplaceAll(dockerfile, []byte("\\\n"), []byte(" ")))
	if command == nil {
		t.Fatal("the Dockerfile builds nothing")
	}
	// What concerns the builder and not the bytes: its caches.
	byHand := regexp.MustCompile(`--mount=\S+ +|GOCACHE=\S+ `).ReplaceAllString(string(command[1]), "")
	is, dir := readStamp(t), imageContext(t)
	for _, architecture := range []string{"amd64", "arm64"} {
		made := filepath.Join(t.TempDir(), "statsig_exporter")
		cmd := exec.CommandContext(t.Context(), "sh", "-ec", strings.ReplaceAll(byHand, "/out/statsig_exporter", made))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TARGETOS=linux", "TARGETARCH="+architecture, "TARGETVARIANT=", "VERSION="+is.Version,
			"REVISION="+is.Revision, "BRANCH="+is.Branch, "SOURCE_DATE_EPOCH="+git(t, "show", "-s", "--format=%ct", is.Revision))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if !bytes.Equal(read(t, made), read(t, binary(t, "linux-"+architecture))) {
			t.Errorf("the image's binary for %s differs from the release's", architecture)
		}
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// imageContext returns a directory with those files of the repository that .dockerignore lets through.
func imageContext(t *testing.T) string {
	t.Helper()
	patterns, err := ignorefile.ReadAll(bytes.NewReader(read(t, filepath.Join(repository, ".dockerignore"))))
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name := range strings.SplitSeq(git(t, "ls-files", "--cached", "--others", "--exclude-standard"), "\n") {
		skip, err := ignored.MatchesOrParentMatches(name)
		if err != nil {
			t.Fatal(err)
		}
		if skip {
			continue
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, read(t, filepath.Join(repository, name)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestTheBillOfMaterialsNamesEveryModule compares it with what the go command would compile.
func TestTheBillOfMaterialsNamesEveryModule(t *testing.T) {
	for target := range targets {
		system, architecture, _ := strings.Cut(target, "-")
		cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}}{{end}}{{end}}", ".")
		cmd.Dir = repository
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+architecture)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		wanted := strings.Fields(string(out))
		slices.Sort(wanted)
		wanted = slices.Compact(wanted)
		var bill cdx.BOM
		name := "statsig_exporter-" + readMetadata(t).Version + "." + target + ".cdx.json"
		if err := json.Unmarshal(read(t, filepath.Join(dists(t)[0], name)), &bill); err != nil {
			t.Fatal(err)
		}
		var named []string
		for _, part := range *bill.Components {
			if part.Name != "std" {
				named = append(named, part.Name+"@"+part.Version)
			}
		}
		slices.Sort(named)
		if !slices.Equal(named, wanted) || len(named) < 15 {
			t.Errorf("%s names %q, want %q", name, named, wanted)
		}
		if main := bill.Metadata.Component; main.Name != "statsig_exporter" || main.Version != readMetadata(t).Version {
			t.Errorf("%s is of %s %s", name, main.Name, main.Version)
		}
	}
}
