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
	values := make([]string, len(r.LabelNames))
	for _, c := range r.Mapping.Columns {
		if c.Role != RoleLabel {
			continue
		}
		i := slices.Index(r.LabelNames, c.Label)
		if i < 0 {
			continue // a rule has dropped it
		}
		distinct := map[string]struct{}{}
		json, text := 0, 0
		for _, key := range r.all.keys {
			splitKey(key, values)
			v := values[i]
			if _, seen := distinct[v]; seen {
				continue
			}
			distinct[v] = struct{}{}
			if len(v) > 1 && (v[0] == '{' && v[len(v)-1] == '}' || v[0] == '[' && v[len(v)-1] == ']') {
				json++
			} else if len(v) > 40 && strings.Count(v, " ") >= 4 {
				text++
			}
		}
		stats = append(stats, LabelStat{
			Column: c.Name, Values: len(distinct), Without: r.without([]int{i}),
			JSON: json*2 > len(distinct), Text: text*2 > len(distinct),
		})
	}
	return stats
}

// SeriesWithout returns how many series there would be without the label columns
// of these names. Request.Explain must have been set.
func (r *Report) SeriesWithout(columns []string) int {
	var ignored []int
	for _, c := range r.Mapping.Columns {
		if c.Role == RoleLabel && slices.Contains(columns, c.Name) {
			ignored = append(ignored, slices.Index(r.LabelNames, c.Label))
		}
	}
	return r.without(ignored)
}

func (r *Report) without(ignored []int) int {
	values := make([]string, len(r.LabelNames))
	left := map[string]struct{}{}
	var key []byte
	for _, k := range r.all.keys {
		splitKey(k, values)
		key = key[:0]
		for i, v := range values {
			if !slices.Contains(ignored, i) {
				key = appendValue(key, []byte(v))
			}
		}
		left[string(key)] = struct{}{}
	}
	return len(left)
}
