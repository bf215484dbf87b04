package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestThePageNamesEveryFlagAndNoOther(t *testing.T) {
	page, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	t.Chdir("../..") // the flag --write wants a file that exists
	for _, command := range regexp.MustCompile("(?m)^test/bench/run.*$").FindAllString(string(page), -1) {
		app, _, _ := commandLine()
		if _, err := app.Parse(strings.Fields(command)[1:]); err != nil {
			t.Errorf("%s: %v", command, err)
		}
		named = append(named, command)
	}
	app, _, _ := commandLine()
	for _, flag := range app.Model().Flags {
		if flag.Name != "help" && !flag.Hidden && !strings.Contains(strings.Join(named, "\n"), "--"+flag.Name) {
			t.Errorf("the page does not name --%s", flag.Name)
		}
	}
}

func TestOnlyTheGeneratedPartOfThePageIsReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	for _, old := range []string{"old\n", "", "new\n"} {
		if err := os.WriteFile(file, []byte("before\n"+opening+old+closing+"after\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		err := writeInto(file, "new\n")
		if got, _ := os.ReadFile(file); err != nil || string(got) != "before\n"+opening+"\nnew\n"+closing+"after\n" {
			t.Errorf("%v: %q", err, got)
		}
	}
	if err := os.WriteFile(file, []byte(closing+opening), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeInto(file, "new\n"); err == nil {
		t.Error("a page without a place for it was written")
	}
}

func TestATargetThatIsMissedSaysSo(t *testing.T) {
	var out bytes.Buffer
	targetTable([]target{{"a", 1, 1, " ×"}, {"b", 1200.4, 400, ""}, {"c", 0.00033, 1, ""}}).write(&out)
	want := "### Targets\n\n| what | measured | at most | met |\n| --- | --- | --- | --- |\n" +
		"| a | 1.00 × | 1.00 × | yes |\n| b | 1,200 | 400 | no |\n| c | 0.00033 | 1.00 | yes |\n\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
	if got := showTime(1234*time.Nanosecond) + showTime(12345*time.Microsecond) + showTime(73*time.Second/10); got != "1.23 µs12.3 ms7.30 s" {
		t.Error(got)
	}
}

func TestReportsHaveTheShapeThatThePageNames(t *testing.T) {
	const n = 20_000
	for name, write := range map[string]report{"series": seriesReport(n), "rows": rowsReport(n)} {
		var one, same, other bytes.Buffer
		for to, poll := range map[*bytes.Buffer]int{&one: 1, &same: 1, &other: 2} {
			if err := write(to, poll); err != nil {
				t.Fatal(err)
			}
		}
		if one.String() != same.String() || one.String() == other.String() || strings.Count(one.String(), "\n") != n+1 {
			t.Errorf("%s: a report has other lines, or depends on more, or on less, than its poll", name)
		}
	}
	var rows bytes.Buffer
	if err := rowsReport(n)(&rows, 0); err != nil {
		t.Fatal(err)
	}
	if row, quoted := rows.Len()/n, strings.Count(rows.String(), `"a`); row < 76 || row > 84 || quoted < n*55/1000 || quoted > n*65/1000 {
		t.Errorf("rows of %d bytes, %d rows with a quote", row, quoted)
	}
}

func TestAllWaysComeToTheSameSums(t *testing.T) {
	b := &bench{rows: 20_000, rounds: 1}
	if err := b.compareSums(t.Context()); err != nil || len(b.tables[0].rows) != 3 || len(b.targets) != 4 {
		t.Errorf("%v, %+v", err, b)
	}
	wrong := way{sum: func(source) ([]float64, error) { return []float64{1}, nil }}
	if _, err := wrong.goes(source{}, []float64{2}); err == nil {
		t.Error("other sums are accepted")
	}
}

func TestAGaugeVecServesTheSameSeriesInEveryEncoding(t *testing.T) {
	const n = 300
	server := httptest.NewServer(gaugeVecHandler(n))
	defer server.Close()
	for _, encoding := range []string{gzipped, identity} {
		got, err := fetch(t.Context(), server.URL, encoding)
		if err != nil || got.status != http.StatusOK || got.series != n || got.mallocs == 0 {
			t.Errorf("%s: %v, %+v", encoding, err, got)
		}
		if size, err := scrape(t.Context(), newScraper(), server.URL, encoding); err != nil || size < n {
			t.Errorf("%s: %v, %d bytes", encoding, err, size)
		}
	}
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer plain.Close()
	if _, err := scrape(t.Context(), newScraper(), plain.URL, gzipped); err == nil {
		t.Error("plain text was taken for gzip")
	}
}
