package app

import (
	"errors"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// gcPercent is the garbage collector's target, unless GOGC sets it. It is half of
	// Go's default: collecting is cheap, because most of the heap is compressed text
	// without pointers, and the garbage of a large report that is being mapped decides
	// the peak.
	gcPercent = 50
	// memoryShare is the share of a container's limit that the process tries to stay
	// below, unless GOMEMLIMIT sets it. The rest is for memory that Go does not count.
	memoryShare = 0.9
)

// limitMemory sets how the garbage collector works.
func limitMemory(log *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	_, err := memlimit.Set(memlimit.WithRatio(memoryShare))
	switch {
	case errors.Is(err, memlimit.ErrNoCgroup), errors.Is(err, memlimit.ErrCgroupsNotSupported):
	case err != nil:
		log.Warn("Memory limit of the container could not be read; GOMEMLIMIT can set it", "err", err)
	}
}
