package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// readText reads a report with nothing configured.
func readText(text string) (*Report, error) {
	return Read(csvText(text), Request{Options: DefaultOptions()})
}

// summary writes the series of a report on one line.
func summary(r *Report) string {
	var out []string
	for i, m := range r.Metrics {
		for values, v := range r.Samples(i) {
			out = append(out, fmt.Sprintf("%s%q=%v", strings.TrimPrefix(m.Name, metricPrefix), values, v))
		}
	}
	return strings.Join(out, " ")
}

func asUTF16(text string, big bool) string {
	var b bytes.Buffer
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if big {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

func TestEveryDialectGivesTheSameReport(t *testing.T) {
	const plain = "name,note,cost\na,\"x, \"\"y\"\"\nz\",1.5\né🙂,,2\n"
	const want = `cost["a" "x, \"y\"\nz"]=1.5 cost["é🙂" ""]=2`
	semicolons := strings.NewReplacer("name,note,cost", "name;note;cost", "\",1.5", "\";1,5", "a,\"", "a;\"", "🙂,,", "🙂;;").Replace(plain)
	tabs := strings.NewReplacer("name,note,cost", "name\tnote\tcost", "\",1.5", "\"\t1.5", "a,\"", "a\t\"", "🙂,,", "🙂\t\t").Replace(plain)
	for name, text := range map[string]string{
		"plain":               plain,
		"BOM":                 "\ufeff" + plain,
		"BOM and quotes":      "\ufeff\"name\",\"note\",\"cost\"\n" + strings.TrimPrefix(plain, "name,note,cost\n"),
		"UTF-16LE":            asUTF16(plain, false),
		"UTF-16BE":            asUTF16(plain, true),
		"UTF-16LE with tabs":  asUTF16(tabs, false),
		"UTF-16LE, no mark":   asUTF16(plain, false)[2:],
		"UTF-16BE, no mark":   asUTF16(plain, true)[2:],
		"CR":                  strings.NewReplacer("cost\n", "cost\r", "1.5\n", "1.5\r", ",2\n", ",2\r").Replace(plain),
		"CRLF":                strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolons":          semicolons,
		"tabs":                tabs,
		"pipes":               strings.NewReplacer("name,note,cost", "name|note|cost", "\",1.5", "\"|1.5", "a,\"", "a|\"", "🙂,,", "🙂||").Replace(plain),
		"sep= hint":           "sep=;\r\n" + semicolons,
		"no final newline":    strings.TrimSuffix(plain, "\n"),
		"blank lines":         "\n\r\n" + strings.ReplaceAll(plain, "\"\nz\"", "\"\nz\"") + "\n\n",
		"spaces round header": strings.Replace(plain, "name,note,cost", " name ,note\u00a0, cost", 1),
	} {
		for chunk, wrap := range map[string]func(io.Reader) io.Reader{"whole": same, "by byte": iotest.OneByteReader, "eager": iotest.DataErrReader} {
			r, err := Read(source(func() io.Reader { return wrap(strings.NewReader(text)) }), Request{Options: DefaultOptions()})
			if err != nil {
				t.Errorf("%s, %s: %v", name, chunk, err)
			} else if got := summary(r); got != want || r.Rows != 2 || r.Skipped != (Skipped{}) {
				t.Errorf("%s, %s: %s, %d rows, %+v", name, chunk, got, r.Rows, r.Skipped)
			}
		}
	}
}

func same(r io.Reader) io.Reader { return r }

func TestOddBytesInCellsDoNotStopAReport(t *testing.T) {
	for text, want := range map[string]string{
		"name,cost\na\x00b,1\n":         `cost["a\x00b"]=1`,
		"name,cost\n\xff\xfea,1\n":      `cost["ÿþa"]=1`,
		"name,cost\n\xc3,1\n\x81\x82,2": `cost["\u0081‚"]=2 cost["Ã"]=1`,
		"name,cost\na\rb,1\n":           `cost["a\rb"]=1`,
		"na\xffme,cost\na,1\n":          `cost["a"]=1`,
		"name,cost\n\"a\rb\",\"1\r\"\n": `cost["a\rb"]=1`,
		"name,cost\n a , 1 \n":          `cost[" a "]=1`,
	} {
		r, err := readText(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := summary(r); got != want {
			t.Errorf("%q: %s, and should be %s", text, got, want)
		}
	}
}

func TestValuesNoneOfWhichIsANumberAreRejected(t *testing.T) {
	opts := DefaultOptions()
	opts.Columns = map[string]ColumnOptions{"day": {Role: RoleTime}, "events": {Role: RoleValue}}
	const want = `line 2: the cell of "events" is not a number, nor is any other value`
	if _, err := Read(csvText("day,name,events\nsoon,a,many\n2026-02-01,b,few\n"), Request{Options: opts}); errorText(err) != want {
		t.Errorf("%v, and should be %s", err, want)
	}
}

func TestABodyThatIsNotAWholeReportIsRejected(t *testing.T) {
	for text, want := range map[string]string{
		"name,cost\na,1\nb":             "line 3: the report is cut off: its last line has 1 of 2 fields and no newline",
		"name,cost,team\na,1":           "line 2: the report is cut off: its last line has 2 of 3 fields and no newline",
		"name,cost\na,1\n\"b":           "read report after 1 rows: line 3: a quote is opened and never closed",
		"name,cost\na,1\n\"b,2\nc,3\n":  "read report after 1 rows: line 3: a quote is opened and never closed",
		"name,cost\na,1\n\"b\"c,2,3\n":  "read report after 1 rows: line 3: field 1 goes on after its closing quote",
		"name,cost\na,1\n\"b\nc\"d,2\n": "read report after 1 rows: line 3: field 1 goes on after its closing quote",
		"Internal Server Error":         "the body is not a report: it is one line of one field",
		"Internal Server Error\n":       "the body is not a report: it is one line of one field",
		"name,cost\na\nb\nc\n":          "the header has 2 fields, and 3 of 3 rows have another number",
		"":                              ErrNoRows.Error(),
		"\ufeff":                        ErrNoRows.Error(),
		"\n\r\n\n":                      ErrNoRows.Error(),
		"name,cost":                     ErrNoRows.Error(),
		"name,cost\n":                   ErrNoRows.Error(),
		"sep=;\n":                       ErrNoRows.Error(),
		"sep=;\nname;cost\n\n":          ErrNoRows.Error(),
		asUTF16("name,cost\n", true):    ErrNoRows.Error(),
		asUTF16("name,cost\na,1\n", false) + "\x00\xd8,\x001\x00\n\x00": "read report: the text is UTF-16, and has half a character",
		asUTF16("name,cost\na,1\n", true) + "\xd8\x00":                  "read report: the text is UTF-16, and has half a character",
		asUTF16("name,cost\na,1\n", true) + "\x00":                      "read report: the text is UTF-16, and has half a character",
		"name\n" + strings.Repeat("x", 100):                             "",
	} {
		_, err := readText(text)
		if got := errorText(err); got != want {
			t.Errorf("%.60q: %q, and should be %q", text, got, want)
		}
		if (want == ErrNoRows.Error()) != errors.Is(err, ErrNoRows) {
			t.Errorf("%.60q: %v is ErrNoRows: %v", text, err, errors.Is(err, ErrNoRows))
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestAnErrorOfTheSourceIsPassedOnWhereverItComes(t *testing.T) {
	broken := errors.New("connection reset")
	text := "name,cost\n" + strings.Repeat("a,1\n", 40000)
	for _, n := range []int{0, 1, 3, 8, 10, 100, sniffBytes - 1, sniffBytes, sniffBytes + 1, len(text)} {
		src := source(func() io.Reader { return io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(broken)) })
		if r, err := Read(src, Request{Options: DefaultOptions()}); r != nil || !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

func TestTheDelimiterIsTheOneThatExplainsTheRows(t *testing.T) {
	for text, want := range map[string]byte{
		"a,b\n1,2\n":                          ',',
		"a;b\n1;2\n":                          ';',
		"a\tb\n1\t2\n":                        '\t',
		"a;b,c;d\n1;2,5;3\n":                  ';',
		"Name;Betrag, netto\nx;1,5\n":         ';',
		"a,b;c,d\nx,\"1;2\",y\n":              ',',
		"a,b\n\"x;y\",\"1;2\"\n":              ',',
		"a;b\n\"x,y,z\";1,5\n\"x,y,z\";1,5\n": ';',
		"text\none, two; three\n":             ',',
		"sep=\t\na,b\tc\n1,2\t3\n":            '\t',
		"sep=x\n1\n":                          ',',
	} {
		if got := findLayout([]byte(text)).comma; got != want {
			t.Errorf("%q: %q, and should be %q", text, got, want)
		}
	}
}
