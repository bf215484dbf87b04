package statsig_test

import (
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"statsig_exporter/statsig"
)

// transportFunc answers requests without a network.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// canned is an answer that came over no network.
func canned(r *http.Request, status int, header http.Header, body string) *http.Response {
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: header, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// followed is what a client made of an answer to its first request.
type followed struct {
	asked []*http.Request // what followed the first request
	body  string
	err   error
}

// follow answers the first request with a body, and every other one with a report.
func follow(t *testing.T, base, contentType, envelope string) followed {
	t.Helper()
	var f followed
	first := true
	c := newClient(t, base, func(o *statsig.Options) {
		o.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			if first {
				first = false
				return canned(r, 200, http.Header{"Content-Type": {contentType}}, envelope), nil
			}
			f.asked = append(f.asked, r)
			return canned(r, 200, http.Header{"Content-Type": {"text/csv"}}, csvBody), nil
		})
	})
	f.body, f.err = report(t, c.Client, key)
	return f
}

// check holds what followed from an envelope of the API at base to what must hold of any.
func (f followed) check(t *testing.T, base *url.URL) {
	t.Helper()
	if len(f.asked) > 1 {
		t.Fatalf("one envelope led to %d requests", len(f.asked))
	}
	if f.err != nil {
		var typed *statsig.Error
		if !errors.As(f.err, &typed) || typed.Result != statsig.InvalidReport && typed.Result != statsig.NetworkError {
			t.Fatalf("the error is %#v", f.err)
		}
		if strings.Contains(f.err.Error(), key) || !utf8.ValidString(f.err.Error()) || strings.ContainsAny(f.err.Error(), "\r\n") {
			t.Fatalf("the error shows the key, or is not one line: %q", f.err)
		}
	}
	for _, r := range f.asked {
		same := strings.EqualFold(r.URL.Scheme, base.Scheme) && strings.EqualFold(r.URL.Host, base.Host)
		switch scheme := strings.ToLower(r.URL.Scheme); {
		case scheme != "https" && scheme != "http", scheme == "http" && base.Scheme == "https":
			t.Fatalf("an envelope of %s led to %s", base, r.URL)
		case r.URL.Hostname() == "" || r.URL.User != nil || r.URL.Fragment != "":
			t.Fatalf("an envelope led to %s", r.URL)
		case strings.Contains(r.URL.String(), key):
			t.Fatalf("the key is in the address %s", r.URL)
		case len(r.Header["Statsig-Api-Key"]) > 0 && !same && !defaultPort(r.URL, base):
			t.Fatalf("the key went to %s", r.URL)
		case r.Method != http.MethodGet:
			t.Fatalf("an envelope led to a %s", r.Method)
		}
	}
}

// defaultPort reports whether u is base with the port of its scheme written out.
func defaultPort(u, base *url.URL) bool {
	return strings.EqualFold(u.Scheme, base.Scheme) && strings.EqualFold(u.Hostname(), base.Hostname()) &&
		(u.Port() == "" || u.Port() == map[string]string{"http": "80", "https": "443"}[base.Scheme])
}

