package statsig_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"statsig_exporter/statsig"
)

func TestTheMessageOfAnErrorShowsNoSecret(t *testing.T) {
	special := `Ab"3<d&E/f+6h` // A key without the usual prefix.
	shown := map[string]bool{
		"raw": true, "json": true, "json escapes": true, "html": true, "zero width": true,
	}
	for name, body := range map[string]string{
		"raw":             "the key " + special + " is wrong",
		"json":            `{"message":"the key Ab\"3<d&E/f+6h is wrong"}`,
		"json escapes":    `{"message":"the key \u0041b\u00223<d&E/f+6h is wrong"}`,
		"url escapes":     "the key " + url.QueryEscape(special) + " is wrong",
		"path escapes":    "the key " + url.PathEscape(special) + " is wrong",
		"odd escapes":     "the key %41b%223%3cd&E/f+6h is wrong",
		"html":            "<html><title>the key " + html.EscapeString(special) + " is wrong</title>",
		"text with json":  `the key \u0041b\"3<d&E/f+6h is wrong`,
		"after spaces":    strings.Repeat(" \n", 4090) + special,
		"past the cut":    strings.Repeat("x", 192) + special,
		"broken json":     `{"message":"the key \u0041b\u00223<d&E/f+6h is wr`,
		"zero width":      "the key Ab\u200b\"3<d&E/f+6h is wrong",
		"at the boundary": strings.Repeat(" ", 8192-5) + special,
	} {
		t.Run(name, func(t *testing.T) {
			s := api(t, answer(403, "text/plain", body))
			_, err := report(t, newClient(t, s.URL).Client, special)
			wantError(t, err, statsig.Forbidden, "status 403 Forbidden")
			if shown[name] {
				wantError(t, err, statsig.Forbidden, "the key <secret> is wrong")
			}
			for _, part := range []string{special, `Ab"3`, `f+6h`, `Ab\"3`, "Ab%223", "%41b", "u0041b", "&#34;3"} {
				if strings.Contains(err.Error(), part) {
					t.Errorf("error %q shows %q", err, part)
				}
			}
		})
	}
}

func TestOtherKeysAndAddressesInAMessageAreHidden(t *testing.T) {
	s := api(t, answer(403, "text/plain",
		"no Console-xyz_12, secret-abc or http://u:pw@h.example/a?sig=9 for you\r\nsee HTTPS://b.example:8/x#y"))
	_, err := report(t, newClient(t, s.URL).Client, key)
	wantError(t, err, statsig.Forbidden,
		"no <secret>, <secret> or http://h.example for you see HTTPS://b.example:8")
}

// known knows the secrets of others: a key, and a proxy's password.
func known(o *statsig.Options) {
	o.Secrets = &statsig.Secrets{}
	o.Secrets.Add(statsig.NewSecret("console-0123456789abcdefghij"), statsig.NewSecret("a-proxy's-password"), statsig.NewSecret("short"))
}

func TestATextThatHoldsAPartOfAnySecretIsWithheld(t *testing.T) {
	percent := func(s string) string { return strings.ReplaceAll(s, "4", "%34") }
	entity := func(s string) string { return strings.ReplaceAll(s, "4", "&#52;") }
	twelve := "23456789abcd"
	for text, shown := range map[string]bool{
		"the key " + twelve + " is wrong": false,
		"the key " + twelve[1:]:           true, // Eleven characters.
		"via a-proxy's-password":          false,
		"in short":                        true, // It would be found by accident.
		"console-0123":                    false,
		percent(twelve):                   false, strings.ReplaceAll(percent(twelve), "%", "%25"): false,
		entity(twelve): false, strings.ReplaceAll(entity(twelve), "&", "&amp;"): false,
		`\u{32}3456789abcd`: false, `\x323456789abcd`: false, `%5cu00323456789abcd`: false,
		"%63onsole-xyz": false, "%2563onsole-xyz": false,
		"100%25 of it": true, "100%2525 of it": true, "100%252525 of it": false, // What that says is not looked for.
	} {
		s := api(t, answer(403, "text/plain", text))
		_, err := report(t, newClient(t, s.URL, known).Client, key)
		want := "status 403 Forbidden: " + text
		if !shown {
			want = "status 403 Forbidden: (text withheld)"
			if text == "console-0123" {
				want = "status 403 Forbidden: <secret>"
			}
		}
		if wantError(t, err, statsig.Forbidden); err.Error() != want {
			t.Errorf("%q: got %q, want %q", text, err, want)
		}
	}
}

func TestTheMessageOfAnErrorIsOneShortLine(t *testing.T) {
	s := api(t, answer(404, "text/plain", "a\x00b\x1b[31m\r\n\t c\u202e"+strings.Repeat("é", 5000)))
	_, err := report(t, newClient(t, s.URL).Client, key)
	wantError(t, err, statsig.UpstreamError, "status 404 Not Found: a b [31m cé")
	if n := utf8.RuneCountInString(err.Error()); n > 260 {
		t.Errorf("the error has %d characters: %s", n, err)
	}
}

func TestAnHTMLErrorPageShowsItsTitleOrNothing(t *testing.T) {
	for body, want := range map[string]string{
		"<!doctype html><html><head><TITLE>\nBad &amp; gone</TITLE><body>secret stuff": "status 502 Bad Gateway: Bad & gone",
		"<html><body>nothing to show":              "status 502 Bad Gateway",
		"<Error><Code>AccessDenied</Code></Error>": "status 502 Bad Gateway",
	} {
		s := api(t, answer(502, "text/html", body))
		_, err := report(t, newClient(t, s.URL).Client, key)
		if wantError(t, err, statsig.UpstreamError); err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}

func TestTheMessageOfACompressedErrorIsRead(t *testing.T) {
	s := api(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(403)
		_, _ = w.Write(zipped(t, `{"error":{"message":"not yours"}}`))
	})
	_, err := report(t, newClient(t, s.URL).Client, key)
	wantError(t, err, statsig.Forbidden, "not yours")
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTheTextOfAnErrorHasNoMoreThan500Characters(t *testing.T) {
	c := newClient(t, "http://127.0.0.1:1", func(o *statsig.Options) {
		o.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New(strings.Repeat("é ", 5000)) })
	})
	_, err := report(t, c.Client, key)
	if n := utf8.RuneCountInString(wantError(t, err, statsig.NetworkError).Error()); n != 501 || !strings.HasSuffix(err.Error(), "…") {
		t.Errorf("the error has %d characters: %v", n, err)
	}
}
