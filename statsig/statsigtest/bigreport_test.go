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

func TestABigReportHasItsRowsAndSeriesAndFollowsFromItsSeed(t *testing.T) {
	for _, size := range []struct{ rows, series int }{{0, 5}, {3, 5}, {12_345, 1_000}} {
		var report, same, other bytes.Buffer
		for out, seed := range map[*bytes.Buffer]uint64{&report: 7, &same: 7, &other: 8} {
			if err := statsigtest.WriteReport(out, size.rows, size.series, seed); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(report.Bytes(), same.Bytes()) || size.rows > 0 && bytes.Equal(report.Bytes(), other.Bytes()) {
			t.Error("the seed does not decide the report")
		}
		records, err := csv.NewReader(&report).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		distinct, pairs := make(map[string]bool), make(map[string]bool)
		for _, record := range records[1:] {
			distinct[strings.Join(record[1:4], "\x00")] = true
			pairs[strings.Join(record[:4], "\x00")] = true
		}
		if len(pairs) != size.rows || len(distinct) != min(size.rows, size.series) {
			t.Errorf("%+v: got %d rows and %d series", size, len(pairs), len(distinct))
		}
	}
}

func TestABigReportEndsWithItsWritersError(t *testing.T) {
	reader, writer := io.Pipe()
	broken := errors.New("broken")
	reader.CloseWithError(broken)
	if err := statsigtest.WriteReport(writer, 10, 5, 1); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
