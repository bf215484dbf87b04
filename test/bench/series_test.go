package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestALineOfASeriesHas113Bytes(t *testing.T) {
	var text, report bytes.Buffer
	const n = 10_000
	set := newVictoria(n)
	set.WritePrometheus(&text)
	if perLine := text.Len() / n; perLine < 110 || perLine > 116 {
		t.Errorf("%d bytes", perLine)
	}
	if err := writeSeries(&report, n, 0); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(report.String(), "\n"); lines != n+1 {
		t.Errorf("%d lines in the report", lines)
	}
}

func TestReportsAreTheSameInEachRunAndDifferFromPollToPoll(t *testing.T) {
	for name, write := range map[string]func(io.Writer, int, int) error{"series": writeSeries, "rows": writeRows} {
		var one, same, other bytes.Buffer
		for _, err := range []error{write(&one, 100, 1), write(&same, 100, 1), write(&other, 100, 2)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if one.String() != same.String() || one.String() == other.String() {
			t.Errorf("%s: a report depends on more, or on less, than its poll", name)
		}
	}
}

func TestAMillionRowsHaveTheShapeThatTheComparisonNames(t *testing.T) {
	var report bytes.Buffer
	const n = 100_000
	if err := writeRows(&report, n, 0); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(report.String()), "\n")
	quoted, series := 0, map[string]bool{}
	for _, line := range lines[1:] {
		if strings.Contains(line, `"`) {
			quoted++
		}
		cells := strings.SplitN(line, ",", 7) // the comment is a label, too
		series[cells[0]+","+cells[1]+","+cells[6]] = true
	}
	if perRow := report.Len() / n; len(lines) != n+1 || perRow < 76 || perRow > 84 {
		t.Errorf("%d lines of %d bytes", len(lines), perRow)
	}
	if len(series) != rowSeries || quoted < n*55/1000 || quoted > n*65/1000 {
		t.Errorf("%d series, %d rows with a quote", len(series), quoted)
	}
}
