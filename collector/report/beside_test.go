//go:build unix

package report

import (
	"syscall"
	"testing"
	"time"
)

// processorTime returns how long processors have worked for the process so far.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkBesideEncodingCSV takes turns, so that whatever else the machine does
// falls on all alike, and reports the time of the processor as a multiple of what
// encoding/csv takes.
func BenchmarkBesideEncodingCSV(b *testing.B) {
	for kind, make := range usage {
		b.Run(kind, func(b *testing.B) {
			all, spent := stages(b, make(1_000_000, 5000)), map[string]time.Duration{}
			for b.Loop() {
				for stage, run := range all {
					before := processorTime(b)
					run()
					spent[stage] += processorTime(b) - before
				}
			}
			for stage, d := range spent {
				b.ReportMetric(float64(d)/float64(spent["csv"]), stage+"/csv")
			}
			b.ReportMetric(float64(spent["csv"].Milliseconds())/float64(b.N), "csv-ms/op")
		})
	}
}
