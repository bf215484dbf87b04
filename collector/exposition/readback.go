package exposition

import (
	"bufio"
	"bytes"
	"errors"
	"iter"
	"strconv"
	"strings"
)

// readBack yields the samples of gauges that have n labels each, from a chunk in
// the text format or OpenMetrics. The slice is reused from one to the next.
func (c *codecs) readBack(text *chunk, n int) iter.Seq2[[]string, float64] {
	return func(yield func([]string, float64) bool) {
		dec := c.inflaters.get()
		defer c.inflaters.put(dec)
		dec.reset(text)
		lines := bufio.NewReaderSize(&dec.text, writeSize)
		values := make([]string, n)
		var long []byte
		for {
			line, err := lines.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				long = append(long, line...)
				continue
			}
			if err != nil {
				return // the text is our own: this is its end
			}
			if len(long) > 0 {
				line = append(long, line...)
				long = long[:0]
			}
			if !yield(values, parseSample(line, values)) {
				return
			}
		}
	}
}

// parseSample reads a line that was written by this package. It sets the label
// values and returns the value.
func parseSample(line []byte, values []string) float64 {
	rest := line
	if rest[0] == '{' { // The metric's name is quoted.
		_, rest = cutQuoted(rest[1:])
	} else {
		rest = rest[bytes.IndexAny(rest, "{ "):]
	}
	for i := range values {
		rest = rest[1:] // The brace or comma.
		if rest[0] == '"' {
			_, rest = cutQuoted(rest)
		} else {
			rest = rest[bytes.IndexByte(rest, '='):]
		}
		var quoted []byte
		quoted, rest = cutQuoted(rest[1:])
		if string(quoted) != values[i] || bytes.IndexByte(quoted, '\\') >= 0 {
			values[i] = unescape(string(quoted))
		}
	}
	number := string(rest[bytes.LastIndexByte(rest, ' ')+1 : len(rest)-1])
	// All that could go wrong is the range, where the nearest value is the right one.
	v, _ := strconv.ParseFloat(number, 64)
	return v
}

// cutQuoted returns what is between the quotes that s begins with, still escaped,
// and what follows them.
func cutQuoted(s []byte) (quoted, rest []byte) {
	end := 1
	for s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	return s[1:end], s[end+1:]
}

// unescape undoes the escaping of label values.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\"`, `"`).Replace(s)
}
