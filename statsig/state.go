package statsig

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// ID identifies a key without revealing it.
func (s Secret) ID() string {
	sum := sha256.Sum256([]byte("statsig_exporter key " + s.Reveal()))
	return hex.EncodeToString(sum[:16])
}

// KeyState holds what counts against the limits of one key, so that it can outlive a
// process.
type KeyState struct {
	// Free is, for each limit, when nothing that was sent counts any more.
	Free []time.Time `json:"free"`
	Held time.Time   `json:"held,omitzero"` // nothing may be sent before
}

// Changed returns a channel that has a value once the state of a key has changed
// since the last value was taken.
func (l *Limits) Changed() <-chan struct{} { return l.changed }

// States returns the state of every key that was used, by Secret.ID. It includes what
// was restored of keys that have not been used since.
func (l *Limits) States(now time.Time) map[string]KeyState {
	l.mu.Lock()
	defer l.mu.Unlock()
	states := map[string]KeyState{}
	for id, state := range l.earlier {
		if state.limits(now) {
			states[id] = state
		}
	}
	for key, known := range l.byKey {
		states[key.ID()] = known.state(now)
	}
	return states
}

// Restore continues from what States returned in an earlier process. Call it before any
// key is used. It ignores holds beyond maxHold.
func (l *Limits) Restore(states map[string]KeyState, now time.Time, maxHold time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.earlier, l.restored = map[string]KeyState{}, now
	for id, state := range states {
		if state.Held.After(now.Add(maxHold)) {
			state.Held = time.Time{}
		}
		if state.limits(now) {
			l.earlier[id] = state
		}
	}
}

// limits reports whether the state still limits anything.
func (s KeyState) limits(now time.Time) bool {
	return s.Held.After(now) || slices.ContainsFunc(s.Free, now.Before)
}

func (l *limiter) state(now time.Time) KeyState {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := KeyState{Held: l.held}
	for _, r := range l.rates {
		used := float64(r.Burst()) - r.TokensAt(now)
		state.Free = append(state.Free, now.Add(time.Duration(used*float64(every(r)))))
	}
	return state
}

func (l *limiter) restore(state KeyState, now time.Time) {
	l.held = state.Held
	for i, r := range l.rates[:min(len(l.rates), len(state.Free))] {
		left := min(state.Free[i].Sub(now), time.Duration(r.Burst())*every(r))
		if left <= 0 {
			continue
		}
		n := (left + every(r) - 1) / every(r)
		r.AllowN(now.Add(left-n*every(r)), int(n))
	}
}

// every returns the time after which a rate allows one more request.
func every(r *rate.Limiter) time.Duration {
	return time.Duration(float64(time.Second) / float64(r.Limit()))
}
