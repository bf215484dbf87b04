package statsigtest_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsig_exporter/statsig/simulate"
	"statsig_exporter/statsig/statsigtest"
)

// start serves the simulation over a real connection until the test ends.
func start(t *testing.T, opts statsigtest.Options) (*statsigtest.Server, *httptest.Server) {
	t.Helper()
	api := statsigtest.New(opts)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	t.Cleanup(api.ClearFaults)
	return api, server
}

// answer is an answer that has been read as far as it went.
type answer struct {
	*http.Response
	body string
	err  error // Of reading the body.
}

// open asks for the report of a day with a key. The caller closes the body.
func open(t *testing.T, server *httptest.Server, key string) (*http.Response, error) {
	t.Helper()
	day := time.Date(2025, time.March, 11, 0, 0, 0, 0, time.UTC)
	query := "?start=" + strconv.FormatInt(day.UnixMilli(), 10) + "&end=" + strconv.FormatInt(day.AddDate(0, 0, 1).UnixMilli(), 10)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+simulate.ReportPath+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(simulate.KeyHeader, key)
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

func ask(t *testing.T, server *httptest.Server, key string) answer {
	t.Helper()
	response, err := open(t, server, key)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response, string(body), err}
}

func TestAFaultAppliesToItsRequestsInTurnAndToItsProjectAlone(t *testing.T) {
	api, server := start(t, statsigtest.Options{})
	api.Inject("demo", statsigtest.Refusal(503, "Busy").For(2), statsigtest.RetryAfter(429, "7").For(1))
	if a := ask(t, server, "console-mobile"); a.StatusCode != 200 {
		t.Errorf("another project: got %s", a.Status)
	}
	for i, want := range []int{503, 503, 429, 200} {
		a := ask(t, server, "console-demo")
		if a.StatusCode != want || (want == 429) != (a.Header.Get("Retry-After") == "7") {
			t.Errorf("request %d: got %s, Retry-After %q; want %d", i+1, a.Status, a.Header.Get("Retry-After"), want)
		}
	}
	api.InjectAll(statsigtest.Reply(502, "text/plain", "no"))
	if a := ask(t, server, "console-wrong"); a.StatusCode != 502 || a.body != "no" {
		t.Errorf("any key: got %s %q", a.Status, a.body)
	}
	api.ClearFaults()
	if a := ask(t, server, "console-wrong"); a.StatusCode != 401 || api.RequestCount() != 7 {
		t.Errorf("after clearing: got %s; %d requests", a.Status, api.RequestCount())
	}
}

func TestAnAnswerCanBeReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		fault       statsigtest.Fault
		status      int
		contentType string
		body        string // The whole, or its beginning.
	}{
		"a page with 200": {statsigtest.HTMLPage(200), 200, "text/html; charset=utf-8", "<!DOCTYPE html>"},
		"header only":     {statsigtest.HeaderOnly(), 200, "text/csv; charset=utf-8", strings.Join(simulate.Columns(), ",") + "\n"},
		"a given report":  {statsigtest.CSV("a,b\n1,2\n"), 200, "text/csv; charset=utf-8", "a,b\n1,2\n"},
		"no type":         {statsigtest.Fault{Header: map[string]string{"Content-Type": ""}}, 200, "", "Date,"},
		"a status alone":  {statsigtest.Fault{Status: 500}, 500, "text/csv; charset=utf-8", ""},
	} {
		api, server := start(t, statsigtest.Options{})
		api.Inject("demo", c.fault)
		a := ask(t, server, "console-demo")
		if a.StatusCode != c.status || a.Header.Get("Content-Type") != c.contentType || !strings.HasPrefix(a.body, c.body) {
			t.Errorf("%s: got %s as %q: %q", name, a.Status, a.Header.Get("Content-Type"), a.body)
		}
		if a := ask(t, server, "console-wrong"); a.StatusCode != 401 {
			t.Errorf("%s: a wrong key got %s", name, a.Status)
		}
	}
}

func TestAConnectionCanBreakBeforeTheAnswerOrWithinIt(t *testing.T) {
	api, server := start(t, statsigtest.Options{})
	whole := ask(t, server, "console-demo").body
	api.Inject("demo", statsigtest.Fault{Drop: true, Times: 1}, statsigtest.Fault{Cut: true, Plain: true})
	if response, err := open(t, server, "console-demo"); err == nil {
		response.Body.Close()
		t.Error("got an answer")
	}
	// A reset may outrun the bytes before it.
	if a := ask(t, server, "console-demo"); !errors.Is(a.err, syscall.ECONNRESET) || len(a.body) > len(whole)/2 || !strings.HasPrefix(whole, a.body) {
		t.Errorf("got %d of %d bytes and %v", len(a.body), len(whole), a.err)
	}
}

func TestAHeldAnswerGoesOnWhenItIsReleased(t *testing.T) {
	api, server := start(t, statsigtest.Options{})
	whole := ask(t, server, "console-demo").body
	for name, release := range map[string]func(chan struct{}){
		"by its channel": func(until chan struct{}) { close(until) },
		"by ClearFaults": func(chan struct{}) { api.ClearFaults() },
	} {
		until, entered := make(chan struct{}), make(chan struct{})
		api.Inject("demo", statsigtest.Fault{Plain: true, HoldBody: &statsigtest.Hold{At: 10, Until: until, Entered: func() { close(entered) }}}.For(1))
		response, err := open(t, server, "console-demo")
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 10)
		if _, err := io.ReadFull(response.Body, first); err != nil {
			t.Fatal(err)
		}
		<-entered
		release(until)
		rest, err := io.ReadAll(response.Body)
		if err != nil || string(first)+string(rest) != whole {
			t.Errorf("%s: got %d bytes, %v", name, len(first)+len(rest), err)
		}
		response.Body.Close()
	}
}

func TestARotatedKeyReplacesTheOldOne(t *testing.T) {
	var seen []string
	api, server := start(t, statsigtest.Options{})
	api.OnRequest = func(r statsigtest.Request) { seen = append(seen, r.Project+" "+r.Query.Get("start")) }
	api.Rotate("demo", "console-new")
	for key, want := range map[string]int{"console-demo": 401, "console-new": 200} {
		if a := ask(t, server, key); a.StatusCode != want {
			t.Errorf("%s: got %s", key, a.Status)
		}
	}
	if len(seen) != 2 || seen[0] != "demo 1741651200000" && seen[1] != "demo 1741651200000" {
		t.Errorf("got the requests %q", seen)
	}
}
