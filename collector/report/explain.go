package report

import (
	"slices"
	"strings"
)

// LabelStat says what one label column does to the number of series. It is
// reckoned before the series limit is applied.
type LabelStat struct {
	Column  string // the column's name
	Values  int    // distinct label values
	Without int    // series there would be without the column
	JSON    bool   // most of the values are JSON objects or arrays
	Text    bool   // most of the values are sentences
}

// Combinations returns how many series there would be without a series limit.
func (r *Report) Combinations() int { return len(r.all.keys) }

// LabelStats returns what the label columns do, in the order of the file. It is
// slow, and there is only something to reckon with if Request.Explain was set.
func (r *Report) LabelStats() []LabelStat {
	var stats []LabelStat
	for _, c := range r.Mapping.Columns {
		if c.Role != RoleLabel || !slices.Contains(r.LabelNames, c.Label) {
			continue // a rule may have dropped it
		}
		distinct := map[string]struct{}{}
		for _, key := range r.all.keys {
			distinct[valueOf(key, r.LabelNames, c.Label)] = struct{}{}
		}
		json, text := 0, 0
		for v := range distinct {
			if n := len(v); n > 1 && (v[0] == '{' && v[n-1] == '}' || v[0] == '[' && v[n-1] == ']') {
				json++
			} else if n > 40 && strings.Count(v, " ") >= 4 {
				text++
			}
		}
		stats = append(stats, LabelStat{
			Column: c.Name, Values: len(distinct), Without: r.SeriesWithout([]string{c.Name}),
			JSON: json*2 > len(distinct), Text: text*2 > len(distinct),
		})
	}
	return stats
}

// SeriesWithout returns how many series there would be without the label columns
// of these names. Request.Explain must have been set.
func (r *Report) SeriesWithout(columns []string) int {
	var without []string
	for _, c := range r.Mapping.Columns {
		if slices.Contains(columns, c.Name) {
			without = append(without, c.Label)
		}
	}
	values := make([]string, len(r.LabelNames))
	left := map[string]struct{}{}
	var key []byte
	for _, k := range r.all.keys {
		splitKey(k, values)
		key = key[:0]
		for i, v := range values {
			if !slices.Contains(without, r.LabelNames[i]) {
				key = appendValue(key, []byte(v))
			}
		}
		left[string(key)] = struct{}{}
	}
	return len(left)
}
