package statsig_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"statsig_exporter/statsig"
)

// followed is how a client dealt with an answer to its first request.
type followed struct {
	asked []*http.Request // what followed the first request
	body  string
	err   error
}

// follow answers the first request with a body, and every other one with a report.
func follow(t *testing.T, base, contentType, envelope string) followed {
	t.Helper()
	s := &station{answers: first(1, 200, envelope, "Content-Type", contentType)}
	c := s.client(t, func(o *statsig.Options) { o.BaseURL = mustParse(t, base) })
	var f followed
	f.body, f.err = once(t.Context(), c, key)
	f.asked = s.asked[1:]
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
		synctest.Test(t, func(t *testing.T) { envelopes(t, body, ref) })
	})
}

// envelopes answers with a body, and with envelopes of an address.
func envelopes(t *testing.T, body []byte, ref string) {
	t.Helper()
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
}

// quotesKey reports whether s has 12 characters of the key or more.
func quotesKey(s string) bool {
	for from := 0; from+12 <= len(key); from++ {
		if strings.Contains(s, key[from:from+12]) {
			return true
		}
	}
	return false
}

// leadsWhereItSays wants a plain address to be followed, and as it stands there.
func leadsWhereItSays(t *testing.T, base *url.URL, ref string, got followed) {
	t.Helper()
	plain := regexp.MustCompile(`^https://[a-z]{1,20}\.example(:[1-9][0-9]{0,3})?/[a-zA-Z0-9/._-]*(\?[a-z0-9=&]*)?$`)
	if !plain.MatchString(ref) || strings.Contains(ref, "/.") || quotesKey(ref) {
		return
	}
	if len(got.asked) != 1 || got.asked[0].URL.String() != ref || got.err != nil || got.body != csvBody {
		t.Fatalf("%s at %s: asked %v, read %q, %v", ref, base, got.asked, got.body, got.err)
	}
}
