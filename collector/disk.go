package collector

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"statsig_exporter/collector/store"
)

// Store keeps the last good report of each project and window, as *store.Store
// does on disk. Its methods may hang as long as the disk: nothing waits for them
// longer than diskLimit once something is served. Calls of Save and Remove for one
// key follow each other.
type Store interface {
	Save(meta store.Meta, report io.Reader) error
	Load(key store.Key, read func(store.Meta, io.Reader) error) error
	Remove(key store.Key) error
	Tidy(keep func(store.Key) bool) (stored []store.Meta, problems []store.Problem, err error)
}

// diskLimit is how long a call to the store may hold up what waits for it.
const diskLimit = 5 * time.Second

// errDiskHangs says that the store has not answered in time.
var errDiskHangs = fmt.Errorf("the disk takes more than %s", diskLimit)

// within calls f, and returns its error, or errDiskHangs once that takes too long:
// f goes on then, beside.
func within(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	timer := time.NewTimer(diskLimit)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return errDiskHangs
	}
}

// watch ends its context once a call to the disk takes too long. The calls may
// together take any time.
type watch struct {
	ctx   context.Context // of many calls
	hangs context.CancelCauseFunc
}

func newWatch(ctx context.Context) watch {
	ctx, hangs := context.WithCancelCause(ctx)
	return watch{ctx, hangs}
}

// close ends what is left behind of calls that took too long, once they return.
func (w watch) close() { w.hangs(nil) }

// begin begins a call, which ends with the timer.
func (w watch) begin() *time.Timer {
	return time.AfterFunc(diskLimit, func() { w.hangs(errDiskHangs) })
}

// watched is a reader whose reads are calls to the disk.
type watched struct {
	io.Reader
	disk watch
}

// Read implements io.Reader.
func (r watched) Read(p []byte) (int, error) {
	defer r.disk.begin().Stop()
	return r.Reader.Read(p)
}

// removals are those of stored reports that have not ended. A report that is
// saved under the same key waits for them, lest it be removed.
type removals struct {
	mu   sync.Mutex
	last map[store.Key]chan struct{} // closed by the end of the last that was begun
}

// begin begins a removal of key, which has to wait for the one before; done ends
// it.
func (r *removals) begin(key store.Key) (before <-chan struct{}, done func()) {
	before, ended := r.pending(key), make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[store.Key]chan struct{}{}
	}
	r.last[key] = ended
	return before, func() {
		close(ended)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.last[key] == ended {
			delete(r.last, key)
		}
	}
}

// pending returns what is closed by the end of the removals of key that were
// begun so far.
func (r *removals) pending(key store.Key) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ended := r.last[key]; ended != nil {
		return ended
	}
	none := make(chan struct{})
	close(none)
	return none
}

// removeStored removes the stored report of a target whose loop has ended, beside
// everything else. A failure is counted and logged.
func (c *Collector) removeStored(t *target) {
	if c.options.Store == nil {
		return
	}
	before, done := c.removals.begin(t.storeKey())
	remove := func() error {
		defer done()
		<-before
		t.saving <- struct{}{} // A save that hangs would bring the report back.
		return c.options.Store.Remove(t.storeKey())
	}
	go func() {
		if err := within(remove); err != nil {
			project, window := t.names()
			c.storageFailed("save")
			c.log.Error("Stored report could not be removed", "project", project, "window", window, "err", err)
		}
	}()
}
