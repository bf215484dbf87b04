package statsig_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"statsig_exporter/statsig"
)

// other is a server of another origin that notes what credentials reach it.
type other struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newOther(t *testing.T, encrypted bool, h http.HandlerFunc) *other {
	t.Helper()
	o := &other{}
	o.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.seen = append(o.seen, fmt.Sprintf("%s key=%q", r.URL.Path, r.Header.Get("Statsig-Api-Key")))
		o.mu.Unlock()
		for name, values := range r.Header {
			for _, value := range values {
				if strings.Contains(value, key) || name == "Cookie" || name == "Referer" || name == "Authorization" {
					t.Errorf("another origin got %s: %s", name, value)
				}
			}
		}
		h(w, r)
	}))
	o.Config.ErrorLog = discard()
	if encrypted {
		o.StartTLS()
	} else {
		o.Start()
	}
	t.Cleanup(o.Close)
	return o
}

func (o *other) Seen() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.seen, "; ")
}

// tlsAPI is an API over TLS, and a client that trusts every test server.
func tlsAPI(t *testing.T, h http.HandlerFunc) (*httptest.Server, *counted) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = discard()
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, s.URL, func(o *statsig.Options) { o.Transport = s.Client().Transport })
	return s, c
}

func redirectTo(target func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target())
		w.Header().Set("Set-Cookie", "session=1")
		w.WriteHeader(http.StatusFound)
	}
}

func TestAKeyNeverLeavesTheOriginOfBaseURL(t *testing.T) {
	for _, tls := range []bool{false, true} {
		storage := newOther(t, tls, answer(200, "text/csv", csvBody))
		target := func() string { return storage.URL + "/r.csv?sig=abcdef" }
		s := api(t, redirectTo(target))
		c := newClient(t, s.URL, func(o *statsig.Options) { o.OtherTransport = storage.Client().Transport })
		body, err := report(t, c.Client, key)
		if err != nil || body != csvBody {
			t.Errorf("got %q, %v", body, err)
		}
		if storage.Seen() != `/r.csv key=""` || c.Codes() != "302 200" {
			t.Errorf("the storage saw %s; requests %s", storage.Seen(), c.Codes())
		}
	}
}

func TestARefusedRedirectIsAnUpstreamErrorWithoutARequest(t *testing.T) {
	storage := newOther(t, false, answer(200, "text/csv", csvBody))
	host := strings.TrimPrefix(storage.URL, "http://")
	for target, words := range map[string]string{
		storage.URL + "/hidden?sig=hidden":              storage.URL + " is not https",
		"ftp://" + host + "/hidden":                     `scheme "ftp"`,
		"file:///hidden":                                `scheme "file"`,
		"https://user:hidden@" + host + "/hidden":       "user name",
		"https:///hidden":                               "no host",
		"https://h.example/hidden?k=" + key:             "quotes a secret",
		"https://h.example/?k=%63onsole-Ab3dEf6hIj9kLm": "quotes a secret",
		"https://" + key + ".example/":                  "quotes a secret",
		"https://%zz/hidden":                            "cannot be parsed",
		"javascript:hidden":                             "scheme",
		" ":                                             "without a Location",
		"":                                              "without a Location",
	} {
		_, c := tlsAPI(t, redirectTo(func() string { return target }))
		_, err := report(t, c.Client, key)
		wantError(t, err, statsig.UpstreamError, "status 302", words)
		if strings.Contains(err.Error(), "hidden") || c.Codes() != "302" {
			t.Errorf("%s: got %v; requests %s", target, err, c.Codes())
		}
	}
	if storage.Seen() != "" {
		t.Errorf("the storage saw %s", storage.Seen())
	}
}

func TestANetworkErrorOfAnotherOriginNamesNoMoreThanThat(t *testing.T) {
	s := api(t, redirectTo(func() string { return "https://h.example/hidden?sig=hidden" }))
	for name, cause := range map[string]error{
		"url.Error": &url.Error{Op: "Get", URL: "https://h.example/a hid", Err: errors.New("reset")},
		"address":   errors.New("reset https://h.example/hidden?sig=hidden"),
		"path":      errors.New(`malformed HTTP response "GET /hidden"`),
	} {
		c := newClient(t, s.URL, func(o *statsig.Options) {
			o.OtherTransport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, cause })
		})
		_, err := report(t, c.Client, key)
		wantError(t, err, statsig.NetworkError, "https://h.example")
		if strings.Contains(err.Error(), "hid") {
			t.Errorf("%s: got %v", name, err)
		}
		if c.Codes() != "302 error 302 error 302 error 302 error" {
			t.Errorf("%s: got requests %s", name, c.Codes())
		}
	}
}
