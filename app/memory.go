package app

import (
	"errors"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// gcPercent is the garbage collector's, unless GOGC says otherwise. Half of Go's
	// own: most of what is served is compressed text, which the collector need not
	// look at, so that it is cheap to run; and while a large report is mapped, what it
	// lets grow is the peak.
	gcPercent = 50
	// memoryShare is how much of a container's limit the process tries to keep to,
	// unless GOMEMLIMIT says otherwise. The rest is for what Go does not count.
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
		log.Warn("Memory limit of the container could not be read; GOMEMLIMIT can say it", "err", err)
	}
}
