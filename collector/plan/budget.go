package plan

import (
	"math/big"
	"slices"
)

// Budget is an amount a month for the groups that have some label values.
type Budget struct {
	Labels map[string]string // of Showback.Labels; at least one
	Amount *big.Rat
}

// Values returns the budget's value for each of the labels, empty for a label that it
// does not name.
func (b Budget) Values(labels []string) []string {
	values := make([]string, len(labels))
	for i, label := range labels {
		values[i] = b.Labels[label]
	}
	return values
}

// Cost returns what the shares with the budget's label values cost together. The
// shares have a value for each of labels, in the same order.
func (b Budget) Cost(labels []string, shares []Share) *big.Rat {
	cost := new(big.Rat)
	for _, s := range shares {
		if b.covers(labels, s.Values) {
			cost.Add(cost, s.Cost)
		}
	}
	return cost
}

func (b Budget) covers(labels, values []string) bool {
	for label, wanted := range b.Labels {
		if i := slices.Index(labels, label); i < 0 || values[i] != wanted {
			return false
		}
	}
	return true
}
