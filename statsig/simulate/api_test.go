package simulate_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"statsig_exporter/statsig/simulate"
)

// noon is a Wednesday; most tests ask for yesterday and its end.
var (
	noon      = time.Date(2026, time.March, 11, 12, 0, 0, 0, time.UTC)
	today     = time.Date(2026, time.March, 11, 0, 0, 0, 0, time.UTC)
	yesterday = today.AddDate(0, 0, -1)
)

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// ask returns a good request with the demo's key for a window.
func ask(from, to time.Time) *http.Request {
	query := "?start=" + strconv.FormatInt(from.UnixMilli(), 10) + "&end=" + strconv.FormatInt(to.UnixMilli(), 10)
	r := httptest.NewRequest(http.MethodGet, simulate.ReportPath+query, nil)
	r.Header.Set(simulate.KeyHeader, "console-demo")
	r.Header.Set("Accept", "text/csv, application/json;q=0.5")
	return r
}

func answerOf(a *simulate.API, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	a.ServeHTTP(answer, r)
	return answer
}

// router finds the operation in the OpenAPI document.
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

func needsKey(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	if in.RequestValidationInput.Request.Header.Get(in.SecurityScheme.Name) == "" {
		return errors.New("no key")
	}
	return nil
}

func TestEveryDocumentedAnswerConformsToTheOpenAPIDocument(t *testing.T) {
	const bad = "Invalid request. Please check the request input and try again."
	const wrongKey = "This endpoint only accepts an active CONSOLE key, but an invalid key was sent. Key: "
	query := func(query string) func(*http.Request) { return func(r *http.Request) { r.URL.RawQuery = query } }
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	routes, api := router(t), simulate.New(simulate.Options{Now: at(noon), Since: today.AddDate(0, -1, 0)})
	for name, c := range map[string]struct {
		change  func(*http.Request)
		valid   bool // The request, by the document.
		status  int
		message string
	}{
		"a report":         {func(*http.Request) {}, true, 200, ""},
		"no start":         {query("end=1773187200000"), true, 200, ""},
		"an API version":   {header("STATSIG-API-VERSION", "20240601"), true, 200, ""},
		"no data":          {query("start=0&end=1"), true, 400, "Data is not available"},
		"no end":           {query("start=0"), false, 400, bad},
		"an end of 0":      {query("end=0"), false, 400, bad},
		"an end in words":  {query("end=now"), false, 400, bad},
		"a fractional end": {query("end=1.5"), false, 400, bad},
		"two ends":         {query("end=5&end=7"), true, 400, bad},
		"a start before 0": {query("start=-1&end=5"), false, 400, bad},
		"an empty window":  {query("start=5&end=5"), true, 400, bad},
		"an unknown key":   {header(simulate.KeyHeader, "console-wrong"), true, 401, wrongKey + "console-wrong"},
		"no key":           {func(r *http.Request) { r.Header.Del(simulate.KeyHeader) }, false, 401, wrongKey},
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(yesterday, today)
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
			answer := answerOf(api, r)
			wantRefusal(t, answer, c.status, c.message)
			out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: answer.Code, Header: answer.Header(), Options: in.Options}
			if err := openapi3filter.ValidateResponse(t.Context(), out.SetBodyBytes(answer.Body.Bytes())); err != nil {
				t.Error(err)
			}
		})
	}
}

// wantRefusal wants an answer with a status and, unless it is 200, a message.
func wantRefusal(t *testing.T, answer *httptest.ResponseRecorder, status int, message string) {
	t.Helper()
	var said struct {
		Status  int
		Message string
	}
	if status != http.StatusOK {
		if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil || said.Status != status {
			t.Errorf("%v: %s", err, answer.Body)
		}
	}
	if answer.Code != status || said.Message != message {
		t.Errorf("got %d, %q; want %d, %q", answer.Code, said.Message, status, message)
	}
}

func TestWhatTheDocumentDoesNotNameIsRefused(t *testing.T) {
	api := simulate.New(simulate.Options{Now: at(noon)})
	r := ask(yesterday, today)
	r.URL.Path += "/"
	wantRefusal(t, answerOf(api, r), 404, "Cannot GET /console/v1/project/usage_billing/report/")
	r = ask(yesterday, today)
	r.Method = http.MethodPost
	wantRefusal(t, answerOf(api, r), 405, "Method Not Allowed")
	for accept, status := range map[string]int{
		"*/*": 200, "text/*;q=0.1": 200, "application/json, text/csv;q=0.5": 200, "TEXT/CSV; charset=utf-8": 200,
		"application/json": 406, "text/csv;q=0, application/json": 406,
	} {
		r := ask(yesterday, today)
		r.Header.Set("Accept", accept)
		if got := answerOf(api, r).Code; got != status {
			t.Errorf("Accept %q: got %d, want %d", accept, got, status)
		}
	}
}

func TestAReportHoldsExactlyTheRowsUnderThePublishedColumns(t *testing.T) {
	api := simulate.New(simulate.Options{Now: at(noon)})
	rows := api.Rows("demo", today.AddDate(0, 0, -7), today)
	records, err := csv.NewReader(answerOf(api, ask(today.AddDate(0, 0, -7), today)).Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"Date", "Event Type", "Name", "Sources", "Daily Billable Events", "Project"}}
	days, lists := map[string]bool{}, 0
	for _, row := range rows {
		day := row.Day.Format(time.DateOnly)
		want = append(want, []string{day, row.Type, row.Name, row.Sources, strconv.FormatInt(row.Billable, 10), "Web Shop"})
		days[day] = true
		if strings.Contains(row.Sources, ",") {
			lists++
		}
	}
	if !slices.EqualFunc(records, want, slices.Equal) {
		t.Error("the report differs from its rows")
	}
	if len(days) != 7 || lists == 0 {
		t.Errorf("got %d days and %d lists of sources", len(days), lists)
	}
}

func TestTwoProjectsCannotShareAKey(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	simulate.New(simulate.Options{Projects: []simulate.Project{{Name: "a", Key: "k"}, {Name: "b", Key: "k"}}})
}
