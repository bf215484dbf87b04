package exposition

import (
	"bytes"
	"fmt"
	"io"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// WriteText writes families in the text format, one after the other in the given
// order.
func WriteText(w io.Writer, families []Family) error {
	v := variant{format: expfmt.TypeTextPlain, escaping: model.NoEscaping}
	var buf bytes.Buffer
	for i := range families {
		first := true
		for part := range families[i].batches {
			buf.Reset()
			if err := v.encode(&buf, part); err != nil {
				return fmt.Errorf("encode %s: %w", families[i].Name, err)
			}
			text := buf.Bytes()
			if !first {
				header, err := v.headerLen(text, part)
				if err != nil {
					return fmt.Errorf("encode %s: %w", families[i].Name, err)
				}
				text = text[header:]
			}
			first = false
			if _, err := w.Write(text); err != nil {
				return err
			}
		}
	}
	return nil
}
