package exposition_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"statsig_exporter/collector/exposition"
)

// respondTo is a handler whose errors nobody sees.
func respondTo(content exposition.Content) http.Handler {
	x := exposition.NewResponder()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = x.Respond(w, r, content) })
}

// get asks h for the uncompressed metrics.
func get(h http.Handler, header http.Header) (*http.Response, []byte) {
	req := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	for k, v := range header {
		req.Header[k] = v
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Result(), rec.Body.Bytes()
}

func TestHeadersAndLengthAreThoseOfGetWhenTheMethodIsHead(t *testing.T) {
	segment := encode(usage("app", 1000, false))
	server := httptest.NewServer(serve(t, exposition.Content{Segments: []*exposition.Segment{segment}, Process: gather(registry(ownCollectors()...))}))
	defer server.Close()
	for _, encoding := range []string{"identity", "gzip", "zstd"} {
		sizes := map[string]int{}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			req, err := http.NewRequest(method, server.URL, nil)
			check(t, err)
			req.Header.Set("Accept-Encoding", encoding)
			rsp, err := server.Client().Do(req)
			check(t, err)
			body, err := io.ReadAll(rsp.Body)
			check(t, err)
			check(t, rsp.Body.Close())
			sizes[method] = len(body)
			if length := rsp.Header.Get("Content-Length"); method == http.MethodHead && length != strconv.Itoa(sizes[http.MethodGet]) {
				t.Errorf("%s: Content-Length %s of HEAD, the body of GET has %d", encoding, length, sizes[http.MethodGet])
			}
		}
		if sizes[http.MethodHead] != 0 || sizes[http.MethodGet] == 0 {
			t.Errorf("%s: body sizes %v", encoding, sizes)
		}
	}
}

func TestAnErrorOfTheGathererLeavesOutOnlyWhatItConcerns(t *testing.T) {
	broken := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return nil, errors.New("collector broke") })
	partly := prometheus.Gatherers{registry(ownCollectors()...), broken}
	segments := []*exposition.Segment{encode(usage("app", 3, false))}
	cases := map[string]struct {
		content exposition.Content
		status  int
		want    string
	}{
		"some gathered":     {exposition.Content{Process: gather(partly)}, 200, "zzz_untyped 1.25\n"},
		"segments are fine": {exposition.Content{Process: gather(broken), Segments: segments}, 200, "statsig_usage_events{"},
		"nothing at all":    {exposition.Content{Process: gather(broken)}, 500, "collector broke"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			err := exposition.NewResponder().Respond(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil), c.content)
			if err == nil || !strings.Contains(err.Error(), "collector broke") {
				t.Errorf("error is %v", err)
			}
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.want) {
				t.Errorf("status %d, body %q", rec.Code, rec.Body)
			}
		})
	}
}

func TestAFamilyThatCannotBeMergedOrEncodedIsReportedAndTheRestIsSent(t *testing.T) {
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "statsig_usage_events", Help: "Not a gauge."})
	invalid := &dto.MetricFamily{Name: new("x_total"), Type: dto.MetricType_COUNTER.Enum(), Metric: []*dto.Metric{{Counter: &dto.Counter{Value: new(1.0)}}, {}}}
	content := exposition.Content{
		Segments: []*exposition.Segment{encode(usage("app", 3, false))},
		Process: gather(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			families, err := registry(counter).Gather()
			return append(families, invalid), err
		})),
	}
	rec := httptest.NewRecorder()
	err := exposition.NewResponder().Respond(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil), content)
	for _, want := range []string{`family "statsig_usage_events": is COUNTER, and again GAUGE`, `encode family "x_total"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %s", err, want)
		}
	}
	want := "# HELP statsig_report_value \n# TYPE statsig_report_value gauge\nstatsig_report_value{project=\"app\"} 42\n" +
		"# HELP statsig_usage_events Not a gauge.\n# TYPE statsig_usage_events counter\nstatsig_usage_events 0\n"
	if rec.Code != http.StatusOK || rec.Body.String() != want {
		t.Errorf("status %d, body\n%s", rec.Code, rec.Body)
	}
}

// gone is a client that has gone after some bytes.
type gone struct {
	http.ResponseWriter
	left int
}

func (g *gone) Write(p []byte) (int, error) {
	if g.left -= len(p); g.left < 0 {
		return 0, errors.New("broken pipe")
	}
	return len(p), nil
}

func TestAClientThatHasGoneIsNoErrorAndSpoilsNothing(t *testing.T) {
	content := exposition.Content{Segments: []*exposition.Segment{encode(usage("app", 5000, false))}}
	x := exposition.NewResponder()
	for _, encoding := range []string{"identity", "gzip", "zstd"} {
		var bodies [2]bytes.Buffer
		for i := range bodies {
			req := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			req.Header.Set("Accept-Encoding", encoding)
			rec := httptest.NewRecorder()
			rec.Body = &bodies[i]
			check(t, x.Respond(rec, req, content))
			check(t, x.Respond(&gone{httptest.NewRecorder(), 100}, req, content))
		}
		if !bytes.Equal(bodies[0].Bytes(), bodies[1].Bytes()) || bodies[0].Len() == 0 {
			t.Errorf("%s: the response after a client has gone differs", encoding)
		}
	}
}
