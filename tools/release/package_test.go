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
	"/usr/bin/statsig_exporter":                          "-rwxr-xr-x",
	"/usr/lib/systemd/system/statsig_exporter.service":   "-rw-r--r--",
	"/etc/default/statsig_exporter":                      "-rw-r--r-- kept",
	"/etc/statsig_exporter/statsig.yml":                  "-rw-r--r-- kept",
	"/etc/statsig_exporter/keys":                         "drwx------",
	"/usr/share/doc/statsig_exporter/README.md":          "-rw-r--r--",
	"/usr/share/doc/statsig_exporter/CHANGELOG.md":       "-rw-r--r--",
	"/usr/share/doc/statsig_exporter/config.example.yml": "-rw-r--r--",
	"/usr/share/doc/statsig_exporter/copyright":          "-rw-r--r--",
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

func TestTheDebHasTheServiceAndKeepsItsConfiguration(t *testing.T) {
	for _, file := range packages(t, "deb") {
		parts := map[string]map[string]entry{}
		for reader := ar.NewReader(bytes.NewReader(read(t, file))); ; {
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
		kept := strings.Fields(string(parts["control"]["/conffiles"].content))
		is := map[string]string{}
		for name, one := range parts["data"] {
			if one.mode.IsDir() && installed[name] == "" {
				continue // on the way to a file
			}
			is[name] = one.mode.String()
			if slices.Contains(kept, name) {
				is[name] += " kept"
			}
			if one.owner != "root:root" {
				t.Errorf("%s: %s belongs to %s", file, name, one.owner)
			}
		}
		if !maps.Equal(is, installed) {
			t.Errorf("%s has %v, want %v", file, is, installed)
		}
		for _, script := range []string{"/postinst", "/prerm"} {
			if parts["control"][script].mode.Perm() != 0o755 {
				t.Errorf("%s: %s is %v", file, script, parts["control"][script].mode)
			}
		}
		control := string(parts["control"]["/control"].content)
		if !strings.Contains(control, "Package: statsig-exporter\n") || strings.Contains(control, "Depends:") {
			t.Errorf("%s is described by\n%s", file, control)
		}
		architecture := strings.TrimSuffix(file[strings.LastIndex(file, "_")+1:], ".deb")
		if !bytes.Equal(parts["data"]["/usr/bin/statsig_exporter"].content, read(t, binary(t, "linux-"+architecture))) {
			t.Errorf("the binary in %s is another one", file)
		}
	}
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

func TestTheRPMHasTheServiceAndKeepsItsConfiguration(t *testing.T) {
	// As in RPM's RPMFILE_CONFIG and RPMFILE_NOREPLACE.
	const config, noReplace = 1 << 0, 1 << 4
	for _, file := range packages(t, "rpm") {
		pack, err := rpmutils.ReadRpm(bytes.NewReader(read(t, file)))
		if err != nil {
			t.Fatal(err)
		}
		files, err := pack.Header.GetFiles()
		if err != nil {
			t.Fatal(err)
		}
		is := map[string]string{}
		for _, one := range files {
			mode := fs.FileMode(one.Mode()) & fs.ModePerm
			if one.Mode()&0o170000 == 0o040000 {
				mode |= fs.ModeDir
			}
			is[one.Name()] = mode.String()
			if one.Flags()&(config|noReplace) == config|noReplace {
				is[one.Name()] += " kept"
			}
			if owner := one.UserName() + ":" + one.GroupName(); owner != "root:root" {
				t.Errorf("%s: %s belongs to %s", file, one.Name(), owner)
			}
		}
		if !maps.Equal(is, installed) {
			t.Errorf("%s has %v, want %v", file, is, installed)
		}
		for _, tag := range []int{rpmutils.POSTIN, rpmutils.PREUN} {
			if script, err := pack.Header.GetString(tag); err != nil || !strings.Contains(script, "statsig_exporter.service") {
				t.Errorf("%s: script %d is %q, %v", file, tag, script, err)
			}
		}
	}
}

func TestAnArchiveHasTheBinaryTheDocumentsAndTheService(t *testing.T) {
	version := readMetadata(t).Version
	for target := range targets {
		name := "statsig_exporter-" + version + "." + target
		entries := untar(t, bytes.NewReader(read(t, filepath.Join(dists(t)[0], name+".tar.gz"))))
		for _, wanted := range []string{
			"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "config.example.yml", "docs/install.md",
			"deploy/systemd/statsig_exporter.service", "deploy/systemd/statsig_exporter.default",
		} {
			one := entries["/"+name+"/"+wanted]
			if !bytes.Equal(one.content, read(t, filepath.Join(repository, wanted))) || one.mode != 0o644 {
				t.Errorf("%s in %s is not that of the repository, or is %v", wanted, name, one.mode)
			}
		}
		if one := entries["/"+name+"/statsig_exporter"]; !bytes.Equal(one.content, read(t, binary(t, target))) || one.mode != 0o755 {
			t.Errorf("the binary in %s is another one, or is %v", name, one.mode)
		}
		for path, one := range entries {
			if one.owner != "root:root" {
				t.Errorf("%s in %s belongs to %s", path, name, one.owner)
			}
		}
	}
}
