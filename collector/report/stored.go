package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"statsig_exporter/collector/report/when"
)

// storedColumn is the part of a column that outlives the process, because the roles of
// later reports depend on it.
type storedColumn struct {
	Name       string     `json:"name"`
	Header     string     `json:"header"`
	Role       Role       `json:"role"`
	Why        string     `json:"why"`
	Aggregate  Aggregate  `json:"aggregate,omitempty"`
	Primary    bool       `json:"primary,omitempty"`
	Configured bool       `json:"configured,omitempty"`
	Kept       bool       `json:"settled,omitempty"`
	Decimal    byte       `json:"decimal,omitempty"`
	Unit       string     `json:"unit,omitempty"`
	Order      when.Order `json:"order,omitempty"`
	OrderOpen  bool       `json:"order_open,omitempty"`
	Numbers    bool       `json:"numbers,omitempty"` // its times are numbers, whatever the header says
}

type storedMapping struct {
	Columns   []storedColumn `json:"columns"`
	Delimiter byte           `json:"delimiter"`
}

func (m storedMapping) valid() bool {
	return bytes.IndexByte(delimiters, m.Delimiter) >= 0 && !slices.ContainsFunc(m.Columns, func(c storedColumn) bool {
		aggregated := c.Aggregate == "" || slices.Contains(Aggregates(), c.Aggregate)
		return !slices.Contains(Roles(), c.Role) || !aggregated || c.Order > when.DayFirst || strings.IndexByte("\x00.,", c.Decimal) < 0
	})
}

// MarshalJSON writes what Request.Known needs of m, for UnmarshalJSON.
func (m *Mapping) MarshalJSON() ([]byte, error) {
	stored := storedMapping{Delimiter: m.Delimiter}
	for _, c := range m.Columns {
		stored.Columns = append(stored.Columns, storedColumn{
			Name: c.Name, Header: c.Header, Role: c.Role, Why: c.because, Aggregate: c.Aggregate, Primary: c.Primary,
			Configured: c.Configured, Kept: c.Kept, Decimal: c.decimal, Unit: c.unit, Order: c.times.Order, OrderOpen: c.orderOpen, Numbers: c.times.Hint.Numbers,
		})
	}
	return json.Marshal(stored)
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
	*m = Mapping{Delimiter: stored.Delimiter, Columns: make([]Column, len(stored.Columns))}
	for i, c := range stored.Columns {
		hint := readHeader(c.Header).time
		hint.Numbers = hint.Numbers || c.Numbers
		m.Columns[i] = Column{
			Index: i, Name: c.Name, Header: c.Header, Role: c.Role, Why: c.Why, because: c.Why, Aggregate: c.Aggregate, Primary: c.Primary,
			Configured: c.Configured, Kept: c.Kept, decimal: c.Decimal, unit: c.Unit, orderOpen: c.OrderOpen,
			times: when.Format{Hint: hint, Order: c.Order},
		}
	}
	return nil
}
