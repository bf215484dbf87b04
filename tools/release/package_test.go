package release_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/blakesmith/ar"
	"github.com/sassoftware/go-rpmutils"
)

// installed are the files of a package, with their modes; what is changed by hand survives an upgrade.
var installed = map[string]string{
	"/usr/bin/statsig_exporter":                                 "-rwxr-xr-x",
	"/usr/lib/systemd/system/statsig_exporter.service":          "-rw-r--r--",
	"/etc/default/statsig_exporter":                             "-rw-r--r-- kept",
	"/etc/statsig_exporter/statsig.yml":                         "-rw-r--r-- kept",
	"/etc/statsig_exporter/keys":                                "drwx------",
	"/usr/share/statsig_exporter/prometheus/alerts.yml":         "-rw-r--r--",
	"/usr/share/statsig_exporter/prometheus/rules.yml":          "-rw-r--r--",
	"/usr/share/statsig_exporter/alertmanager/alertmanager.yml": "-rw-r--r--",
	"/usr/share/statsig_exporter/alertmanager/statsig.tmpl":     "-rw-r--r--",
	"/usr/share/statsig_exporter/grafana/statsig-exporter.json": "-rw-r--r--",
	"/usr/share/statsig_exporter/grafana/statsig-usage.json":    "-rw-r--r--",
	"/usr/share/doc/statsig_exporter/README.md":                 "-rw-r--r--",
	"/usr/share/doc/statsig_exporter/CHANGELOG.md":              "-rw-r--r--",
	"/usr/share/doc/statsig_exporter/config.example.yml":        "-rw-r--r--",
	"/usr/share/doc/statsig_exporter/copyright":                 "-rw-r--r--",
}

// packages returns the files of the release with an extension: one for each architecture.
func packages(t *testing.T, extension string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dists(t)[0], "*."+extension))
	if err != nil || len(found) != 2 {
		t.Fatalf("there are %q, %v", found, err)
	}
	return found
}

// pack lists what a package installs.
type pack struct {
	files   map[string]string // modes, as in installed
	binary  []byte            // nil if it is not looked into
	scripts []string          // after installation and before removal
}

func TestPackagesHaveTheServiceAndKeepItsConfiguration(t *testing.T) {
	for extension, open := range map[string]func(*testing.T, []byte) pack{"deb": openDeb, "rpm": openRPM} {
		for _, file := range packages(t, extension) {
			is := open(t, read(t, file))
			if !maps.Equal(is.files, installed) {
				t.Errorf("%s has %v, want %v", file, is.files, installed)
			}
			for _, script := range is.scripts {
				if !strings.Contains(script, "statsig_exporter.service") {
					t.Errorf("%s: a script is %q", file, script)
				}
			}
			architecture := strings.TrimSuffix(file[strings.LastIndex(file, "_")+1:], ".deb")
			if is.binary != nil && !bytes.Equal(is.binary, read(t, binary(t, "linux-"+architecture))) {
				t.Errorf("the binary in %s differs from the release's", file)
			}
		}
	}
}

func openDeb(t *testing.T, content []byte) pack {
	t.Helper()
	parts := map[string]map[string]entry{}
	for reader := ar.NewReader(bytes.NewReader(content)); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutSuffix(strings.TrimSuffix(header.Name, "/"), ".tar.gz"); ok {
			parts[name] = untar(t, reader)
		}
	}
	control, data := parts["control"], parts["data"]
	if text := string(control["/control"].content); !strings.Contains(text, "Package: statsig-exporter\n") || strings.Contains(text, "Depends:") {
		t.Errorf("a package is described by\n%s", text)
	}
	kept := strings.Fields(string(control["/conffiles"].content))
	is := pack{
		files: map[string]string{}, binary: data["/usr/bin/statsig_exporter"].content,
		scripts: []string{string(control["/postinst"].content), string(control["/prerm"].content)},
	}
	for name, one := range data {
		if !one.mode.IsDir() || installed[name] != "" { // other directories are on the way to a file
			is.files[name] = describe(one.mode, slices.Contains(kept, name), one.owner)
		}
	}
	return is
}

func openRPM(t *testing.T, content []byte) pack {
	t.Helper()
	const configNoReplace = 1<<0 | 1<<4 // RPMFILE_CONFIG and RPMFILE_NOREPLACE
	read, err := rpmutils.ReadRpm(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	files, err := read.Header.GetFiles()
	if err != nil {
		t.Fatal(err)
	}
	is := pack{files: map[string]string{}}
	for _, one := range files {
		mode := fs.FileMode(one.Mode()) & fs.ModePerm
		if one.Mode()&0o170000 == 0o040000 {
			mode |= fs.ModeDir
		}
		is.files[one.Name()] = describe(mode, one.Flags()&configNoReplace == configNoReplace, one.UserName()+":"+one.GroupName())
	}
	for _, tag := range []int{rpmutils.POSTIN, rpmutils.PREUN} {
		script, _ := read.Header.GetString(tag) // an empty script is an error of the test
		is.scripts = append(is.scripts, script)
	}
	return is
}

// describe writes a mode as installed does. Every file is root's.
func describe(mode fs.FileMode, kept bool, owner string) string {
	text := mode.String()
	if kept {
		text += " kept"
	}
	if owner != "root:root" {
		text += " of " + owner
	}
	return text
}

// entry is a file of an archive.
type entry struct {
	mode    fs.FileMode
	owner   string
	content []byte
}

// untar returns the entries of a compressed archive by their absolute names.
func untar(t *testing.T, compressed io.Reader) map[string]entry {
	t.Helper()
	plain, err := gzip.NewReader(compressed)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]entry{}
	for reader := tar.NewReader(plain); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		name := "/" + strings.Trim(strings.TrimPrefix(header.Name, "."), "/")
		found[name] = entry{header.FileInfo().Mode(), header.Uname + ":" + header.Gname, content}
	}
}

func TestAnArchiveHasTheBinaryTheDocumentsAndTheService(t *testing.T) {
	version := readMetadata(t).Version
	for target := range targets {
		name := "statsig_exporter-" + version + "." + target
		entries := untar(t, bytes.NewReader(read(t, filepath.Join(dists(t)[0], name+".tar.gz"))))
		for _, wanted := range []string{
			"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "config.example.yml", "docs/install.md",
			"deploy/prometheus/alerts.yml", "deploy/alertmanager/statsig.tmpl", "deploy/grafana/statsig-usage.json",
			"deploy/systemd/statsig_exporter.service", "deploy/systemd/statsig_exporter.default",
		} {
			one := entries["/"+name+"/"+wanted]
			if !bytes.Equal(one.content, read(t, filepath.Join(repository, wanted))) || one.mode != 0o644 {
				t.Errorf("%s in %s differs from the repository's, or has the mode %v", wanted, name, one.mode)
			}
		}
		if one := entries["/"+name+"/statsig_exporter"]; !bytes.Equal(one.content, read(t, binary(t, target))) || one.mode != 0o755 {
			t.Errorf("the binary in %s differs from the release's, or is %v", name, one.mode)
		}
		for path, one := range entries {
			if one.owner != "root:root" {
				t.Errorf("%s in %s belongs to %s", path, name, one.owner)
			}
		}
	}
}
