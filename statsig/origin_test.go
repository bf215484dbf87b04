package statsig_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"statsig_exporter/statsig"
)

func TestAReportOfAnotherOriginIsFetchedWithoutTheKey(t *testing.T) {
	const stored = "https://storage.example/r.csv?sig=1"
	for name, answer := range map[string]*http.Response{
		"redirect":        response(302, "", "Location", stored, "Set-Cookie", "session=1"),
		"object":          response(200, `{"message":"Report URL generated successfully","data":{"url":"`+stored+`"}}`, "Content-Type", "application/json"),
		"array":           response(200, `{"data":[{"url":"`+stored+`"}]}`, "Content-Type", "application/json; charset=utf-8"),
		"no type":         response(200, ` {"data":{"url":"`+stored+`"}}`),
		"called CSV":      response(200, "\xef\xbb\xbf\n{\"data\":{\"url\":\""+stored+"\"}}", "Content-Type", "text/csv"),
		"problem of JSON": response(200, `{"data":{"url":"`+stored+`"}}`, "Content-Type", "application/vnd.api+json"),
	} {
		storage := &station{}
		s := &station{answers: func(int, *http.Request) (*http.Response, error) { return answer, nil }}
		body, err := once(t.Context(), s.client(t, func(o *statsig.Options) { o.OtherTransport = storage }), key)
		if err != nil || body != csvBody || len(s.asked) != 1 || len(storage.asked) != 1 {
			t.Errorf("%s: got %q, %v", name, body, err)
			continue
		}
		sent := storage.asked[0]
		for _, header := range []string{"Statsig-Api-Key", "Cookie", "Referer", "Authorization"} {
			if sent.Header.Get(header) != "" {
				t.Errorf("%s: the storage got %s", name, header)
			}
		}
		if sent.URL.String() != stored || strings.Contains(fmt.Sprint(sent.Header), key) {
			t.Errorf("%s: the storage got %s with %v", name, sent.URL, sent.Header)
		}
	}
}

func TestARetryBeginsWithANewEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &station{answers: func(n int, _ *http.Request) (*http.Response, error) {
			return []*http.Response{
				response(200, `{"data":{"url":"/file1"}}`), response(503, ""), response(200, `{"data":{"url":"/file2"}}`), response(200, csvBody),
			}[n-1], nil
		}}
		if _, err := once(t.Context(), s.client(t), key); err != nil || s.asked[3].URL.Path != "/file2" {
			t.Errorf("got %v; requests %v", err, s.asked)
		}
	})
}

func TestANetworkErrorOfAnotherOriginNamesNoMoreThanThat(t *testing.T) {
	for name, cause := range map[string]error{
		"url.Error": &url.Error{Op: "Get", URL: "https://h.example/a hid", Err: errors.New("reset")},
		"address":   errors.New("reset https://h.example/hidden?sig=hidden"),
		"path":      errors.New(`malformed HTTP response "GET /hidden"`),
		"canceled":  context.Canceled,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &station{answers: always(302, "", "Location", "https://h.example/hidden?sig=hidden")}
			other := &station{answers: func(int, *http.Request) (*http.Response, error) { return nil, cause }}
			_, err := once(t.Context(), s.client(t, func(o *statsig.Options) { o.OtherTransport = other }), key)
			wantError(t, err, statsig.NetworkError, "https://h.example")
			if strings.Contains(err.Error(), "hid") {
				t.Errorf("%s: got %v", name, err)
			}
			s.wantCodes(t, "302 error 302 error 302 error 302 error")
		})
	}
}

func TestAPathPrefixOfBaseURLIsKeptAndItsUserNameIsNotSent(t *testing.T) {
	const address = "https://u:p@api.example/proxy/?a=b"
	s := &station{answers: first(1, 302, "", "Location", "final")}
	if _, err := once(t.Context(), s.client(t, func(o *statsig.Options) { o.BaseURL = mustParse(t, address) }), key); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"https://api.example/proxy/console/v1/project/usage_billing/report?start=" + ms(april.Start) + "&end=" + ms(april.End),
		"https://api.example/proxy/console/v1/project/usage_billing/final",
	} {
		if got := s.asked[i]; got.URL.String() != want || got.Header.Get("Authorization") != "" || got.Header.Get("Statsig-Api-Key") != key {
			t.Errorf("got %s with %v", got.URL, got.Header)
		}
	}
}
