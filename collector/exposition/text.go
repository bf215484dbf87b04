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
