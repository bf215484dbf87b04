package statsigtest_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"statsig_exporter/statsig/statsigtest"
)

func TestABigReportHoldsWhatItsTotalsSay(t *testing.T) {
	for _, size := range []struct{ rows, series int }{{0, 5}, {3, 5}, {20_000, 5_000}, {12_345, 1_000}} {
		var report bytes.Buffer
		totals, err := statsigtest.WriteReport(&report, size.rows, size.series, 7)
		if err != nil {
			t.Fatal(err)
		}
		text := report.String()
		billable, total, rows := sums(t, text)
		records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		distinct, pairs := make(map[string]bool), make(map[string]bool)
		for _, record := range records[1:] {
			distinct[strings.Join(record[1:5], "\x00")] = true
			pairs[strings.Join(record[:5], "\x00")] = true
		}
		want := statsigtest.Totals{Rows: int64(size.rows), Series: int64(len(distinct)), Bytes: int64(len(text)), Billable: billable, Total: total}
		if totals != want || rows != size.rows || len(pairs) != size.rows || len(distinct) != min(size.rows, size.series) {
			t.Errorf("%+v: got %+v, want %+v", size, totals, want)
		}
		if size.rows < 1000 {
			continue
		}
		quoted := 100 * strings.Count(text, "\n"+records[1][0]+`,"`) / size.series
		if width := len(text) / size.rows; width < 70 || width > 95 || size.rows == 20_000 && (quoted < 5 || quoted > 7) {
			t.Errorf("%+v: a row has %d bytes, %d %% are quoted", size, width, quoted)
		}
	}
}

func TestABigReportIsTheSameForTheSameSeed(t *testing.T) {
	var one, same, other bytes.Buffer
	for report, seed := range map[*bytes.Buffer]uint64{&one: 1, &same: 1, &other: 2} {
		if _, err := statsigtest.WriteReport(report, 1000, 100, seed); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), same.Bytes()) || bytes.Equal(one.Bytes(), other.Bytes()) {
		t.Error("the seed does not decide the report")
	}
}

func TestABigReportEndsWithItsWritersError(t *testing.T) {
	reader, writer := io.Pipe()
	broken := errors.New("broken")
	reader.CloseWithError(broken)
	if _, err := statsigtest.WriteReport(writer, 10, 5, 1); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := statsigtest.WriteReport(io.Discard, 10, 0, 1); err == nil {
		t.Error("no error for no series")
	}
}

func BenchmarkWriteReport(b *testing.B) {
	for b.Loop() {
		totals, err := statsigtest.WriteReport(io.Discard, 1_000_000, 5_000, 1)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(totals.Bytes)
	}
}
