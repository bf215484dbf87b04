package statsigtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
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

// answer is an answer whose body has been read.
type answer struct {
	*http.Response
	body string
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
	if err != nil {
		t.Fatal(err)
	}
	return answer{response, string(body)}
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
