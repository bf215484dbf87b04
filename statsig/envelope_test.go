package statsig_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"statsig_exporter/statsig"
)

func TestAnEnvelopeLeadsToTheReportWithoutTheKey(t *testing.T) {
	for name, tc := range map[string]struct{ kind, format string }{
		"object":          {"application/json", `{"message":"Report URL generated successfully","data":{"url":"%s"}}`},
		"array":           {"application/json; charset=utf-8", `{"data":[{"url":"%s"}]}`},
		"no type":         {"", ` {"data":{"url":"%s"}}`},
		"called CSV":      {"text/csv", "\xef\xbb\xbf\n{\"data\":{\"url\":\"%s\"}}"},
		"problem of JSON": {"application/vnd.api+json", `{"data":{"url":"%s"}}`},
	} {
		storage := newOther(t, true, answer(200, "binary/octet-stream", csvBody))
		_, c := tlsAPI(t, func(w http.ResponseWriter, r *http.Request) {
			answer(200, tc.kind, fmt.Sprintf(tc.format, storage.URL+"/r.csv?sig=1"))(w, r)
		})
		body, err := report(t, c.Client, key)
		if err != nil || body != csvBody || storage.Seen() != `/r.csv key=""` {
			t.Errorf("%s: got %q, %v; the storage saw %s", name, body, err, storage.Seen())
		}
	}
}

func TestARelativeEnvelopeStaysAtTheAPIWithTheKey(t *testing.T) {
	var got string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/files/r.csv" {
			got = r.Header.Get("Statsig-Api-Key")
			answer(200, "text/csv", csvBody)(w, r)
			return
		}
		answer(200, "application/json", `{"data":{"url":"/files/r.csv"}}`)(w, r)
	})
	if body, err := report(t, newClient(t, s.URL).Client, key); err != nil || body != csvBody || got != key {
		t.Errorf("got %q, %v, key %q", body, err, got)
	}
}

func TestABadEnvelopeIsAnInvalidReport(t *testing.T) {
	for body, words := range map[string]string{
		`{"data":{}}`:        "no data.url",
		`{"data":[]}`:        "no data.url",
		`{"data":{"url":7}}`: "no data.url",
		`{"data":null,"message":"try again, ` + key + `"}`: "its message: try again, <secret>",
		`{"data":[{"url":"/a"},{"url":"/b"}]}`:             "names 2 reports",
		`{"data":{"url":"/a"}} x`:                          "neither a CSV report nor a JSON envelope",
		`{"data":`:                                         "neither a CSV report nor a JSON envelope",
		`[{"url":"/a"}]`:                                   "neither a CSV report nor a JSON envelope",
		`"text"`:                                           "neither a CSV report nor a JSON envelope",
		`{"data":{"url":"http://h.example/hidden"}}`:       "http://h.example is not https",
		`{"data":{"url":"https://u:hidden@h.example/"}}`:   "user name",
		`{"data":{"url":"https://h.example/` + key + `"}}`: "quotes a secret",
		`{"x":"` + strings.Repeat("y", 1<<20) + `"}`:       "larger than 1048576 bytes",
	} {
		_, c := tlsAPI(t, answer(200, "application/json", body))
		_, err := report(t, c.Client, key)
		wantError(t, err, statsig.InvalidReport, words)
		if c.Codes() != "200" || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%.80s: got %v; requests %s", body, err, c.Codes())
		}
	}
}

func TestARetryBeginsWithANewEnvelope(t *testing.T) {
	var s *httptest.Server
	asked := 0
	s = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/file1":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/file2":
			_, _ = io.WriteString(w, csvBody)
		default:
			asked++
			answer(200, "application/json", fmt.Sprintf(`{"data":{"url":"/file%d"}}`, asked))(w, r)
		}
	})
	c := newClient(t, s.URL)
	if _, err := report(t, c.Client, key); err != nil || c.Codes() != "200 503 200 200" {
		t.Errorf("got %v; requests %s", err, c.Codes())
	}
}
