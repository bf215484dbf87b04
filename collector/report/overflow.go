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

// serve makes what the series limit leaves of a table the series of the report, whose
// LabelNames are set. foldBy is the metric that ranks.
func (r *Report) serve(t *table, opts Options, foldBy int) error {
	all, limit := t.all(), opts.SeriesLimit
	switch past := len(all) - limit; {
	case past <= 0:
		r.table = t.only(all)
	case opts.Overflow == OverflowFail:
		return fmt.Errorf("the report has %d series, and series_limit is %d", len(all), limit)
	case foldBy < 0:
		return fmt.Errorf("fold_by names %q, and no value column of the report has that metric", opts.FoldBy)
	case opts.Overflow == OverflowDrop:
		t.rank(all, foldBy)
		r.table, r.Dropped = t.only(all[:limit]), past
	default:
		t.rank(all, foldBy)
		r.table, r.Folded = t.fold(all, limit, len(r.LabelNames))
	}
	r.series = r.table.all()
	slices.SortFunc(r.series, r.table.compare)
	r.Series = len(r.series)
	return nil
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
		return t.compare(i, j)
	})
}

// fold returns a table of the largest series and one into which the others are merged,
// and how many those are. A series whose labels all read "other" is merged too.
func (t *table) fold(ranked []int32, limit, labels int) (kept *table, folded int) {
	key, rest := otherKey(labels), make([]cell, len(t.metrics))
	folded = len(ranked) - (limit - 1)
	if real, is := t.rows[key]; is {
		ranked = append(slices.DeleteFunc(ranked, func(i int32) bool { return i == real }), real)
		folded--
	}
	for _, i := range ranked[limit-1:] {
		for m, c := range t.at(i) {
			rest[m].merge(t.metrics[m], c)
		}
	}
	kept = t.only(ranked[:limit-1])
	kept.append(key, rest)
	return kept, folded
}

// otherKey returns the key of labels that all read "other".
func otherKey(labels int) string {
	var key []byte
	for range labels {
		key = appendValue(key, other)
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
