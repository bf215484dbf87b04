package statsig_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"statsig_exporter/statsig"
	"statsig_exporter/statsig/simulate"
)

// operations finds the operations of the API's OpenAPI document.
func operations(t *testing.T) routers.Router {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("testdata/usage_billing_report.openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil // Any host will do.
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// conforming answers as api does, and holds the request and the answer to the document.
func conforming(t *testing.T, api http.Handler) answers {
	t.Helper()
	router := operations(t)
	hasKey := func(_ context.Context, in *openapi3filter.AuthenticationInput) error {
		if in.RequestValidationInput.Request.Header.Get(in.SecurityScheme.Name) == "" {
			return errors.New("the key is missing")
		}
		return nil
	}
	return func(_ int, r *http.Request) (*http.Response, error) {
		route, params, err := router.FindRoute(r)
		if err != nil {
			return nil, err
		}
		in := &openapi3filter.RequestValidationInput{
			Request: r, PathParams: params, Route: route,
			Options: &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: hasKey},
		}
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			t.Errorf("request %s: %v", r.URL, err)
		}
		answer := httptest.NewRecorder()
		api.ServeHTTP(answer, r)
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: answer.Code, Header: answer.Header(), Options: in.Options}
		if err := openapi3filter.ValidateResponse(r.Context(), out.SetBodyBytes(answer.Body.Bytes())); err != nil {
			t.Errorf("answer to %s: %v", r.URL, err)
		}
		return answer.Result(), nil
	}
}

func TestTheClientAndTheSimulationKeepToTheOpenAPIDocument(t *testing.T) {
	api := simulate.New(simulate.Options{Now: func() time.Time { return april.End }, Since: april.Start.AddDate(0, -1, 0)})
	for name, tc := range map[string]struct {
		key    string
		window statsig.Window
		query  string
		result statsig.Result
		words  string
	}{
		"a report":      {"console-demo", april, "start=1775001600000&end=1775088000000", statsig.Success, ""},
		"no start":      {"console-demo", statsig.Window{End: april.End}, "end=1775088000000", statsig.Success, ""},
		"no data":       {"console-demo", statsig.Window{Start: time.UnixMilli(0), End: time.UnixMilli(1)}, "start=0&end=1", statsig.NoData, "Data is not available"},
		"an unused key": {key, april, "start=1775001600000&end=1775088000000", statsig.Unauthorized, "an invalid key was sent. Key: <secret>"},
	} {
		s := &station{answers: conforming(t, api)}
		p, err := s.client(t).Begin(t.Context(), statsig.NewSecret(tc.key), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Report(tc.window, ignore); tc.result == statsig.Success && err != nil {
			t.Errorf("%s: %v", name, err)
		} else if tc.result != statsig.Success {
			wantError(t, err, tc.result, tc.words)
		}
		p.Close()
		got := s.asked[0]
		if got.URL.RawQuery != tc.query {
			t.Errorf("%s: got query %s", name, got.URL.RawQuery)
		}
		for header, want := range map[string]string{
			"Statsig-Api-Key": tc.key, "Statsig-Api-Version": version, "User-Agent": agent,
			"Accept": "text/csv, application/json;q=0.5", "Accept-Encoding": "gzip",
			"Cookie": "", "Referer": "", "Authorization": "",
		} {
			if got.Header.Get(header) != want {
				t.Errorf("%s: got %s: %q, want %q", name, header, got.Header.Get(header), want)
			}
		}
	}
}
