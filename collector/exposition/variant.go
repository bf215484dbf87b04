package exposition

import (
	"bytes"
	"fmt"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// variantOf returns how a response of the negotiated format is encoded.
func variantOf(f expfmt.Format) variant {
	return variant{format: f.FormatType(), escaping: f.ToEscapingScheme()}
}

// encode appends the family to buf, without what frames it (frameSize,
// frameEnd). In every format that is its header, which says name, help, type
// and unit, followed by the samples, and samples may be continued by those of
// another encoding of the same family.
func (v variant) encode(buf *bytes.Buffer, mf *dto.MetricFamily) error {
	mf = v.escape(mf)
	var err error
	switch v.format {
	case expfmt.TypeTextPlain:
		_, err = expfmt.MetricFamilyToText(buf, mf)
	case expfmt.TypeOpenMetrics:
		_, err = expfmt.MetricFamilyToOpenMetrics(buf, mf)
	case expfmt.TypeProtoDelim:
		var b []byte
		b, err = proto.MarshalOptions{}.MarshalAppend(buf.AvailableBuffer(), mf)
		buf.Write(b)
	case expfmt.TypeProtoText:
		buf.WriteString(prototext.Format(mf))
	case expfmt.TypeProtoCompact:
		buf.WriteString(mf.String())
		buf.WriteByte(' ')
	default:
		err = fmt.Errorf("no encoding for format type %d", v.format)
	}
	return err
}

// headerLen returns how many bytes of encoded, which is mf encoded, are its
// header.
func (v variant) headerLen(encoded []byte, mf *dto.MetricFamily) (int, error) {
	if v.format == expfmt.TypeTextPlain || v.format == expfmt.TypeOpenMetrics {
		n := 0
		// No sample begins with '#': a name that does is quoted, in braces.
		for n < len(encoded) && encoded[n] == '#' {
			n += bytes.IndexByte(encoded[n:], '\n') + 1
		}
		return n, nil
	}
	var header bytes.Buffer
	bare := &dto.MetricFamily{Name: mf.Name, Help: mf.Help, Type: mf.Type}
	err := v.encode(&header, bare)
	return header.Len(), err
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

// end appends what stands after the last family.
func (v variant) end(buf *bytes.Buffer) {
	if v.format == expfmt.TypeOpenMetrics {
		buf.WriteString("# EOF\n")
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
