package app

import (
	"math/big"
	"testing"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/plan"
)

// TestTheCostsInTheDocumentAreThoseOfItsPlan computes the table of docs/plans.md
// from the configuration above it.
func TestTheCostsInTheDocumentAreThoseOfItsPlan(t *testing.T) {
	cfg, err := config.Parse("docs/plans.md", []byte(blocks(t, "docs/plans.md", "yaml")[0]), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	rows := tables(t, "docs/plans.md")[0].rows
	for _, row := range rows {
		used, ok := new(big.Rat).SetString(row[0])
		if !ok {
			t.Fatalf("units: %q", row[0])
		}
		cost := cfg.Plans[0].Cost([]*big.Rat{used})
		if want, ok := new(big.Rat).SetString(row[1]); !ok || cost.Cmp(want) != 0 {
			t.Errorf("%s units cost %v, and the document says %s", row[0], plan.Float(cost), row[1])
		}
	}
	if len(rows) < 5 {
		t.Errorf("only %d rows", len(rows))
	}
}
