//go:build unix

package config

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestAConnectionThatIsNotMadeInTenSecondsIsGivenUp delays the attempt to connect
// to a port where nothing listens: it is refused only as long as there is time.
func TestAConnectionThatIsNotMadeInTenSecondsIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	for delay, inTime := range map[time.Duration]bool{9 * time.Second: true, 11 * time.Second: false} {
		synctest.Test(t, func(t *testing.T) {
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				ConnectStart: func(string, string) { <-time.After(delay) },
			})
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := transport(t, `{http_client: {proxy_from_environment: false}}`).RoundTrip(request)
			if err == nil {
				response.Body.Close()
			}
			var failed net.Error
			if timeout := errors.As(err, &failed) && failed.Timeout(); timeout == inTime || errors.Is(err, syscall.ECONNREFUSED) != inTime {
				t.Errorf("after %s: %v", delay, err)
			}
		})
	}
}

func TestATLSHandshakeThatTakesTenSecondsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		bounded := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return near, nil }}
		bound(bounded, false)
		go func() { _, _ = far.Read(make([]byte, 1<<16)) }() // the client's hello, which is not answered
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		response, err := bounded.RoundTrip(request)
		if err == nil {
			response.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "handshake timeout") || time.Since(begun) != 10*time.Second {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
	})
}