// FuzzEnvelope answers with any body, and with well-formed envelopes of any address.
func FuzzEnvelope(f *testing.F) {
	for _, body := range []string{
		`{"data":{"url":"https://storage.example/r.csv?sig=1"}}`, `{"data":[{"url":"/r.csv"}]}`,
		`{"data":[{"url":"/a"},{"url":"/b"}]}`, `{"message":"no ` + key + `","data":null}`, "\ufeff{}",
		`{"DATA":{"URL":"//other.example/"}}`, `{"data":{"url":"https:\/\/h\u0000"}}`, `[[[[`, `"`, "{", "",
	} {
		f.Add([]byte(body), "/files/r.csv")
	}
	for _, ref := range []string{
		"https://u:p@h.example/", "http://h.example/", "file:///etc/passwd", "gopher://h.example/", "javascript:alert(1)", "//other.example:8443/x#f",
		"https://h.example/" + key, "https://h.example/?k=" + url.QueryEscape(key), "https://h.example/console%2dAb3dEf6hIj9kLm",
		"HTTPS://API.example:443/a/../b", "https://[::1]:1/", "https://[::1%25eth0]/", "https://h.example:99999/", "?x", "#" + key,
		"https:opaque", "https://", " \t/x\n", "https://\u0130.example/", "https://api.example\x00.evil.example/", `https:\\h.example\x`,
	} {
		f.Add([]byte(`{"data":{"url":"/a"}}`), ref)
	}
	f.Fuzz(func(t *testing.T, body []byte, ref string) {
		for _, address := range []string{"https://api.example", "http://127.0.0.1:8080/prefix"} {
			base := mustParse(t, address)
			for _, contentType := range []string{"application/json", "text/csv"} {
				follow(t, address, contentType, string(body)).check(t, base)
			}
			one, err := json.Marshal(map[string]any{"data": map[string]string{"url": ref}})
			if err != nil {
				t.Fatal(err)
			}
			many, err := json.Marshal(map[string]any{"data": []any{map[string]string{"url": ref}}})
			if err != nil {
				t.Fatal(err)
			}
			a, b := follow(t, address, "application/json", string(one)), follow(t, address, "text/csv", string(many))
			a.check(t, base)
			b.check(t, base)
			if len(a.asked) != len(b.asked) || (a.err == nil) != (b.err == nil) {
				t.Fatalf("%q in an object: %v; in an array: %v", ref, a.err, b.err)
			}
			leadsWhereItSays(t, base, ref, a)
		}
	})
}

// leadsWhereItSays wants a plain address to be followed, and as it stands there.
func leadsWhereItSays(t *testing.T, base *url.URL, ref string, got followed) {
	t.Helper()
	plain := regexp.MustCompile(`^https://[a-z]{1,20}\.example(:[1-9][0-9]{0,3})?/[a-zA-Z0-9/._-]*(\?[a-z0-9=&]*)?$`)
	if !plain.MatchString(ref) || strings.Contains(ref, "/.") || strings.Contains(ref, key) {
		return
	}
	if len(got.asked) != 1 || got.asked[0].URL.String() != ref || got.err != nil || got.body != csvBody {
		t.Fatalf("%s at %s: asked %v, read %q, %v", ref, base, got.asked, got.body, got.err)
	}
}

// FuzzRetryAfter answers with any header, and compares what becomes of well-formed ones with a parser of its own.
func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{
		"0", "1", "59", "3600", "3601", "86400", "9223372036", "9223372037", "9223372036854775807", "9223372036854775808", "-1", "+1", "1e3",
		"1.5", "0x10", " 7\t", "７", "007", "1,2", "1;2", "\x00", "soon", "Thu, 02 Apr 2026 01:00:01 GMT", "Thu, 02 Apr 2026 01:59:59 GMT",
		"Thu, 02 Apr 2026 02:00:01 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 32 Apr 2026 01:00:01 GMT",
		"Thursday, 02-Apr-26 01:30:00 GMT", "Thu Apr  2 01:30:00 2026", "Thu, 02 Apr 2026 01:00:60 GMT", "Sat, 29 Feb 2025 00:00:00 GMT",
		"Thu, 02 Apr 2026 01:30:00 +0000", "Thu, 02 Apr 2026 01:30:00.999 GMT",
	} {
		f.Add(value, int64(0), true)
		f.Add(value, int64(1800), false)
	}
	f.Fuzz(func(t *testing.T, value string, offset int64, limited bool) {
		status := map[bool]int{true: http.StatusTooManyRequests, false: http.StatusServiceUnavailable}[limited]
		wait := pauseFor(t, status, value)
		if wait < 0 || wait > retryCap {
			t.Fatalf("Retry-After %q: a wait of %s", value, wait)
		}
		if want, known := simpleRetryAfter(value, newFakeClock().now); known && wait != want {
			t.Fatalf("Retry-After %q: a wait of %s, want %s", value, wait, want)
		}
		// A date in each of the three formats of RFC 9110, within 20 years: one has two digits for the year.
		at := newFakeClock().now.Add(time.Duration(offset%(20*365*86400)) * time.Second)
		want := min(max(at.Sub(newFakeClock().now), 0), retryCap)
		for _, format := range []string{http.TimeFormat, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
			if got := pauseFor(t, status, at.Format(format)); got != want {
				t.Fatalf("Retry-After %q: a wait of %s, want %s", at.Format(format), got, want)
			}
		}
	})
}

