package simulate_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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

func TestWhatTheDocumentRefusesIsRefused(t *testing.T) {
	const bad = "Invalid request. Please check the request input and try again."
	const wrongKey = "This endpoint only accepts an active CONSOLE key, but an invalid key was sent. Key: "
	query := func(query string) func(*http.Request) { return func(r *http.Request) { r.URL.RawQuery = query } }
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	accept := func(value string) func(*http.Request) { return header("Accept", value) }
	api := simulate.New(simulate.Options{Now: at(noon), Since: today.AddDate(0, -1, 0)})
	for name, c := range map[string]struct {
		change  func(*http.Request)
		status  int
		message string
	}{
		"a report":           {func(*http.Request) {}, 200, ""},
		"no start":           {query("end=1773187200000"), 200, ""},
		"no data":            {query("start=0&end=1"), 400, "Data is not available"},
		"no end":             {query("start=0"), 400, bad},
		"an end of 0":        {query("end=0"), 400, bad},
		"an end in words":    {query("end=now"), 400, bad},
		"two ends":           {query("end=5&end=7"), 400, bad},
		"a start before 0":   {query("start=-1&end=5"), 400, bad},
		"an empty window":    {query("start=5&end=5"), 400, bad},
		"an unknown key":     {header(simulate.KeyHeader, "console-wrong"), 401, wrongKey + "console-wrong"},
		"no key":             {func(r *http.Request) { r.Header.Del(simulate.KeyHeader) }, 401, wrongKey},
		"another path":       {func(r *http.Request) { r.URL.Path += "/" }, 404, "Cannot GET /console/v1/project/usage_billing/report/"},
		"another method":     {func(r *http.Request) { r.Method = http.MethodPost }, 405, "Method Not Allowed"},
		"anything accepted":  {accept("*/*"), 200, ""},
		"any text accepted":  {accept("text/*;q=0.1"), 200, ""},
		"CSV accepted":       {accept("application/json, TEXT/CSV; charset=utf-8;q=0.5"), 200, ""},
		"only JSON accepted": {accept("text/csv;q=0, application/json"), 406, "Not Acceptable"},
	} {
		r := ask(yesterday, today)
		c.change(r)
		answer := answerOf(api, r)
		var said struct {
			Status  int
			Message string
		}
		if c.status != http.StatusOK {
			if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil || said.Status != c.status {
				t.Errorf("%s: %v: %s", name, err, answer.Body)
			}
		}
		if answer.Code != c.status || said.Message != c.message {
			t.Errorf("%s: got %d, %q; want %d, %q", name, answer.Code, said.Message, c.status, c.message)
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
