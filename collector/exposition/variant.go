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

func (g protoFamily) encode(v variant, to io.Writer) (header []byte, err error) {
	mf := model.EscapeMetricFamily(g.MetricFamily, v.escaping)
	bare := &dto.MetricFamily{Name: mf.Name, Help: mf.Help, Type: mf.Type, Unit: mf.Unit}
	metrics := &dto.MetricFamily{Metric: mf.Metric}
	var text bytes.Buffer
	var samples []byte
	switch v.format {
	case expfmt.TypeTextPlain:
		_, err = expfmt.MetricFamilyToText(&text, mf)
		header, samples = cutHeader(text.Bytes())
	case expfmt.TypeOpenMetrics:
		_, err = expfmt.MetricFamilyToOpenMetrics(&text, mf)
		header, samples = cutHeader(text.Bytes())
	case expfmt.TypeProtoDelim:
		if header, err = proto.Marshal(bare); err == nil {
			samples, err = proto.Marshal(metrics)
		}
	case expfmt.TypeProtoText:
		header, samples = []byte(prototext.Format(bare)), []byte(prototext.Format(metrics))
	case expfmt.TypeProtoCompact:
		header, samples = []byte(bare.String()+" "), []byte(metrics.String()+" ")
	default:
		err = fmt.Errorf("no encoding for format type %d", v.format)
	}
	if err == nil {
		_, err = to.Write(samples)
	}
	return header, err
}

// cutHeader cuts text behind the comment lines that it begins with. No sample begins
// with '#': a name that does is quoted, in braces.
func cutHeader(text []byte) (header, samples []byte) {
	n := 0
	for n < len(text) && text[n] == '#' {
		n += bytes.IndexByte(text[n:], '\n') + 1
	}
	return text[:n], text[n:]
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

// nameText returns the name of a metric or label as it stands in a text format.
func (v variant) nameText(name string) string {
	if isLegacy(name) {
		return name
	}
	if name = model.EscapeName(name, v.escaping); isLegacy(name) {
		return name
	}
	return `"` + string(AppendEscaped(nil, name)) + `"`
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
