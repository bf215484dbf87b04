// Package harness runs programs for tests: it starts them, keeps what they write, waits for what they do, and ends them.
package harness

import (
	"testing"
	"time"
)

// Wait calls check until it returns nil, more and more seldom. After the given time it gives up and returns check's last error.
func Wait(within time.Duration, check func() error) error {
	timer := time.NewTimer(within)
	defer timer.Stop()
	pause := 5 * time.Millisecond
	for deadline := time.Now().Add(within); ; <-timer.C {
		err := check()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		pause = min(pause*3/2, 200*time.Millisecond)
		timer.Reset(pause)
	}
}

// Eventually fails the test unless check returns nil within the given time.
func Eventually(t testing.TB, within time.Duration, check func() error) {
	t.Helper()
	if err := Wait(within, check); err != nil {
		t.Fatalf("after %s: %v", within, err)
	}
}
