package report

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
)

// rejectFactor times the series limit is how many combinations of label values
// are held to find the largest; a report with more is rejected.
const rejectFactor = 20

// other is the label value of what was folded.
const other = "other"

// limited says which series of a table the series limit leaves.
type limited struct {
	kept            []int32 // series of the table that are served as they are
	folded, dropped int     // combinations that are not
	rest            []cell  // the cells of the folded ones; nil if there is none
}

// limit applies the series limit. labels is how many values each key has, and
// foldBy the metric that ranks.
func (t *table) limit(opts Options, labels, foldBy int) (limited, error) {
	all := make([]int32, len(t.keys))
	for i := range all {
		all[i] = int32(i)
	}
	if len(all) <= opts.SeriesLimit {
		return limited{kept: all}, nil
	}
	if opts.Overflow == OverflowFail {
		return limited{}, fmt.Errorf("the report has %d series, and series_limit is %d", len(all), opts.SeriesLimit)
	}
	if foldBy < 0 {
		return limited{}, fmt.Errorf("fold_by names %q, and no value column of the report has that metric", opts.FoldBy)
	}
	t.rank(all, foldBy)
	if opts.Overflow == OverflowDrop {
		return limited{kept: all[:opts.SeriesLimit], dropped: len(all) - opts.SeriesLimit}, nil
	}
	return t.fold(all, opts.SeriesLimit, labels), nil
}

// rank sorts series by the absolute value of a metric, the largest first, and
// equal ones by label values.
func (t *table) rank(series []int32, foldBy int) {
	sizes := make([]float64, len(t.keys))
	for _, i := range series {
		if c := &t.at(i)[foldBy]; c.n > 0 {
			sizes[i] = math.Abs(c.value(t.metrics[foldBy]))
		}
	}
	slices.SortFunc(series, func(i, j int32) int {
		if c := cmp.Compare(sizes[j], sizes[i]); c != 0 {
			return c
		}
		return compareKeys(t.keys[i], t.keys[j])
	})
}

// fold keeps the largest series and merges the others, and a series whose labels
// all read "other" already, into one.
func (t *table) fold(ranked []int32, limit, labels int) limited {
	real, hasReal := t.rows[otherKey(labels)]
	if hasReal {
		ranked = slices.DeleteFunc(ranked, func(i int32) bool { return i == real })
	}
	l := limited{kept: ranked[:limit-1], folded: len(ranked) - (limit - 1), rest: make([]cell, len(t.metrics))}
	rest := ranked[limit-1:]
	if hasReal {
		rest = append(rest, real)
	}
	for _, i := range rest {
		for m, c := range t.at(i) {
			l.rest[m].merge(t.metrics[m], c)
		}
	}
	return l
}

// otherKey returns the key of labels that all read "other".
func otherKey(labels int) string {
	var key []byte
	for range labels {
		key = appendValue(key, []byte(other))
	}
	return string(key)
}

// maxHeldBytes bounds what the series of a report take before the limit is applied,
// so that the process stays under 256 MiB while it maps and encodes them.
const maxHeldBytes = 144 << 20

// checkSize returns an error for a report with too many combinations, cells or bytes
// of labels. It names the label column with the most values, which is the first to
// ignore.
func (a *aggregator) checkSize() error {
	limit := a.opts.SeriesLimit
	switch {
	case (len(a.table.keys)-1)/rejectFactor >= limit:
		return fmt.Errorf("the report has more than %d combinations of label values (%d times series_limit): %s, or raise series_limit", rejectFactor*limit, rejectFactor, a.largest())
	case a.table.held > maxHeldBytes:
		return fmt.Errorf("the report's series take more than %d MiB, after %d combinations of label values with %d value columns: %s", maxHeldBytes>>20, len(a.table.keys), len(a.values), a.largest())
	}
	return nil
}

// largest names the label column with the most values.
func (a *aggregator) largest() string {
	labels := a.names
	if a.ruler != nil {
		labels = a.ruler.complete(a.table)
	}
	if len(labels) == 0 {
		return "ignore some of the value columns"
	}
	name, most := "", 0
	for _, label := range labels {
		distinct, seed := map[uint64]struct{}{}, maphash.MakeSeed()
		for _, key := range a.table.keys {
			distinct[maphash.String(seed, valueOf(key, labels, label))] = struct{}{}
		}
		if len(distinct) > most {
			name, most = label, len(distinct)
		}
	}
	if i := slices.Index(a.names, name); i >= 0 {
		name = a.labels[i].Name
	}
	return fmt.Sprintf("column %s alone has %d values; give it the role ignore", quote(name), most)
}
