package statsig_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig"
)

func TestRetriesBackOffExponentiallyWithFullJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const polls = 100
		var pauses [3]time.Duration // all together
		for range polls {
			s := &station{answers: first(3, 503, "")}
			if _, err := once(t.Context(), s.client(t), key); err != nil {
				t.Fatal(err)
			}
			s.wantCodes(t, "503 503 503 200")
			for i := range pauses {
				pause := s.times[i+1].Sub(s.times[i])
				if pauses[i] += pause; pause >= time.Second<<i {
					t.Errorf("pause %d took %s", i, pause)
				}
			}
		}
		for i, all := range pauses {
			if mean := all / polls; mean < time.Second<<i*3/10 || mean > time.Second<<i*7/10 {
				t.Errorf("pause %d takes %s in the mean", i, mean)
			}
		}
	})
}

func TestRetryAfterIsHonouredAsFarAsItMakesSense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		date := func(d time.Duration) string { return now.Add(d).UTC().Format(http.TimeFormat) }
		for value, want := range map[string]time.Duration{
			"7": 7 * time.Second, " 7 ": 7 * time.Second, "0": 0, "-5": 0, "soon": 0, "1.5": 0, "": 0, "+7": 0, date(-time.Hour): 0,
			"40": 20 * time.Second, "99999999999999999999999": 20 * time.Second,
			"9223372036854775807": 20 * time.Second, date(1000 * time.Hour): 20 * time.Second,
		} {
			for _, status := range []int{429, 503} {
				s := &station{answers: first(1, status, "", "Retry-After", value)}
				_, err := once(t.Context(), s.client(t, func(o *statsig.Options) { o.MaxRetryAfter = 20 * time.Second }), key)
				if err != nil {
					t.Fatalf("%q: %v", value, err)
				}
				// The jitter comes on top.
				if pause := s.times[1].Sub(s.times[0]); pause < want || pause >= want+time.Second {
					t.Errorf("%d with Retry-After %q: paused for %s, want %s", status, value, pause, want)
				}
			}
		}
		s := &station{answers: func(n int, _ *http.Request) (*http.Response, error) {
			return first(1, 429, "", "Retry-After", time.Now().Add(9*time.Second).UTC().Format(http.TimeFormat))(n, nil)
		}}
		if _, err := once(t.Context(), s.client(t), key); err != nil || s.times[1].Sub(s.times[0]) < 8*time.Second {
			t.Errorf("got %v; requests at %v", err, s.times)
		}
	})
}

func TestARetryAfterPastTheDeadlineEndsThePollAtOnce(t *testing.T) {
	for status, result := range map[int]statsig.Result{429: statsig.RateLimited, 503: statsig.UpstreamError} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			s := &station{answers: always(status, "", "Retry-After", "61")}
			_, err := once(t.Context(), s.client(t), key)
			got := wantError(t, err, result, fmt.Sprintf("status %d", status), "not to be asked again before 2000-01-01T00:01:01Z")
			if !got.RetryAt.Equal(start.Add(61*time.Second)) || time.Since(start) != 0 {
				t.Errorf("retry at %s, known after %s", got.RetryAt, time.Since(start))
			}
		})
	}
}

func TestTheLastRefusalStillSaysWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{answers: always(429, "", "Retry-After", "2")}
		_, err := once(t.Context(), s.client(t), key)
		got := wantError(t, err, statsig.RateLimited)
		if s.wantCodes(t, "429 429 429 429"); !got.RetryAt.Equal(time.Now().Add(2 * time.Second)) {
			t.Errorf("retry at %s", got.RetryAt)
		}
	})
}

func TestABackoffPastTheDeadlineEndsThePollWithItsCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{answers: always(502, "")}
		err := begin(t, s.client(t), time.Nanosecond).Report(april, ignore)
		wantError(t, err, statsig.UpstreamError, "status 502")
		s.wantCodes(t, "502")
	})
}

func TestAReaderStartsAfreshAtARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{answers: func(n int, _ *http.Request) (*http.Response, error) {
			a := response(200, csvBody)
			if n < 3 {
				a.Body = cut(strings.Repeat("a", 5000))
			}
			return a, nil
		}}
		var sizes []int64
		err := begin(t, s.client(t), time.Minute).Report(april, func(b *statsig.Body) error {
			_, err := io.Copy(io.Discard, b)
			sizes = append(sizes, b.Bytes())
			return err
		})
		if err != nil || !slices.Equal(sizes, []int64{5000, 5000, int64(len(csvBody))}) {
			t.Errorf("got %v and bodies of %d bytes", err, sizes)
		}
	})
}

func TestTransportsThatNameSecretsAreQuotedWithoutThem(t *testing.T) {
	for cause, words := range map[string]string{
		"invalid proxy address \"http://user:hidden@proxy:1/\"":   "http://proxy:1",
		"invalid proxy address \"http://user:hidden/x@proxy:1/\"": "http://…",
		"echo " + key:                      "echo <secret>",
		"echo console-%41hidden":           "echo <secret>",
		"nothing\t\r\nmore":                "nothing more",
		"":                                 "no answer",
		"long " + strings.Repeat("é", 600): "…",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &station{answers: func(int, *http.Request) (*http.Response, error) {
				if cause == "" {
					return nil, nil
				}
				return nil, errors.New(cause)
			}}
			_, err := once(t.Context(), s.client(t), key)
			wantError(t, err, statsig.NetworkError, words)
			if text := err.Error(); strings.Contains(text, "hidden") || len([]rune(text)) > 501 {
				t.Errorf("got %v", err)
			}
		})
	}
}
