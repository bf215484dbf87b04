package exposition

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/prometheus/common/expfmt"
)

// AppendEscaped appends a label value, a quoted name or a HELP text of OpenMetrics to
// text.
func AppendEscaped(text []byte, s string) []byte {
	begin := 0
	for i, c := range []byte(s) {
		if c != '\\' && c != '"' && c != '\n' {
			continue
		}
		if c == '\n' {
			c = 'n'
		}
		text = append(append(text, s[begin:i]...), '\\', c)
		begin = i + 1
	}
	return append(text, s[begin:]...)
}

// appendValue appends the value of a gauge. In OpenMetrics whole numbers have a
// fraction too, which is ".0".
func appendValue(text []byte, v float64, fraction string) []byte {
	begin := len(text)
	text = strconv.AppendFloat(text, v+0, 'g', -1, 64) // -0 + 0 is 0
	if fraction == "" || bytes.ContainsAny(text[begin:], "e.NI") {
		return text
	}
	return append(text, fraction...)
}

// writeText writes the samples of f as text, as expfmt writes gauges but without
// making a message of each, and returns the lines that stand before them.
func (f Family) writeText(w io.Writer, v variant) (header []byte, err error) {
	fraction, help := "", strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(f.Help)
	if v.format == expfmt.TypeOpenMetrics {
		fraction, help = ".0", string(AppendEscaped(nil, f.Help))
	}
	name := v.nameText(f.Name)
	header = []byte("# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n")
	before, last := f.betweenValues(v, name)
	var text []byte
	for values, value := range f.Samples {
		for i, label := range values {
			text = AppendEscaped(append(text, before[i]...), label)
		}
		text = append(appendValue(append(text, last...), value, fraction), '\n')
		if len(text) >= writeSize {
			if _, err := w.Write(text); err != nil {
				return nil, err
			}
			text = text[:0]
		}
	}
	_, err = w.Write(text)
	return header, err
}

// betweenValues returns the text before each label value in a line, and before the
// value of the sample.
func (f Family) betweenValues(v variant, name string) (before []string, last string) {
	next, separator := name, "{"
	if name[0] == '"' { // A quoted name stands in the braces.
		next, separator = "{"+name, ","
	}
	for _, label := range f.LabelNames {
		before = append(before, next+separator+v.nameText(label)+`="`)
		next, separator = `"`, ","
	}
	if separator == "," {
		next += "}"
	}
	return before, next + " "
}
