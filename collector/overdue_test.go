package collector_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// stuck is a transport that does not return, whatever its request's context says,
// until it is released. Later requests pass.
type stuck struct {
	http.RoundTripper
	release chan struct{}
	entered chan struct{} // holds one token for the request that sticks
}

func newStuck(next http.RoundTripper) *stuck {
	s := &stuck{RoundTripper: next, release: make(chan struct{}), entered: make(chan struct{}, 1)}
	s.entered <- struct{}{}
	return s
}

func (s *stuck) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-s.entered:
		<-s.release
		return nil, r.Context().Err()
	default:
	}
	return s.RoundTripper.RoundTrip(r)
}

func TestAReloadDoesNotWaitForATransportThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, single)
		s := newStuck(w.options.Transport)
		defer close(s.release)
		w.options.Transport = s
		w.renew(nil)
		w.start()
		defer w.stop()
		pass(time.Second)
		begun := time.Now()
		w.reload("global: {poll_interval: 2h}\n" + single)
		if took := time.Since(begun); took > time.Second {
			t.Errorf("the reload took %s", took)
		}
		pass(10 * time.Second)
		w.scrape("").want(t, page{polls("a", "success"): 1})
	})
}
