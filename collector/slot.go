package collector

import (
	"context"
	"fmt"
	"io"
	"time"
)

// stall is how long a read may wait for bytes before it gives its slot to another
// report.
const stall = 100 * time.Millisecond

// acquire takes a place in ch, or gives up with the context.
func acquire(ctx context.Context, ch chan struct{}) error {
	select {
	case ch <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait until one of the reports under way (concurrency %d) has been read: %w", cap(ch), context.Cause(ctx))
	}
}

// slotReader reads a report while it holds one of slots, and lets go of it while
// it has to wait for bytes: a slow upstream of one project then does not keep
// those of others from being read. The slot is held when Read returns, and is the
// caller's to release in the end.
type slotReader struct {
	ctx   context.Context
	src   io.Reader
	slots chan struct{}
	held  bool
}

// Read implements io.Reader.
func (r *slotReader) Read(p []byte) (int, error) {
	if err := r.hold(); err != nil {
		return 0, err
	}
	waiting := time.AfterFunc(stall, func() { <-r.slots })
	n, err := r.src.Read(p)
	if !waiting.Stop() {
		r.held = false
		if heldErr := r.hold(); heldErr != nil && err == nil {
			err = heldErr
		}
	}
	return n, err
}

func (r *slotReader) hold() error {
	if r.held {
		return nil
	}
	if err := acquire(r.ctx, r.slots); err != nil {
		return err
	}
	r.held = true
	return nil
}

// release gives the slot back, if it is held.
func (r *slotReader) release() {
	if r.held {
		r.held = false
		<-r.slots
	}
}
