package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
