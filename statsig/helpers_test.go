package statsig_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"statsig_exporter/statsig"
)

// TestMain looks for goroutines that are left over. Requests that hang are meant to
// be left behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("statsig_exporter/statsig.(*exchange).giveUp.func1"))
}

const (
	key     = "console-Ab3dEf6hIj9kLm"
	version = "20240601"
	agent   = "statsig_exporter/test"
	csvBody = "event,count\npurchase,12\nlogin,30\n"
)

// april is a window as good as any.
var april = statsig.Window{
	Start: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
	End:   time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC),
}

// fakeClock passes time only by sleeping.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 4, 2, 1, 0, 0, 0, time.UTC)}
}

func (f *fakeClock) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
	f.slept = append(f.slept, d)
	return ctx.Err()
}

// counted is a client and an account of what it did.
type counted struct {
	*statsig.Client
	clock *fakeClock

	mu    sync.Mutex
	codes []string
}

func (c *counted) Codes() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.codes, " ")
}

// newClient returns a client of the API at base, whose clock is its own.
func newClient(t *testing.T, base string, change ...func(*statsig.Options)) *counted {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := &counted{clock: newFakeClock()}
	o := statsig.Options{
		BaseURL: mustParse(t, base), Version: version, UserAgent: agent,
		Transport: transport, Now: c.clock.Now, Sleep: c.clock.Sleep, Rand: func() float64 { return 0.5 },
		OnRequest: func(code string) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.codes = append(c.codes, code)
		},
	}
	for _, f := range change {
		f(&o)
	}
	c.Client = statsig.NewClient(o)
	return c
}

func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// report polls once and returns what was read last.
func report(t *testing.T, c *statsig.Client, k string) (string, error) {
	t.Helper()
	p, err := c.Begin(t.Context(), statsig.NewSecret(k), time.Minute)
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	defer p.Close()
	var got string
	err = p.Report(april, func(b *statsig.Body) error {
		raw, err := io.ReadAll(b)
		got = string(raw)
		return err
	})
	return got, err
}

// wantError checks the result, the status and words of an error, and that no
// error shows the key.
func wantError(t *testing.T, err error, result statsig.Result, words ...string) *statsig.Error {
	t.Helper()
	var typed *statsig.Error
	if !errors.As(err, &typed) || statsig.ResultOf(err) != result {
		t.Fatalf("got error %v with result %s, want %s", err, statsig.ResultOf(err), result)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("got error %q, want it to say %q", err, word)
		}
	}
	if strings.Contains(err.Error(), key) || strings.ContainsAny(err.Error(), "\n\r\x00") {
		t.Errorf("error %q shows the key or has more than one line", err)
	}
	return typed
}

// serve starts a plain server without any rule.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// answer returns a handler of one constant answer.
func answer(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// roundTrip is a transport without a socket.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// response is an answer for a roundTrip.
func response(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// discard keeps the complaints of a server out of the test's output.
func discard() *log.Logger { return log.New(io.Discard, "", 0) }
