//go:build unix

package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAFileThatCannotBeReadIsNamedOnce(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, why := range map[string]string{
		pipe:                              "is not a regular file",
		filepath.Join(dir, "missing.yml"): "no such file or directory",
		dir:                               "is not a regular file",
		"/dev/zero":                       "is not a regular file",
	} {
		_, err := Load(path)
		var problems Errors
		if !errors.As(err, &problems) || err.Error() != path+": "+why {
			t.Errorf("got %v, want %s: %s", err, path, why)
		}
	}
}

func TestAConfigurationFileHasNoMoreThan16MiB(t *testing.T) {
	// What was read is refused for the bytes in it, which is sooner done than reading it as YAML.
	for size, want := range map[int]string{16 << 20: "not valid UTF-8; save it as UTF-8", 16<<20 + 1: "is longer than 16MiB"} {
		path := filepath.Join(t.TempDir(), "statsig.yml")
		if err := os.WriteFile(path, bytes.Repeat([]byte{0xff}, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("a file of %d bytes: %v", size, err)
		}
	}
}
