package report

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// Series is a series of one metric.
type Series struct {
	// Labels are the values of Report.LabelNames.
	Labels []string
	Value  float64
}

// Largest returns the n largest series of the first metric by absolute value, the
// largest first. They do not keep the other series in memory.
func (r *Report) Largest(n int) []Series {
	var largest []Series
	for labels, v := range r.Samples(0) {
		at, _ := slices.BinarySearchFunc(largest, v, func(s Series, v float64) int {
			if math.Abs(s.Value) >= math.Abs(v) {
				return -1
			}
			return 1
		})
		if at == n {
			continue
		}
		own := make([]string, len(labels))
		for i, label := range labels {
			own[i] = strings.Clone(label)
		}
		largest = slices.Insert(largest[:min(len(largest), n-1)], at, Series{own, v})
	}
	return largest
}

// LabelStat says what one label column does to the number of series, before the
// series limit is applied. Its counts are exact up to some ten thousand, and
// estimates with an error of about 1 % above.
type LabelStat struct {
	Column  string // the column's name
	Values  int    // distinct label values
	Without int    // series there would be without the column
	JSON    bool   // most of the values are JSON objects or arrays
	Text    bool   // most of the values are sentences
}

// Combinations returns how many series there would be without a series limit;
// 0 unless Request.Explain was set.
func (r *Report) Combinations() int { return len(r.combinations) }

// LabelStats returns what the label columns do, in the order of the file. There is
// only something to reckon with if Request.Explain was set.
func (r *Report) LabelStats() []LabelStat {
	n := len(r.LabelNames)
	values, without := newDistincts(n), newDistincts(n)
	filled, json, text := make([]int, n), make([]int, n), make([]int, n)
	for labels, hashes := range r.hashed {
		var whole uint64
		for _, h := range hashes {
			whole += h
		}
		for i, v := range labels {
			values[i].add(hashes[i])
			without[i].add(whole - hashes[i])
			switch last := len(v) - 1; {
			case last < 0:
				continue
			case v[0] == '{' && v[last] == '}' || v[0] == '[' && v[last] == ']':
				json[i]++
			case last >= 40 && strings.Count(v, " ") >= 4:
				text[i]++
			}
			filled[i]++
		}
	}
	var stats []LabelStat
	for _, c := range r.Mapping.Columns {
		i := slices.Index(r.LabelNames, c.Label)
		if c.Role != RoleLabel || i < 0 {
			continue // a rule may have dropped it
		}
		stats = append(stats, LabelStat{
			Column: c.Name, Values: values[i].count(), Without: without[i].count(),
			JSON: json[i]*2 > filled[i], Text: text[i]*2 > filled[i],
		})
	}
	return stats
}

// SeriesWithout returns how many series there would be without the label columns
// of these names, as exactly as in LabelStat. Request.Explain must have been set.
func (r *Report) SeriesWithout(columns []string) int {
	left := make([]bool, len(r.LabelNames))
	for i, name := range r.LabelNames {
		left[i] = !slices.ContainsFunc(r.Mapping.Columns, func(c Column) bool {
			return c.Label == name && slices.Contains(columns, c.Name)
		})
	}
	series := newDistincts(1)[0]
	for _, hashes := range r.hashed {
		var key uint64
		for i, h := range hashes {
			if left[i] {
				key += h
			}
		}
		series.add(key)
	}
	return series.count()
}

// hashed yields the label values of each combination, and a hash of each value that
// depends on its label too: sums of them identify parts of a combination. The slices
// are reused.
func (r *Report) hashed(yield func(labels []string, hashes []uint64) bool) {
	seed := maphash.MakeSeed()
	labels, hashes := make([]string, len(r.LabelNames)), make([]uint64, len(r.LabelNames))
	for _, key := range r.combinations {
		splitKey(key, labels)
		for i, v := range labels {
			hashes[i] = maphash.String(seed, v) * uint64(2*i+1)
		}
		if !yield(labels, hashes) {
			return
		}
	}
}
