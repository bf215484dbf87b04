package simulate_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"statsig_exporter/statsig/simulate"
)

func needsKey(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	if in.RequestValidationInput.Request.Header.Get(in.SecurityScheme.Name) == "" {
		return errors.New("no key")
	}
	return nil
}

func router(t *testing.T) routers.Router {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../testdata/usage_billing_report.openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil // The document names the real host.
	made, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestEveryDocumentedAnswerConformsToTheOpenAPIDocument(t *testing.T) {
	routes := router(t)
	_, srv := start(t, simulate.Options{Since: today.AddDate(0, -1, 0)})
	cases := map[string]struct {
		change func(*http.Request)
		status int
		valid  bool // The request, by the document.
	}{
		"a report":           {func(*http.Request) {}, 200, true},
		"no start":           {func(r *http.Request) { r.URL.RawQuery = dropStart(r) }, 200, true},
		"no data":            {func(r *http.Request) { r.URL.RawQuery = "start=0&end=1" }, 400, true},
		"no end":             {func(r *http.Request) { r.URL.RawQuery = "start=0" }, 400, false},
		"an end of 0":        {func(r *http.Request) { r.URL.RawQuery = "end=0" }, 400, false},
		"an end in words":    {func(r *http.Request) { r.URL.RawQuery = "end=now" }, 400, false},
		"a fractional end":   {func(r *http.Request) { r.URL.RawQuery = "end=1.5" }, 400, false},
		"a negative start":   {func(r *http.Request) { r.URL.RawQuery += "&start=-1" }, 400, true},
		"a start before 0":   {func(r *http.Request) { r.URL.RawQuery = "start=-1&end=5" }, 400, false},
		"an empty window":    {func(r *http.Request) { r.URL.RawQuery = "start=5&end=5" }, 400, true},
		"an unknown key":     {func(r *http.Request) { r.Header.Set(simulate.KeyHeader, "console-wrong") }, 401, true},
		"an API version":     {func(r *http.Request) { r.Header.Set("STATSIG-API-VERSION", "20240601") }, 200, true},
		"no key":             {func(r *http.Request) { r.Header.Del(simulate.KeyHeader) }, 401, false},
		"the key as a token": {func(r *http.Request) { tokenOnly(r) }, 401, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := ask(t, srv.URL, yesterday, today)
			c.change(r)
			route, params, err := routes.FindRoute(r)
			if err != nil {
				t.Fatal(err)
			}
			in := &openapi3filter.RequestValidationInput{
				Request: r, PathParams: params, Route: route,
				Options: &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: needsKey},
			}
			if err := openapi3filter.ValidateRequest(t.Context(), in); (err == nil) != c.valid {
				t.Errorf("the validator says of the request: %v", err)
			}
			resp := send(t, r)
			if resp.StatusCode != c.status {
				t.Fatalf("got status %d, want %d: %s", resp.StatusCode, c.status, resp.body)
			}
			out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header, Options: in.Options}
			if err := openapi3filter.ValidateResponse(t.Context(), out.SetBodyBytes([]byte(resp.body))); err != nil {
				t.Error(err)
			}
		})
	}
}

func dropStart(r *http.Request) string {
	_, end, _ := strings.Cut(r.URL.RawQuery, "&")
	return end
}

func tokenOnly(r *http.Request) {
	r.Header.Set("Authorization", "Bearer "+r.Header.Get(simulate.KeyHeader))
	r.Header.Del(simulate.KeyHeader)
}

func TestARefusalSaysWhyAsTheRealServiceDoes(t *testing.T) {
	_, srv := start(t, simulate.Options{})
	cases := map[string]struct {
		change  func(*http.Request)
		status  int
		message string
	}{
		"401 echoes the key":    {func(r *http.Request) { r.Header.Set(simulate.KeyHeader, "console-wrong") }, 401, "This endpoint only accepts an active CONSOLE key, but an invalid key was sent. Key: console-wrong"},
		"404":                   {func(r *http.Request) { r.URL.Path += "/" }, 404, "Cannot GET /console/v1/project/usage_billing/report/"},
		"405":                   {func(r *http.Request) { r.Method = http.MethodPost }, 405, "Method Not Allowed"},
		"406 for JSON alone":    {func(r *http.Request) { r.Header.Set("Accept", "application/json") }, 406, "Not Acceptable"},
		"406 for no CSV please": {func(r *http.Request) { r.Header.Set("Accept", "text/csv;q=0, application/json") }, 406, "Not Acceptable"},
		"400 for a bad end":     {func(r *http.Request) { r.URL.RawQuery = "end=" }, 400, "Invalid request. Please check the request input and try again."},
		"400 for two ends":      {func(r *http.Request) { r.URL.RawQuery += "&end=7" }, 400, "Invalid request. Please check the request input and try again."},
		"400 before 1970":       {func(r *http.Request) { r.URL.RawQuery = "start=-1&end=1773187200000" }, 400, "Invalid request. Please check the request input and try again."},
		"400 without data":      {func(r *http.Request) { r.URL.RawQuery = "start=0&end=1" }, 400, "Data is not available"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := ask(t, srv.URL, yesterday, today)
			c.change(r)
			resp := send(t, r)
			var said struct {
				Status  int
				Message string
			}
			if err := json.Unmarshal([]byte(resp.body), &said); err != nil {
				t.Fatalf("%v: %s", err, resp.body)
			}
			if resp.StatusCode != c.status || said.Status != c.status || said.Message != c.message {
				t.Errorf("got %d, %+v; want %d, %q", resp.StatusCode, said, c.status, c.message)
			}
		})
	}
}

func TestEveryAcceptHeaderThatAdmitsCSVGetsIt(t *testing.T) {
	_, srv := start(t, simulate.Options{})
	for _, accept := range []string{"", "*/*", "text/*;q=0.1", "application/json, text/csv;q=0.5", "TEXT/CSV; charset=utf-8"} {
		r := ask(t, srv.URL, yesterday, today)
		r.Header.Set("Accept", accept)
		if accept == "" {
			r.Header.Del("Accept")
		}
		if resp := send(t, r); resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/csv") {
			t.Errorf("Accept %q: got %s as %s", accept, resp.Status, resp.Header.Get("Content-Type"))
		}
	}
}
