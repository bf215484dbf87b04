package statsig_test

import (
	"encoding/base64"
	"html"
	"net/url"
	"strings"
	"testing"

	"statsig_exporter/statsig"
)

// known knows the secrets of others: a key, and a proxy's password.
func known(o *statsig.Options) {
	o.Secrets.Add(statsig.NewSecret("console-0123456789abcdefghij"), statsig.NewSecret("a-proxy's-password"), statsig.NewSecret("short"), statsig.NewSecret("nine-char"))
}

func inBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestTheMessageOfAnErrorShowsNoSecret(t *testing.T) {
	const special, withheld = `Ab"3<d&E/f+6h`, "(text withheld)" // A key without the usual prefix.
	percent := func(s string) string { return strings.ReplaceAll(s, "4", "%34") }
	entity := func(s string) string { return strings.ReplaceAll(s, "4", "&#52;") }
	const twelve, shown = "23456789abcd", "the key <secret> is wrong"
	for body, want := range map[string]string{
		"the key " + special + " is wrong":                                         shown,
		`{"message":"the key Ab\"3<d&E/f+6h is wrong"}`:                            shown,
		`{"message":"the key \u0041b\u00223<d&E/f+6h is wrong"}`:                   shown,
		"<html><title>the key " + html.EscapeString(special) + " is wrong</title>": shown,
		"the key Ab\u200b\"3<d&E/f+6h is wrong":                                    withheld,
		"the key " + url.QueryEscape(special) + " is wrong":                        withheld,
		"the key " + url.PathEscape(special) + " is wrong":                         withheld,
		"the key %41b%223%3cd&E/f+6h is wrong":                                     withheld,
		`the key \u0041b\"3<d&E/f+6h is wrong`:                                     withheld,
		strings.Repeat(" \n", 4090) + special:                                      "<secret>",
		strings.Repeat("x", 192) + special:                                         strings.Repeat("x", 192) + "<secret>",
		strings.Repeat(" ", 8192-5) + special:                                      "<secret>",
		`{"message":"the key \u0041b\u00223<d&E/f+6h is wr`:                        "",
		"the key " + twelve + " is wrong":                                          withheld,
		"the key " + twelve[1:]:                                                    "the key " + twelve[1:], // Eleven characters.
		"via a-proxy's-password":                                                   withheld,
		"in short":                                                                 "in short", // It would be found by accident.
		"by nine-char":                                                             withheld,
		"console-0123":                                                             "<secret>",
		percent(twelve):                                                            withheld,
		strings.ReplaceAll(percent(twelve), "%", "%25"):                            withheld,
		entity(twelve):                                                             withheld,
		strings.ReplaceAll(entity(twelve), "&", "&amp;"):                           withheld,
		`\u{32}3456789abcd`:                                                        withheld,
		`\x323456789abcd`:                                                          withheld,
		`\U000000323456789abcd`:                                                    withheld,
		`\0623456789abcd`:                                                          withheld,
		"=323456789abcd":                                                           withheld,
		"２３４５６７８９abcd":                                                             withheld,
		"𝟐" + "3456789abcd":                                                        withheld, // A bold 2.
		"②3456789abcd":                                                             withheld,
		strings.Join(strings.Split(twelve, ""), "-"):                               withheld,
		strings.Join(strings.Split(twelve, ""), "%E2%80%8B"):                       withheld,
		inBase64(inBase64("me:" + twelve)):                                         withheld,
		"a=10 of b=20":                                                             "a=10 of b=20",
		`%5cu00323456789abcd`:                                                      withheld,
		"%63onsole-xyz":                                                            withheld,
		"%2563onsole-xyz":                                                          withheld,
		"100%25 of it":                                                             "100%25 of it",
		"100%2525 of it":                                                           "100%2525 of it",
		"100%252525 of it":                                                         withheld, // What that says is not looked for.
		"no Console-xyz_12, secret-abc or http://u:pw@h.example/a?sig=9 for you\r\nsee HTTPS://b.example:8/x#y": "no <secret>, <secret> or http://h.example for you see HTTPS://b.example:8",
	} {
		_, err := once(t.Context(), (&station{answers: always(403, body)}).client(t, known), special)
		if want != "" {
			want = ": " + want
		}
		if wantError(t, err, statsig.Forbidden); err.Error() != "status 403 Forbidden"+want {
			t.Errorf("%.80q: got %q, want %q", body, err, want)
		}
	}
}

func TestTheMessageOfAnErrorIsOneShortLine(t *testing.T) {
	compressed := []string{"Content-Encoding", "gzip"}
	for want, a := range map[string]answers{
		"status 404 Not Found: a\x00b\x1b[31m c\u202e" + strings.Repeat("é", 189) + "…": always(404, "a\x00b\x1b[31m\r\n\t c\u202e"+strings.Repeat("é", 5000)),
		"status 404 Not Found: Bad & gone":                                              always(404, "<!doctype html><html><head><TITLE>\nBad &amp; gone</TITLE><body>secret stuff"),
		"status 404 Not Found":                                                          always(404, "<Error><Code>AccessDenied</Code></Error>"),
		"status 404 Not Found: not yours":                                               always(404, zipped(t, `{"error":{"message":"not yours"}}`), compressed...),
		"status 418 I'm a teapot":                                                       always(418, "not gzip", compressed...),
		"status 499":                                                                    always(499, "not zstd", "Content-Encoding", "zstd"),
	} {
		if _, err := once(t.Context(), (&station{answers: a}).client(t), key); wantError(t, err, statsig.UpstreamError).Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}