// retryCap is the MaxRetryAfter of the clients under FuzzRetryAfter.
const retryCap = time.Hour

// pauseFor returns how long a client pauses after an answer, and checks that a client that may not retry is told the
// same.
func pauseFor(t *testing.T, status int, value string) time.Duration {
	t.Helper()
	refusals := 0
	refusing := func(o *statsig.Options) {
		o.MaxRetryAfter, o.Rand = retryCap, func() float64 { return 0 }
		o.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			if refusals--; refusals < 0 {
				return canned(r, 200, http.Header{"Content-Type": {"text/csv"}}, csvBody), nil
			}
			return canned(r, status, http.Header{"Retry-After": {value}}, ""), nil
		})
	}
	refusals = 1
	c := newClient(t, "https://api.example", refusing)
	poll(t, c, 100*time.Hour, func(err error) {
		if err != nil || len(c.clock.slept) != 1 {
			t.Fatalf("Retry-After %q: %v after pauses of %v", value, err, c.clock.slept)
		}
	})
	wait := c.clock.slept[0]
	refusals = 4
	c = newClient(t, "https://api.example", refusing)
	poll(t, c, 100*time.Hour, func(err error) {
		var typed *statsig.Error
		if !errors.As(err, &typed) || typed.Status != status {
			t.Fatalf("Retry-After %q: %v", value, err)
		}
		now := c.clock.Now()
		if at := typed.RetryAt; !at.IsZero() && (at.Before(now) || at.After(now.Add(retryCap))) {
			t.Fatalf("Retry-After %q: not before %s, and it is %s", value, at, now)
		}
		if len(strings.Fields(c.Codes())) != 4 || slices.Max(c.clock.slept) > retryCap || slices.Min(c.clock.slept) < 0 {
			t.Fatalf("Retry-After %q: pauses of %v", value, c.clock.slept)
		}
	})
	return wait
}

// poll asks for one report and hands the error to check.
func poll(t *testing.T, c *counted, timeout time.Duration, check func(error)) {
	t.Helper()
	p, err := c.Begin(t.Context(), statsig.NewSecret(key), timeout)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	check(p.Report(april, func(b *statsig.Body) error {
		_, err := io.Copy(io.Discard, b)
		return err
	}))
}

var (
	wholeSeconds = regexp.MustCompile(`^[ \t]*([0-9]+)[ \t]*$`)
	fixedDate    = regexp.MustCompile(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) GMT$`)
)

// simpleRetryAfter reads the forms of Retry-After that a server must send, and reports false for all else.
func simpleRetryAfter(value string, now time.Time) (time.Duration, bool) {
	bound := func(seconds *big.Int) time.Duration {
		most := big.NewInt(int64(retryCap / time.Second))
		switch {
		case seconds.Sign() < 0:
			return 0
		case seconds.Cmp(most) > 0:
			return retryCap
		}
		return time.Duration(seconds.Int64()) * time.Second
	}
	if m := wholeSeconds.FindStringSubmatch(value); m != nil {
		n, ok := new(big.Int).SetString(m[1], 10)
		return bound(n), ok
	}
	m := fixedDate.FindStringSubmatch(value)
	if m == nil {
		return 0, false
	}
	number := func(i int) int64 { n, _ := new(big.Int).SetString(m[i], 10); return n.Int64() }
	month := int64(strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", m[2])/3 + 1)
	day, year := number(1), number(3)
	if day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	days := day - 1
	for i := int64(1); i < month; i++ {
		days += daysIn(year, i)
	}
	for y := year; y < 2026; y++ {
		days -= daysOf(y)
	}
	for y := int64(2026); y < year; y++ {
		days += daysOf(y)
	}
	newYear := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	seconds := days*86400 + number(4)*3600 + number(5)*60 + number(6) - int64(now.Sub(newYear)/time.Second)
	return bound(big.NewInt(seconds)), true
}

func daysOf(year int64) int64 {
	if year%4 == 0 && year%100 != 0 || year%400 == 0 {
		return 366
	}
	return 365
}

func daysIn(year, month int64) int64 {
	if month == 2 {
		return daysOf(year) - 337
	}
	return []int64{31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}
