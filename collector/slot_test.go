package collector

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// gate is a reader each of whose reads waits for a token.
type gate chan struct{}

func (g gate) Read(p []byte) (int, error) {
	if _, open := <-g; !open {
		return 0, io.EOF
	}
	return copy(p, "x"), nil
}

func TestAReadHoldsItsSlotUntilItHasWaitedTooLongForBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, slots := make(gate), make(chan struct{}, 1)
		r := &slotReader{ctx: t.Context(), src: src, slots: slots}
		done := make(chan error)
		read := func() { _, err := r.Read(make([]byte, 1)); done <- err }

		go read()
		<-time.After(stall - 1)
		if len(slots) != 1 {
			t.Error("the slot is free while the report is being read")
		}
		<-time.After(2 * time.Nanosecond)
		synctest.Wait()
		if len(slots) != 0 {
			t.Error("the slot is held although the read has to wait")
		}

		slots <- struct{}{} // another report
		src <- struct{}{}
		synctest.Wait()
		select {
		case err := <-done:
			t.Errorf("the read returned without a slot: %v", err)
		default:
		}
		<-slots
		if err := <-done; err != nil || len(slots) != 1 {
			t.Errorf("read: %v, %d slots held", err, len(slots))
		}
		r.release()
		r.release()
		if len(slots) != 0 {
			t.Error("a released slot is held")
		}
	})
}

func TestAReadThatGetsNoSlotSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		slots := make(chan struct{}, 1)
		slots <- struct{}{}
		_, err := (&slotReader{ctx: ctx, slots: slots}).Read(nil)
		if err == nil || err.Error() != "wait until one of the reports under way (concurrency 1) has been read: context deadline exceeded" {
			t.Errorf("read: %v", err)
		}
	})
}
