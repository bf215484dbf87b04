package statsig_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

// answers is how a station answers the n-th request, from 1.
type answers func(n int, r *http.Request) (*http.Response, error)

// always answers every request alike.
func always(status int, body string, header ...string) answers {
	return func(int, *http.Request) (*http.Response, error) { return response(status, body, header...), nil }
}

// first answers so many requests alike, and then with a report.
func first(n, status int, body string, header ...string) answers {
	return func(i int, _ *http.Request) (*http.Response, error) {
		if i > n {
			return response(200, csvBody), nil
		}
		return response(status, body, header...), nil
	}
}

func response(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: h,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// station is a transport without a socket, so that it works in a bubble of synctest.
// It notes the requests that arrive. Nil answers are reports.
type station struct {
	answers
	mu    sync.Mutex
	asked []*http.Request
	times []time.Time
	codes []string
}

func (s *station) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.asked, s.times = append(s.asked, r), append(s.times, time.Now())
	n := len(s.asked)
	s.mu.Unlock()
	if s.answers == nil {
		return response(200, csvBody), nil
	}
	return s.answers(n, r)
}

// client returns a client that asks the station at https://api.example.
func (s *station) client(t *testing.T, change ...func(*statsig.Options)) *statsig.Client {
	t.Helper()
	o := statsig.Options{
		BaseURL: mustParse(t, "https://api.example"), Version: version, UserAgent: agent, Transport: s,
		MaxReportBytes: 1 << 20, Limits: statsig.NewLimits(statsig.RateLimit{}), Secrets: &statsig.Secrets{}, MaxRetryAfter: time.Hour,
		OnRequest: func(code string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.codes = append(s.codes, code)
		},
	}
	for _, f := range change {
		f(&o)
	}
	return statsig.NewClient(o)
}

// limited makes clients share limits.
func limited(limits *statsig.Limits) func(*statsig.Options) {
	return func(o *statsig.Options) { o.Limits = limits }
}

// rate limits a client by itself.
func rate(per10s, per15m int) func(*statsig.Options) {
	return limited(statsig.NewLimits(statsig.RateLimit{Per10s: per10s, Per15m: per15m}))
}

// wantCodes wants the requests to have been counted by these codes.
func (s *station) wantCodes(t *testing.T, want string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strings.Join(s.codes, " "); got != want {
		t.Errorf("got requests %q, want %q", got, want)
	}
}

// wantTimes wants the requests at these seconds after start, to the millisecond.
func (s *station) wantTimes(t *testing.T, start time.Time, want ...float64) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []float64
	for _, at := range s.times {
		got = append(got, at.Sub(start).Seconds())
	}
	if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 0.001 }) {
		t.Errorf("requests at %v, want %v", got, want)
	}
}

// pass lets time pass, in a bubble at once.
func pass(d time.Duration) { <-time.After(d) }

func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// begin begins a poll that ends with the test.
func begin(t *testing.T, c *statsig.Client, timeout time.Duration) *statsig.Poll {
	t.Helper()
	p, err := c.Begin(t.Context(), statsig.NewSecret(key), timeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// once polls once and returns what was read last.
func once(ctx context.Context, c *statsig.Client, k string) (string, error) {
	p, err := c.Begin(ctx, statsig.NewSecret(k), time.Minute)
	if err != nil {
		return "", err
	}
	defer p.Close()
	var got []byte
	err = p.Report(april, func(b *statsig.Body) (err error) {
		got, err = io.ReadAll(b)
		return err
	})
	return string(got), err
}

// ignore reads nothing of a report.
func ignore(*statsig.Body) error { return nil }

// wantError checks the result and words of an error, and that no error shows the key.
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
	if strings.Contains(err.Error(), key) || strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("error %q shows the key or has more than one line", err)
	}
	return typed
}

// cut is a body that breaks off.
func cut(text string) io.ReadCloser {
	return io.NopCloser(io.MultiReader(strings.NewReader(text), broken{}))
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func ms(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
