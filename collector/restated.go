package collector

import (
	"encoding/json"
	"math"
	"slices"

	"statsig_exporter/collector/report"
)

// restated returns by how much s changes the totals that old served of the same
// period. Only periods that have ended and are asked for again have restatements; a
// total that was not served before is not changed. Infinite totals are omitted.
func (t *target) restated(s, old *Snapshot) []labelled {
	if t.window.Current || t.window.Period.Calendar == "" {
		return nil
	}
	before := map[string]float64{}
	if old != nil && old.Window.Start.Equal(s.Window.Start) && old.Window.End.Equal(s.Window.End) {
		for _, total := range totals(old) {
			before[total.label] = total.value
		}
	}
	changes := totals(s)
	for i, total := range changes {
		was, known := before[total.label]
		if !known {
			was = total.value
		}
		changes[i].value = total.value - was
	}
	return slices.DeleteFunc(changes, func(change labelled) bool {
		return math.IsInf(change.value, 0) || math.IsNaN(change.value)
	})
}

// storedRestated encodes the restatements by column, because metric names may change
// with the configuration.
func (s *Snapshot) storedRestated() string {
	columns := s.valueColumns()
	changes := map[string]float64{}
	for _, change := range s.restated {
		if column, ok := columns[change.label]; ok {
			changes[column] = change.value
		}
	}
	if len(changes) == 0 {
		return ""
	}
	text, err := json.Marshal(changes)
	if err != nil {
		return "" // as for a report that was polled once
	}
	return string(text)
}

// restoreRestated decodes what storedRestated returned. A column that was not summed
// then has no restatement.
func (s *Snapshot) restoreRestated(stored string) {
	var changes map[string]float64
	if stored == "" || json.Unmarshal([]byte(stored), &changes) != nil {
		return
	}
	columns := s.valueColumns()
	for _, total := range totals(s) {
		if change, ok := changes[columns[total.label]]; ok {
			s.restated = append(s.restated, labelled{total.label, change})
		}
	}
}

// valueColumns returns the column of each metric.
func (s *Snapshot) valueColumns() map[string]string {
	columns := map[string]string{}
	for _, c := range s.Report.Mapping.Columns {
		if c.Role == report.RoleValue {
			columns[c.Metric] = c.Name
		}
	}
	return columns
}
