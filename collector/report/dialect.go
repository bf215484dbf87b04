package report

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffBytes is how much of a report is looked at to find its delimiter.
const sniffBytes = 64 << 10

// decode strips a byte order mark and turns UTF-16 into UTF-8. Without a mark
// the bytes pass as they are: cells that are not UTF-8 are mended one by one,
// where they become label values.
func decode(src io.Reader) (io.Reader, error) {
	head := bufio.NewReaderSize(src, 32<<10)
	mark, err := head.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(mark, []byte{0xEF, 0xBB, 0xBF}):
		_, err = head.Discard(3)
		return head, err
	case bytes.HasPrefix(mark, []byte{0xFF, 0xFE}), bytes.HasPrefix(mark, []byte{0xFE, 0xFF}):
		utf16 := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
		return transform.NewReader(head, utf16.NewDecoder()), nil
	}
	return head, nil
}

// delimiters are those that are known, and of two that explain a report as well,
// the first is taken: headers have commas rather than semicolons or tabs in them.
var delimiters = []byte("\t;,|")

// dialect says how the rows of a report are written.
type dialect struct {
	comma byte
	hint  bool // the first line is a spreadsheet's "sep=…", not the header
}

// sniff finds the delimiter in the beginning of a report.
func sniff(head []byte) (dialect, error) {
	if line, _, _ := bytes.Cut(head, []byte{'\n'}); bytes.HasPrefix(line, []byte("sep=")) {
		sign := bytes.TrimPrefix(bytes.TrimSuffix(line, []byte{'\r'}), []byte("sep="))
		if len(sign) == 1 && bytes.IndexByte(delimiters, sign[0]) >= 0 {
			return dialect{comma: sign[0], hint: true}, nil
		}
	}
	if err := refuse(bytes.TrimLeft(head, " \t\r\n")); err != nil {
		return dialect{}, err
	}
	best, bestScore := byte(','), 0
	for _, comma := range delimiters {
		if score := consistency(head, comma); score > bestScore {
			best, bestScore = comma, score
		}
	}
	return dialect{comma: best}, nil
}

// consistency tells how well comma explains the rows of head: the fields of the
// header, weighted by how many of the rows have as many.
func consistency(head []byte, comma byte) int {
	rows := newRowReader(bytes.NewReader(bytes.Clone(head)), comma)
	header, err := rows.next()
	if err != nil || len(header) < 2 {
		return 0
	}
	width, alike, all := len(header), 1, 1
	for {
		row, err := rows.next()
		if err != nil || !rows.complete {
			break
		}
		all++
		if len(row) == width {
			alike++
		}
	}
	return alike * 1000 / all * min(width, 1000)
}
