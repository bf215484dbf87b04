package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"statsig_exporter/collector/report/when"
)

// storedMapping is the part of a mapping that outlives the process.
type storedMapping struct {
	Columns   []Column `json:"columns"`
	Delimiter byte     `json:"delimiter"`
}

func (m storedMapping) valid() bool {
	return bytes.IndexByte(delimiters, m.Delimiter) >= 0 && !slices.ContainsFunc(m.Columns, func(c Column) bool {
		aggregated := c.Aggregate == "" || slices.Contains(Aggregates(), c.Aggregate)
		return !slices.Contains(Roles(), c.Role) || !aggregated || c.Order > when.DayFirst || strings.IndexByte("\x00.,", c.Decimal) < 0
	})
}

// MarshalJSON writes what Request.Known needs of m, for UnmarshalJSON.
func (m *Mapping) MarshalJSON() ([]byte, error) {
	columns := slices.Clone(m.Columns)
	for i, c := range columns {
		if c.OrderOpen {
			columns[i].Why = c.because // a later report may tell
		}
	}
	return json.Marshal(storedMapping{columns, m.Delimiter})
}

// UnmarshalJSON reads what MarshalJSON wrote, and refuses anything else. The mapping has
// no names of labels and metrics: it is for Request.Known alone.
func (m *Mapping) UnmarshalJSON(data []byte) error {
	var stored storedMapping
	if err := json.Unmarshal(data, &stored); err != nil {
		return err
	}
	if !stored.valid() {
		return errors.New("the mapping has values that no report gives")
	}
	for i := range stored.Columns {
		c := &stored.Columns[i]
		c.Index, c.because = i, c.Why
	}
	*m = Mapping{Columns: stored.Columns, Delimiter: stored.Delimiter}
	return nil
}
