package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
)

func TestAFigureFailsTheShortFormPastThreeTimesItsTarget(t *testing.T) {
	near := []target{{"a", 3, 1, ""}, {"b", 0, 1, ""}}
	if err := missed(near); err != nil {
		t.Error(err)
	}
	for _, far := range []float64{3.01, math.NaN(), math.Inf(1)} {
		if err := missed(append(near, target{"CPU", far, 1, " ×"})); err == nil || !strings.Contains(err.Error(), "\nCPU: ") {
			t.Errorf("%v: %v", far, err)
		}
	}
	if err := missed(nil); err == nil {
		t.Error("nothing was measured")
	}
}

func TestATargetThatIsMissedSaysSo(t *testing.T) {
	var out bytes.Buffer
	targetTable([]target{{"a", 1, 1, " ×"}, {"b", 1200.4, 400, ""}}).write(&out)
	want := "### Targets\n\n| what | measured | at most | met |\n| --- | --- | --- | --- |\n| a | 1.00 × | 1.00 × | yes |\n| b | 1,200 | 400 | no |\n\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}

func TestFiguresHaveThreeDigits(t *testing.T) {
	for got, want := range map[string]string{
		showTime(1234 * time.Nanosecond):   "1.23 µs",
		showTime(123456 * time.Nanosecond): "123 µs",
		showTime(12345 * time.Microsecond): "12.3 ms",
		showTime(73 * time.Second / 10):    "7.30 s",
		showBytes(999):                     "999 B",
		showBytes(3 << 19):                 "1.50 MiB",
		showRatio(1, 3000):                 "0.00033 ×",
		digits(1234567.4):                  "1,234,567",
	} {
		if got != want {
			t.Errorf("%s instead of %s", got, want)
		}
	}
}

func TestTheMedianOfEachFigureIsTakenForItself(t *testing.T) {
	got := medianRound([]round{{cpu: 3, rate: 1, p99: 2, size: 9}, {cpu: 1, rate: 3, p99: 1, size: 7}, {cpu: 2, rate: 2, p99: 3, size: 8}})
	if want := (round{cpu: 2, rate: 2, p99: 2, size: 8}); got != want {
		t.Errorf("%+v", got)
	}
}
