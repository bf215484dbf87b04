package exposition

import (
	"iter"
	"slices"
)

// Family is one metric family's part of a segment: gauges that share their
// label names.
type Family struct {
	// Name is the full metric name.
	Name string
	// Help is the HELP text. It must depend on Name alone: where several
	// segments have a family, the text of the first one is sent.
	Help string
	// LabelNames are the names of all labels, constant ones included, sorted
	// and without repetition.
	LabelNames []string
	// Samples yields the label values, one per label name, and the value of
	// each series, ordered by label values. The slice may be reused after the
	// yield; the strings in it may not change. Label values are valid UTF-8. A
	// family without samples is not sent.
	Samples iter.Seq2[[]string, float64]
}

// With returns the family with more labels, which have the same values in all
// samples. f has none of them.
func (f Family) With(constant map[string]string) Family {
	own := f
	f.LabelNames = slices.Clone(own.LabelNames)
	for name := range constant {
		f.LabelNames = append(f.LabelNames, name)
	}
	slices.Sort(f.LabelNames)
	from := make([]int, len(f.LabelNames)) // of each label, its place in a sample of own; -1 for a constant one
	for i, name := range f.LabelNames {
		from[i] = slices.Index(own.LabelNames, name)
	}
	f.Samples = func(yield func([]string, float64) bool) {
		values := make([]string, len(from))
		for i, name := range f.LabelNames {
			values[i] = constant[name]
		}
		for labels, v := range own.Samples {
			for i, place := range from {
				if place >= 0 {
					values[i] = labels[place]
				}
			}
			if !yield(values, v) {
				return
			}
		}
	}
	return f
}
