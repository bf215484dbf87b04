package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// rowsOf reads all rows, and reports whether an error came after them.
func rowsOf(src io.Reader, comma byte) (rows [][]string, failed bool) {
	r := newRowReader(src, comma, '\n')
	for {
		row, err := r.next()
		if err != nil {
			return rows, !errors.Is(err, io.EOF)
		}
		var fields []string
		for _, field := range row {
			fields = append(fields, string(field))
		}
		rows = append(rows, fields)
	}
}

// csvRowsOf does the same with encoding/csv.
func csvRowsOf(text []byte, comma byte) (rows [][]string, failed bool) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord = rune(comma), -1
	for {
		row, err := r.Read()
		if err != nil {
			return rows, !errors.Is(err, io.EOF)
		}
		for i := range row {
			row[i] = string(UTF8(unguard([]byte(row[i]))))
		}
		rows = append(rows, row)
	}
}

// sameRows compares with encoding/csv up to its first error: it is stricter, and
// takes one carriage return alone for the end of a line.
func sameRows(t fatal, text []byte, comma byte) {
	text = regexp.MustCompile("\r+").ReplaceAll(text, []byte("\r"))
	want, wantFailed := csvRowsOf(text, comma)
	sources := map[string]io.Reader{
		"whole":   bytes.NewReader(text),
		"by byte": iotest.OneByteReader(bytes.NewReader(text)),
		"eager":   iotest.DataErrReader(bytes.NewReader(text)),
	}
	for name, src := range sources {
		got, failed := rowsOf(src, comma)
		if wantFailed {
			got, failed = got[:min(len(got), len(want))], true
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || failed != wantFailed {
			t.Fatalf("%q read %s with %q is %q, error %v; encoding/csv has %q, error %v", text, name, comma, got, failed, want, wantFailed)
		}
	}
}

func TestRowsAreThoseOfEncodingCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		comma := rapid.SampledFrom(delimiters).Draw(t, "comma")
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{
			`"`, `""`, ",", ";", "\t", "\n", "\r\n", "\r", "a", "b c", "é", "\x00", "\xff", " ", `"x"`, "|",
			"\xac\xbb\x89\xfc", strings.Repeat("y", 61), // the delimiters with their highest bit set; nearly a block
		})).Draw(t, "pieces")
		sameRows(t, []byte(strings.Join(pieces, "")), comma)
	})
}

func FuzzRowsAreThoseOfEncodingCSV(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"), byte(0))
	f.Add([]byte("\"a;\"\"b\"\"\r\nc\";d\r\n\r\n\"\";\n"), byte(1))
	f.Add([]byte("a\t\"b\n"), byte(2))
	f.Fuzz(func(t *testing.T, text []byte, which byte) {
		sameRows(t, text, delimiters[int(which)%len(delimiters)])
	})
}

func TestALineNumberIsThatOfTheRowsFirstLine(t *testing.T) {
	r := newRowReader(strings.NewReader("a\n\n\"b\nc\"\n\r\nd\n"), ',', '\n')
	var lines []int
	for {
		if _, err := r.next(); err != nil {
			break
		}
		lines = append(lines, r.rowLine)
	}
	if fmt.Sprint(lines) != "[1 3 6]" {
		t.Errorf("lines %v", lines)
	}
}

// endless is a row that never ends.
type endless struct{ quote bool }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
		if !e.quote {
			p[i], e.quote = '"', true
		}
	}
	return len(p), nil
}

func TestARowOverTheLimitIsAnErrorAndNotMoreMemory(t *testing.T) {
	for name, src := range map[string]*endless{"in a quote": {}, "without one": {quote: true}} {
		r := newRowReader(src, ',', '\n')
		_, err := r.next()
		if err == nil || !strings.Contains(err.Error(), "line 1: the row is longer than 16 MiB") {
			t.Errorf("%s: %v", name, err)
		}
		if r.room() > maxRowBytes {
			t.Errorf("%s: the buffer grew to %d bytes", name, len(r.buf))
		}
	}
}

func TestARowJustUnderTheLimitIsRead(t *testing.T) {
	long := strings.Repeat("x", maxRowBytes-1)
	rows, failed := rowsOf(strings.NewReader("a\n"+long+"\nb\n"), ',')
	if failed || len(rows) != 3 || rows[1][0] != long || rows[2][0] != "b" {
		t.Errorf("%d rows, error %v", len(rows), failed)
	}
}

func TestAReaderThatGivesNothingIsAnError(t *testing.T) {
	_, err := newRowReader(stalled{}, ',', '\n').next()
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v", err)
	}
}

type stalled struct{}

func (stalled) Read([]byte) (int, error) { return 0, nil }

func TestAReportHasNoMoreThan50000Columns(t *testing.T) {
	opts := DefaultOptions()
	opts.Unlisted = UnlistedIgnore
	for columns, want := range map[int]string{50_000: "", 50_001: "line 1: the header has more fields than the 50000 that a report may have"} {
		text := strings.Repeat(strings.Repeat("1,", columns-1)+"1\n", 2)
		if _, err := Read(csvText(text), Request{Options: opts}); errorText(err) != want {
			t.Errorf("%d columns: %v", columns, err)
		}
	}
}
