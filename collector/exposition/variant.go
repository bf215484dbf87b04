package exposition

import (
	"bytes"
	"fmt"
	"io"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// variant is a format with a way to escape names. Versions of a format that are
// written alike are one variant.
type variant struct {
	format   expfmt.FormatType
	escaping model.EscapingScheme
}

func isLegacy(name string) bool { return model.LegacyValidation.IsValidMetricName(name) }

func isNotLegacy(name string) bool { return !isLegacy(name) }

// variantOf returns how a response of the negotiated format is encoded.
func variantOf(f expfmt.Format) variant {
	return variant{format: f.FormatType(), escaping: f.ToEscapingScheme()}
}

// encode appends what stands before the samples of the family to header, and the
// samples to samples, without what frames the family (frameSize, frameEnd). In
// every format the samples of another encoding of the same family may follow.
func (v variant) encode(header, samples *bytes.Buffer, mf *dto.MetricFamily) error {
	mf = v.escape(mf)
	bare := &dto.MetricFamily{Name: mf.Name, Help: mf.Help, Type: mf.Type, Unit: mf.Unit}
	metrics := &dto.MetricFamily{Metric: mf.Metric}
	switch v.format {
	case expfmt.TypeTextPlain:
		_, err := expfmt.MetricFamilyToText(samples, mf)
		cutHeader(header, samples)
		return err
	case expfmt.TypeOpenMetrics:
		_, err := expfmt.MetricFamilyToOpenMetrics(samples, mf)
		cutHeader(header, samples)
		return err
	case expfmt.TypeProtoDelim:
		if err := marshal(header, bare); err != nil {
			return err
		}
		return marshal(samples, metrics)
	case expfmt.TypeProtoText:
		header.WriteString(prototext.Format(bare))
		samples.WriteString(prototext.Format(metrics))
	case expfmt.TypeProtoCompact:
		header.WriteString(bare.String() + " ")
		samples.WriteString(metrics.String() + " ")
	default:
		return fmt.Errorf("no encoding for format type %d", v.format)
	}
	return nil
}

// cutHeader moves the comment lines that text begins with to header. No sample
// begins with '#': a name that does is quoted, in braces.
func cutHeader(header, text *bytes.Buffer) {
	n := 0
	for all := text.Bytes(); n < len(all) && all[n] == '#'; {
		n += bytes.IndexByte(all[n:], '\n') + 1
	}
	header.Write(text.Next(n))
}

func marshal(buf *bytes.Buffer, mf *dto.MetricFamily) error {
	b, err := proto.MarshalOptions{}.MarshalAppend(buf.AvailableBuffer(), mf)
	buf.Write(b)
	return err
}

// frameSize appends what stands before a family that is size bytes long.
func (v variant) frameSize(buf *bytes.Buffer, size int) {
	if v.format == expfmt.TypeProtoDelim {
		buf.Write(protowire.AppendVarint(buf.AvailableBuffer(), uint64(size)))
	}
}

// frameEnd appends what stands after a family.
func (v variant) frameEnd(buf *bytes.Buffer) {
	if v.format == expfmt.TypeProtoText || v.format == expfmt.TypeProtoCompact {
		buf.WriteByte('\n')
	}
}

// escape returns mf with its names escaped, without a copy where none needs it.
func (v variant) escape(mf *dto.MetricFamily) *dto.MetricFamily {
	if v.escaping == model.NoEscaping || hasLegacyNames(mf) {
		return mf
	}
	return model.EscapeMetricFamily(mf, v.escaping)
}

func hasLegacyNames(mf *dto.MetricFamily) bool {
	if !isLegacy(mf.GetName()) {
		return false
	}
	for _, m := range mf.Metric {
		for _, l := range m.Label {
			if !isLegacy(l.GetName()) {
				return false
			}
		}
	}
	return true
}

// WriteText writes families in the text format, one after the other in the given
// order.
func WriteText(w io.Writer, families []Family) error {
	v := variant{format: expfmt.TypeTextPlain, escaping: model.NoEscaping}
	var header, samples bytes.Buffer
	for i := range families {
		first := true
		for part := range families[i].batches {
			header.Reset()
			samples.Reset()
			if err := v.encode(&header, &samples, part); err != nil {
				return fmt.Errorf("encode %s: %w", families[i].Name, err)
			}
			if first {
				if _, err := header.WriteTo(w); err != nil {
					return err
				}
			}
			first = false
			if _, err := samples.WriteTo(w); err != nil {
				return err
			}
		}
	}
	return nil
}
