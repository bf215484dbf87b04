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
)

// document checks requests against the API's OpenAPI document.
type document struct {
	t      *testing.T
	router routers.Router
}

func newDocument(t *testing.T) *document {
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
	return &document{t: t, router: router}
}

func (d *document) request(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := d.router.FindRoute(r)
	if err != nil {
		return nil, err
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: func(_ context.Context, a *openapi3filter.AuthenticationInput) error {
				if r.Header.Get(a.SecurityScheme.Name) == "" {
					return errors.New("the key is missing")
				}
				return nil
			},
		},
	}
	return in, openapi3filter.ValidateRequest(r.Context(), in)
}

// api starts an API whose requests follow the document.
func api(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	doc := newDocument(t)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := doc.request(r); err != nil {
			t.Errorf("request %s: %v", r.URL, err)
		}
		h(w, r)
	})
}

func TestARequestCarriesWindowKeyVersionAndManners(t *testing.T) {
	var got *http.Request
	s := api(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(context.Background())
		answer(200, "text/csv", csvBody)(w, r)
	})
	c := newClient(t, s.URL)
	body, err := report(t, c.Client, key)
	if err != nil || body != csvBody {
		t.Fatalf("got %q, %v", body, err)
	}
	if got.URL.RawQuery != "start=1775001600000&end=1775088000000" {
		t.Errorf("got query %s", got.URL.RawQuery)
	}
	for name, want := range map[string]string{
		"Statsig-Api-Key": key, "Statsig-Api-Version": version, "User-Agent": agent,
		"Accept": "text/csv, application/json;q=0.5", "Accept-Encoding": "gzip",
		"Cookie": "", "Referer": "", "Authorization": "",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("got %s: %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if c.Codes() != "200" {
		t.Errorf("got requests %q", c.Codes())
	}
}

func TestAWindowWithoutAStartSendsNone(t *testing.T) {
	s := api(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "end=1775088000000" {
			t.Errorf("got query %s", r.URL.RawQuery)
		}
		answer(200, "text/csv", csvBody)(w, r)
	})
	p, err := newClient(t, s.URL).Begin(t.Context(), statsig.NewSecret(key), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Report(statsig.Window{End: april.End}, func(*statsig.Body) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestAPathPrefixOfBaseURLIsKeptAndItsUserNameIsNotSent(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("got authorization %q", r.Header.Get("Authorization"))
		}
		switch r.URL.Path {
		case "/proxy/console/v1/project/usage_billing/report":
			redirectTo(func() string { return "final" })(w, r)
		case "/proxy/console/v1/project/usage_billing/final":
			answer(200, "text/csv", csvBody)(w, r)
		default:
			t.Errorf("got path %s", r.URL.Path)
		}
	})
	base := mustParse(t, s.URL+"/proxy/")
	base.User, base.RawQuery = mustParse(t, "http://u:p@h").User, "a=b"
	c := newClient(t, s.URL, func(o *statsig.Options) { o.BaseURL = base })
	if _, err := report(t, c.Client, key); err != nil {
		t.Error(err)
	}
}
