package store_test

import (
	"os"
	"strings"
	"testing"

	"statsig_exporter/collector/store"
)

func TestAStoreHoldsOneFileForEachProjectAndWindow(t *testing.T) {
	dir := t.TempDir()
	kept, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	save := func(project, window, text string) error {
		return kept.Save(store.Meta{Key: store.Key{Project: project, Window: window}}, strings.NewReader(text))
	}
	for i := range 20 {
		for _, project := range []string{"web", "app", "../web", strings.Repeat("long", 10_000)} {
			for _, window := range []string{"day", "month"} {
				if err := save(project, window, strings.Repeat("x\n", i*1000)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := save(strings.Repeat("x", 16<<20), "day", "x"); err == nil || !strings.Contains(err.Error(), "more than can be stored") {
		t.Errorf("a name of 16 MiB: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4*2+1 {
		t.Errorf("%d files, want 8 and the lock: %v %v", len(entries), entries, err)
	}
}
