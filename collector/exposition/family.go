package exposition

import (
	"io"
	"iter"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/proto"
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

// WriteText writes families in the text format, one after the other in the given
// order.
func WriteText(w io.Writer, families []Family) error {
	return writeWhole(w, families, variant{expfmt.TypeTextPlain, model.NoEscaping})
}

func (f Family) name() string { return f.Name }

func (Family) kind() dto.MetricType { return dto.MetricType_GAUGE }

// batchSize is the number of series that are encoded as one message. It bounds the
// memory of an encoding whatever the number of series.
const batchSize = 256

func (f Family) encode(v variant, samples io.Writer) (header []byte, err error) {
	if v.format == expfmt.TypeTextPlain || v.format == expfmt.TypeOpenMetrics {
		return f.writeText(samples, v)
	}
	part := &dto.MetricFamily{Name: proto.String(f.Name), Help: proto.String(f.Help), Type: dto.MetricType_GAUGE.Enum()}
	write := func() (err error) {
		header, err = protoFamily{part}.encode(v, samples)
		part.Metric = part.Metric[:0]
		return err
	}
	for values, value := range f.Samples {
		n := len(part.Metric)
		part.Metric = slices.Grow(part.Metric, 1)[:n+1]
		if part.Metric[n] == nil { // and not one of an earlier part, to be written again
			part.Metric[n] = f.newMetric()
		}
		for i, label := range values {
			*part.Metric[n].Label[i].Value = label
		}
		*part.Metric[n].Gauge.Value = value
		if n+1 < batchSize {
			continue
		}
		if err := write(); err != nil {
			return nil, err
		}
	}
	if len(part.Metric) > 0 {
		err = write()
	}
	return header, err
}

// newMetric returns a gauge with the family's label names and room for values.
func (f Family) newMetric() *dto.Metric {
	m := &dto.Metric{Gauge: &dto.Gauge{Value: new(float64)}}
	for i := range f.LabelNames {
		m.Label = append(m.Label, &dto.LabelPair{Name: &f.LabelNames[i], Value: new(string)})
	}
	return m
}
