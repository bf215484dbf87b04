package statsigtest_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

func TestAReportIsCompressedOnlyWhenAskedFor(t *testing.T) {
	_, srv := start(t, statsigtest.Options{})
	whole := send(t, ask(t, srv.URL, yesterday, today))
	if whole.Header.Get("Content-Encoding") != "" {
		t.Errorf("got encoding %q without asking", whole.Header.Get("Content-Encoding"))
	}
	for accept, want := range map[string]string{"gzip": "gzip", "deflate, gzip;q=0.5": "gzip", "gzip;q=0": "", "identity": ""} {
		r := ask(t, srv.URL, yesterday, today)
		r.Header.Set("Accept-Encoding", accept)
		resp := send(t, r)
		if encoding := resp.Header.Get("Content-Encoding"); encoding != want {
			t.Errorf("Accept-Encoding %q: got %q, want %q", accept, encoding, want)
			continue
		}
		body := resp.body
		if want == "gzip" {
			body = unpack(t, body)
		}
		if body != whole.body {
			t.Errorf("Accept-Encoding %q: another report than without compression", accept)
		}
	}
}

func unpack(t *testing.T, packed string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if _, err := io.Copy(&whole, r); err != nil {
		t.Fatal(err)
	}
	return whole.String()
}

func TestBothRateLimitsHoldPerKey(t *testing.T) {
	now := newClock(noon)
	_, srv := start(t, statsigtest.Options{Now: now.read, Limits: statsigtest.Limits{Per10s: 2, Per15m: 4}})
	expect := func(key string, status int, retryAfter string) {
		t.Helper()
		r := ask(t, srv.URL, yesterday, today)
		r.Header.Set(statsigtest.KeyHeader, key)
		resp := send(t, r)
		if resp.StatusCode != status || resp.Header.Get("Retry-After") != retryAfter {
			t.Errorf("%s: got %d, Retry-After %q; want %d, %q", key, resp.StatusCode, resp.Header.Get("Retry-After"), status, retryAfter)
		}
	}
	expect("console-demo", 200, "")
	now.advance(time.Minute)
	expect("console-demo", 200, "")
	now.advance(1500 * time.Millisecond)
	expect("console-demo", 200, "")
	expect("console-demo", 429, "9")
	expect("console-mobile", 200, "")
	now.advance(8499 * time.Millisecond)
	expect("console-demo", 429, "1")
	now.advance(time.Millisecond)
	expect("console-demo", 200, "")
	now.advance(time.Minute)
	expect("console-demo", 429, "770")
	now.advance(770 * time.Second)
	expect("console-demo", 200, "")
}

func TestARotatedKeyReplacesTheOldOne(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	sim.Rotate("demo", "console-new")
	r := ask(t, srv.URL, yesterday, today)
	if resp := send(t, r); resp.StatusCode != 401 {
		t.Errorf("the old key: got %s", resp.Status)
	}
	r.Header.Set(statsigtest.KeyHeader, "console-new")
	if resp := send(t, r); resp.StatusCode != 200 {
		t.Errorf("the new key: got %s", resp.Status)
	}
}

func TestTheLogShowsWhatWasAsked(t *testing.T) {
	hooked := make(chan statsigtest.Request, 2)
	sim, srv := start(t, statsigtest.Options{OnRequest: func(r statsigtest.Request) { hooked <- r }})
	r := ask(t, srv.URL, yesterday, today)
	r.Header.Set("User-Agent", "test/1")
	send(t, r)
	r.Header.Set(statsigtest.KeyHeader, "console-wrong")
	send(t, r)
	seen := sim.Requests()
	if len(seen) != 2 || sim.RequestCount() != 2 || len(hooked) != 2 {
		t.Fatalf("got %d requests, count %d, %d hooked; want 2", len(seen), sim.RequestCount(), len(hooked))
	}
	first, second := seen[0], seen[1]
	if first.Status != 200 || first.Project != "demo" || first.Origin != statsigtest.OriginAPI || first.Method != "GET" || !first.Time.Equal(noon) ||
		first.Path != statsigtest.ReportPath || first.Query.Get("end") != "1773187200000" || first.Header.Get("User-Agent") != "test/1" {
		t.Errorf("got %+v", first)
	}
	if second.Status != 401 || second.Project != "" || second.Header.Get(statsigtest.KeyHeader) != "console-wrong" {
		t.Errorf("got %+v", second)
	}
}

func TestTheLogIsBounded(t *testing.T) {
	sim := statsigtest.New(statsigtest.Options{Now: at(noon)})
	for range 10_050 {
		r, _ := http.NewRequest(http.MethodGet, "/", nil)
		sim.ServeHTTP(discard{http.Header{}}, r)
	}
	if len(sim.Requests()) != 10_000 || sim.RequestCount() != 10_050 {
		t.Errorf("got %d of %d requests", len(sim.Requests()), sim.RequestCount())
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
