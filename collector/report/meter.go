package report

import "slices"

// Meter asks for the sum of one metric over chosen series, as they are before any
// are folded or dropped.
type Meter struct {
	Name   string // of the caller's choice
	Metric string
	// Match holds, by label, the values that count: a series counts if each of these
	// labels has one of its values. A label that the report does not have is empty
	// in all series. It is not changed.
	Match map[string][]string
}

// metered returns the sums that are asked for, by the names of their meters. Those
// whose metric is none of metrics are missing.
func (t *table) metered(meters []Meter, metrics []Metric, labels []*Column) map[string]float64 {
	sums := make(map[string]float64, len(meters))
	values := make([]string, len(labels))
	for _, m := range meters {
		at := slices.IndexFunc(metrics, func(of Metric) bool { return of.Name == m.Metric })
		if at < 0 {
			continue
		}
		var sum cell
		for i, key := range t.keys {
			splitKey(key, values)
			if c := &t.at(int32(i))[at]; c.n > 0 && m.counts(labels, values) {
				sum.merge(AggregateSum, sample(AggregateSum, c.value(metrics[at].Aggregate), 0, 0))
			}
		}
		sums[m.Name] = sum.total()
	}
	return sums
}

// counts tells whether a series with these values of labels is one of the meter's.
func (m Meter) counts(labels []*Column, values []string) bool {
	for label, wanted := range m.Match {
		value := ""
		if i := slices.IndexFunc(labels, func(c *Column) bool { return c.Label == label }); i >= 0 {
			value = values[i]
		}
		if !slices.Contains(wanted, value) {
			return false
		}
	}
	return true
}
