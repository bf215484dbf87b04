package statsig_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"statsig_exporter/statsig"
)

// failing answers the first n requests with a status and headers, and then well.
func failing(n, status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if n--; n < 0 {
			answer(200, "text/csv", csvBody)(w, r)
			return
		}
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}
}

func seconds(s ...float64) []time.Duration {
	var out []time.Duration
	for _, v := range s {
		out = append(out, time.Duration(v*float64(time.Second)))
	}
	return out
}

func TestRetriesBackOffExponentiallyWithFullJitter(t *testing.T) {
	for _, rand := range []float64{0, 0.25, 0.999} {
		s := api(t, failing(3, 503))
		c := newClient(t, s.URL, func(o *statsig.Options) { o.Rand = func() float64 { return rand } })
		if _, err := report(t, c.Client, key); err != nil {
			t.Fatal(err)
		}
		if want := seconds(rand, 2*rand, 4*rand); !slices.Equal(c.clock.slept, want) || c.Codes() != "503 503 503 200" {
			t.Errorf("slept %v, want %v; requests %s", c.clock.slept, want, c.Codes())
		}
	}
}

func TestRetryAfterIsHonouredAsFarAsItMakesSense(t *testing.T) {
	date := func(d time.Duration) string {
		return newFakeClock().now.Add(d).Format(http.TimeFormat)
	}
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, " 7 ": 7 * time.Second, date(9 * time.Second): 9 * time.Second,
		"0": 0, "-5": 0, "soon": 0, "1.5": 0, "": 0, "+7": 0, date(-time.Hour): 0,
		"40": 20 * time.Second, "99999999999999999999999": 20 * time.Second,
		"9223372036854775807": 20 * time.Second, date(1000 * time.Hour): 20 * time.Second,
	} {
		for _, status := range []int{429, 503} {
			s := api(t, failing(1, status, "Retry-After", value))
			c := newClient(t, s.URL, func(o *statsig.Options) { o.MaxRetryAfter = 20 * time.Second })
			if _, err := report(t, c.Client, key); err != nil {
				t.Errorf("%q: %v", value, err)
			}
			want := want + time.Second/2 // The jitter comes on top.
			if !slices.Equal(c.clock.slept, []time.Duration{want}) {
				t.Errorf("%d with Retry-After %q: slept %v, want %v", status, value, c.clock.slept, want)
			}
		}
	}
}

func TestARetryAfterPastTheDeadlineEndsThePollAtOnce(t *testing.T) {
	for status, result := range map[int]statsig.Result{429: statsig.RateLimited, 503: statsig.UpstreamError} {
		s := api(t, failing(1, status, "Retry-After", "61"))
		c := newClient(t, s.URL)
		start := c.clock.Now()
		_, err := report(t, c.Client, key)
		got := wantError(t, err, result, fmt.Sprintf("status %d", status), "not to be asked again before 2026-04-02T01:01:01Z")
		if !got.RetryAt.Equal(start.Add(61*time.Second)) || len(c.clock.slept) != 0 {
			t.Errorf("retry at %s after sleeping %v", got.RetryAt, c.clock.slept)
		}
	}
}

func TestTheLastRefusalStillSaysWhenToComeBack(t *testing.T) {
	s := api(t, failing(9, 429, "Retry-After", "2"))
	c := newClient(t, s.URL)
	_, err := report(t, c.Client, key)
	got := wantError(t, err, statsig.RateLimited)
	if c.Codes() != "429 429 429 429" || !got.RetryAt.Equal(c.clock.Now().Add(2*time.Second)) {
		t.Errorf("retry at %s; requests %s", got.RetryAt, c.Codes())
	}
}

func TestABackoffPastTheDeadlineEndsThePollWithItsCause(t *testing.T) {
	s := api(t, failing(9, 502))
	c := newClient(t, s.URL)
	p, err := c.Begin(t.Context(), statsig.NewSecret(key), 1200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	err = p.Report(april, func(*statsig.Body) error { return nil })
	wantError(t, err, statsig.UpstreamError, "status 502")
	if c.Codes() != "502 502" {
		t.Errorf("got requests %s", c.Codes())
	}
}

func TestAReaderStartsAfreshAtARetry(t *testing.T) {
	calls := 0
	s := api(t, func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls < 3 {
			raw("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"+strings.Repeat("a", 5000))(w, r)
			return
		}
		answer(200, "text/csv", csvBody)(w, r)
	})
	c := newClient(t, s.URL)
	p, err := c.Begin(t.Context(), statsig.NewSecret(key), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var sizes []int64
	err = p.Report(april, func(b *statsig.Body) error {
		_, err := io.Copy(io.Discard, b)
		sizes = append(sizes, b.Bytes())
		return err
	})
	if err != nil || !slices.Equal(sizes, []int64{5000, 5000, int64(len(csvBody))}) {
		t.Errorf("got %v and bodies of %d bytes", err, sizes)
	}
}

func TestTransportsThatNameSecretsAreQuotedWithoutThem(t *testing.T) {
	for _, cause := range []string{
		"invalid proxy address \"http://user:hidden@proxy:1/\"",
		"invalid proxy address \"http://user:hidden/x@proxy:1/\"",
		"echo " + key, "echo console-%41hidden", "nothing\x00\r\nmore",
	} {
		c := newClient(t, "http://127.0.0.1:1", func(o *statsig.Options) {
			o.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New(cause) })
		})
		_, err := report(t, c.Client, key)
		if wantError(t, err, statsig.NetworkError); strings.Contains(err.Error(), "hidden") {
			t.Errorf("got %v", err)
		}
	}
	c := newClient(t, "http://127.0.0.1:1", func(o *statsig.Options) {
		o.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, nil })
	})
	_, err := report(t, c.Client, key)
	wantError(t, err, statsig.NetworkError, "no answer")
}
