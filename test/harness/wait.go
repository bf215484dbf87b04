// Package harness runs programs for tests: it starts them, keeps what they write, waits for what they do, and ends them.
package harness

import (
	"testing"
	"time"
)

// Wait calls check until it returns nil. After the given time it gives up and returns check's last error.
func Wait(within time.Duration, check func() error) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(within); ; <-ticker.C {
		err := check()
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// Eventually fails the test unless check returns nil within the given time.
func Eventually(t testing.TB, within time.Duration, check func() error) {
	t.Helper()
	if err := Wait(within, check); err != nil {
		t.Fatalf("after %s: %v", within, err)
	}
}
