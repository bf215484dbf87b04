package app

import (
	"log/slog"
	"runtime/debug"
	"testing"
)

func TestTheGarbageCollectorIsSetUnlessTheEnvironmentSaysOtherwise(t *testing.T) {
	percent, limit := debug.SetGCPercent(73), debug.SetMemoryLimit(-1)
	defer func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}()
	t.Setenv("GOMEMLIMIT", "1TiB")
	t.Setenv("GOGC", "73")
	limitMemory(slog.New(slog.DiscardHandler))
	if got := debug.SetGCPercent(-1); got != 73 {
		t.Errorf("with GOGC: %d", got)
	}
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("with GOMEMLIMIT: the limit is %d, was %d", got, limit)
	}
	t.Setenv("GOGC", "")
	limitMemory(slog.New(slog.DiscardHandler))
	if got := debug.SetGCPercent(percent); got != gcPercent {
		t.Errorf("without GOGC: %d", got)
	}
}
