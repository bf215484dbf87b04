package collector

import (
	"encoding/json"
	"math"

	"statsig_exporter/collector/report"
)

// storedRestated returns what restoreRestated makes the same of: by how much the
// poll changed the total of each column, by its name, as that of its family may be
// another one under the configuration of then.
func (s *Snapshot) storedRestated() string {
	columns := s.valueColumns()
	changes := map[string]float64{}
	for _, change := range s.restated {
		if column, ok := columns[change.label]; ok && !math.IsNaN(change.value) && !math.IsInf(change.value, 0) {
			changes[column] = change.value
		}
	}
	if len(changes) == 0 {
		return ""
	}
	text, err := json.Marshal(changes)
	if err != nil {
		return "" // as of a report that no poll has changed yet
	}
	return string(text)
}

// restoreRestated brings back what the poll had changed. A column that was not
// summed then has no change.
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

// valueColumns returns the name of the column of each family.
func (s *Snapshot) valueColumns() map[string]string {
	columns := map[string]string{}
	for _, c := range s.Report.Mapping.Columns {
		if c.Role == report.RoleValue {
			columns[c.Metric] = c.Name
		}
	}
	return columns
}
