package statsigtest

import (
	"context"
	"net/http"
	"time"
)

// wire is the writer of a body's last bytes: it holds, drips, corrupts and
// cuts them.
type wire struct {
	w     http.ResponseWriter
	ctx   context.Context
	fault Fault

	sent    int64
	held    bool
	reached bool   // The cut.
	tail    []byte // Held back for a cut that counts from the end.
}

// Write sends a part of the body. It returns errCut at the cut, and the
// context's error where the client went away while it waited.
func (b *wire) Write(p []byte) (int, error) {
	cut := b.fault.Cut
	if cut == nil || cut.At >= 0 {
		return len(p), b.send(p)
	}
	b.tail = append(b.tail, p...)
	ready := max(0, int64(len(b.tail))+cut.At)
	err := b.send(b.tail[:ready])
	b.tail = append(b.tail[:0], b.tail[ready:]...)
	return len(p), err
}

// finish ends a body that has been written whole.
func (b *wire) finish() error {
	if h := b.fault.HoldBody; h != nil && !b.held {
		b.held = true
		if !b.hold(h) {
			return b.ctx.Err()
		}
	}
	if b.fault.Cut != nil {
		b.reached = true
		return errCut
	}
	return nil
}

func (b *wire) send(p []byte) error {
	for len(p) > 0 {
		size, err := b.next(int64(len(p)))
		if err != nil {
			return err
		}
		part := p[:size]
		if at := b.fault.CorruptAt - 1 - b.sent; at >= 0 && at < size {
			part = append([]byte(nil), part...)
			part[at] ^= 0xff
		}
		if _, err := b.w.Write(part); err != nil {
			return err
		}
		b.sent += size
		p = p[size:]
		if d := b.fault.Drip; d != nil {
			flush(b.w)
			if !b.pause(d.Every) {
				return b.ctx.Err()
			}
		}
	}
	return nil
}

// next does what is due at the current byte, and says how many of the next
// size bytes may be sent before something else is.
func (b *wire) next(size int64) (int64, error) {
	if h := b.fault.HoldBody; h != nil && !b.held {
		if b.sent < h.At {
			size = min(size, h.At-b.sent)
		} else {
			b.held = true
			if !b.hold(h) {
				return 0, b.ctx.Err()
			}
		}
	}
	if c := b.fault.Cut; c != nil && c.At >= 0 {
		if b.sent >= c.At {
			b.reached = true
			return 0, errCut
		}
		size = min(size, c.At-b.sent)
	}
	if d := b.fault.Drip; d != nil {
		size = min(size, int64(max(1, d.Bytes)))
	}
	return size, nil
}

// hold waits as h says, and reports false where the client went away.
func (b *wire) hold(h *Hold) bool {
	if h != b.fault.HoldHeader {
		flush(b.w)
	}
	if h.Entered != nil {
		h.Entered()
	}
	select {
	case <-h.Until:
	case <-b.fault.cleared:
	case <-b.ctx.Done():
		return false
	}
	return true
}

// pause waits for d, or until the faults are cleared, and reports false where
// the client went away.
func (b *wire) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-b.fault.cleared:
	case <-b.ctx.Done():
		return false
	}
	return true
}
