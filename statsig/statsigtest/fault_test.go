package statsigtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsig_exporter/statsig/simulate"
	"statsig_exporter/statsig/statsigtest"
)

func TestAFaultAppliesToItsRequestsInTurnAndToItsProjectAlone(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	sim.Inject("demo", statsigtest.Refusal(503, "Busy").For(2), statsigtest.RetryAfter(429, "7").For(1))
	mobile := ask(t, srv.URL, yesterday, today)
	mobile.Header.Set(statsigtest.KeyHeader, "console-mobile")
	if resp := send(t, mobile); resp.StatusCode != 200 {
		t.Errorf("another project: got %s", resp.Status)
	}
	for i, want := range []int{503, 503, 429, 200} {
		resp := send(t, ask(t, srv.URL, yesterday, today))
		if resp.StatusCode != want || (want == 429) != (resp.Header.Get("Retry-After") == "7") {
			t.Errorf("request %d: got %s, Retry-After %q; want %d", i+1, resp.Status, resp.Header.Get("Retry-After"), want)
		}
	}
	sim.InjectAll(statsigtest.Reply(502, "text/plain", "no"))
	mobile.Header.Set(statsigtest.KeyHeader, "console-wrong")
	for range 3 {
		if resp := send(t, mobile); resp.StatusCode != 502 || resp.body != "no" {
			t.Errorf("any key: got %s %q", resp.Status, resp.body)
		}
	}
	sim.ClearFaults()
	if resp := send(t, mobile); resp.StatusCode != 401 {
		t.Errorf("after clearing: got %s", resp.Status)
	}
}

func TestAnAnswerCanBeReplaced(t *testing.T) {
	cases := map[string]struct {
		fault       statsigtest.Fault
		status      int
		contentType string
		body        string // A part of it; the whole if it ends in a newline or is empty.
	}{
		"a page with 200": {statsigtest.HTMLPage(200), 200, "text/html; charset=utf-8", "<h1>Something went wrong"},
		"empty":           {statsigtest.Empty(), 200, "text/csv; charset=utf-8", ""},
		"header only":     {statsigtest.HeaderOnly(), 200, "text/csv; charset=utf-8", strings.Join(simulate.Columns(), ",") + "\n"},
		"a given report":  {statsigtest.CSV("a,b\n1,2\n"), 200, "text/csv; charset=utf-8", "a,b\n1,2\n"},
		"a wrong type":    {statsigtest.Fault{Header: map[string]string{"Content-Type": "text/html"}}, 200, "text/html", "Event Name"},
		"no type":         {statsigtest.Fault{Header: map[string]string{"Content-Type": ""}}, 200, "", "Event Name"},
		"a status alone":  {statsigtest.Fault{Status: 500}, 500, "text/csv; charset=utf-8", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			sim, srv := start(t, statsigtest.Options{})
			sim.Inject("demo", c.fault)
			r := ask(t, srv.URL, yesterday, today)
			resp := send(t, r)
			whole := c.body == "" || strings.HasSuffix(c.body, "\n")
			if resp.StatusCode != c.status || resp.Header.Get("Content-Type") != c.contentType ||
				!strings.Contains(resp.body, c.body) || whole && resp.body != c.body {
				t.Errorf("got %s as %q: %q", resp.Status, resp.Header.Get("Content-Type"), resp.body)
			}
		})
	}
}

func TestAGivenReportIsStillRefusedToABadRequest(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	sim.InjectAll(statsigtest.CSV("a\n1\n"))
	r := ask(t, srv.URL, yesterday, today)
	r.Header.Set(statsigtest.KeyHeader, "console-wrong")
	if resp := send(t, r); resp.StatusCode != 401 {
		t.Errorf("got %s", resp.Status)
	}
}

func TestABodyCanEndEarlyInEveryWay(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	whole := send(t, ask(t, srv.URL, yesterday, today)).body
	cases := map[string]struct {
		cut  statsigtest.Fault
		want func(error) bool
	}{
		"reset":    {statsigtest.CutAfter(100, statsigtest.CutReset), func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		"length":   {statsigtest.CutAfter(100, statsigtest.CutLength), func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"chunked":  {statsigtest.CutAfter(100, statsigtest.CutChunked), func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"clean":    {statsigtest.CutAfter(100, statsigtest.CutClean), func(err error) bool { return err == nil }},
		"the tail": {statsigtest.CutAfter(-100, statsigtest.CutChunked), func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"the end":  {statsigtest.CutAfter(1<<40, statsigtest.CutChunked), func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
	}
	length := map[string]int{"the tail": len(whole) - 100, "the end": len(whole)}
	for name, c := range cases {
		sim.Inject("demo", c.cut.For(1))
		resp := send(t, ask(t, srv.URL, yesterday, today))
		want := 100
		if n, ok := length[name]; ok {
			want = n
		}
		// A reset may outrun the bytes before it.
		if name == "reset" {
			want = min(want, len(resp.body))
		}
		if !c.want(resp.err) || resp.body != whole[:want] {
			t.Errorf("%s: got %d bytes and the error %v", name, len(resp.body), resp.err)
		}
		if name == "length" && resp.ContentLength != int64(len(whole)) {
			t.Errorf("got a length of %d, want %d", resp.ContentLength, len(whole))
		}
	}
}

func TestAConnectionCanBeDroppedBeforeAnyAnswer(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	sim.Inject("demo", statsigtest.Fault{Drop: true})
	resp, err := plain().Do(ask(t, srv.URL, yesterday, today))
	if err == nil {
		resp.Body.Close()
		t.Fatal("got an answer")
	}
	if seen := sim.Requests(); len(seen) != 1 || seen[0].Status != 0 {
		t.Errorf("got the log %+v", seen)
	}
}

func TestACompressedBodyCanBeCutOrCorrupted(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	cases := map[string]statsigtest.Fault{
		"cut":         {Encoding: "gzip", Cut: &statsigtest.Cut{At: 500, How: statsigtest.CutClean}},
		"no trailer":  {Encoding: "gzip", Cut: &statsigtest.Cut{At: -8, How: statsigtest.CutClean}},
		"corrupt":     {Encoding: "gzip", CorruptAt: 300},
		"not gzip":    {Encoding: "identity", Header: map[string]string{"Content-Encoding": "gzip"}},
		"bad magic":   {Encoding: "gzip", CorruptAt: 1},
		"wrong check": {Encoding: "gzip", Body: statsigtest.CSV("a\n1\n").Body, CorruptAt: 22},
	}
	for name, fault := range cases {
		sim.Inject("demo", fault.For(1))
		// The default transport decompresses by itself.
		resp, err := new(http.Client).Do(ask(t, srv.URL, yesterday, today))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err == nil {
			t.Errorf("%s: read to its end without an error", name)
		}
		resp.Body.Close()
	}
	if resp := send(t, ask(t, srv.URL, yesterday, today)); resp.err != nil || resp.StatusCode != 200 {
		t.Errorf("after the faults: got %s, %v", resp.Status, resp.err)
	}
}

func TestAHeldAnswerGoesOnWhenItIsReleased(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	whole := send(t, ask(t, srv.URL, yesterday, today)).body
	release := map[string]func(chan struct{}){
		"by its channel":  func(until chan struct{}) { close(until) },
		"by ClearFaults":  func(chan struct{}) { sim.ClearFaults() },
		"by both at once": func(until chan struct{}) { close(until); sim.ClearFaults() },
	}
	for name, let := range release {
		until, entered := make(chan struct{}), make(chan struct{})
		sim.Inject("demo", statsigtest.Fault{HoldBody: &statsigtest.Hold{At: 10, Until: until, Entered: func() { close(entered) }}})
		resp, err := plain().Do(ask(t, srv.URL, yesterday, today))
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 10)
		if _, err := io.ReadFull(resp.Body, first); err != nil {
			t.Fatal(err)
		}
		<-entered
		let(until)
		rest, err := io.ReadAll(resp.Body)
		if err != nil || string(first)+string(rest) != whole {
			t.Errorf("%s: got %d bytes, %v", name, len(first)+len(rest), err)
		}
		resp.Body.Close()
		sim.ClearFaults()
	}
}

func TestABodyIsHeldAtExactlyItsByte(t *testing.T) {
	sim := statsigtest.New(statsigtest.Options{Now: at(noon)})
	until := make(chan struct{})
	close(until)
	for _, n := range []int{0, 1, 10, 4096} {
		answer := httptest.NewRecorder()
		sent := -1
		sim.Inject("demo", statsigtest.Fault{Times: 1, HoldBody: &statsigtest.Hold{At: int64(n), Until: until, Entered: func() { sent = answer.Body.Len() }}})
		sim.ServeHTTP(answer, ask(t, "", yesterday, today))
		if sent != n {
			t.Errorf("held after %d bytes, want %d", sent, n)
		}
	}
}

func TestAnAnswerWithoutABodyIsNotCompressed(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	for name, fault := range map[string]statsigtest.Fault{
		"empty":          statsigtest.Empty(),
		"a status alone": {Status: 502},
		"a redirect":     {Redirect: &statsigtest.Link{URL: "/"}},
	} {
		sim.Inject("demo", fault.For(1))
		r := ask(t, srv.URL, yesterday, today)
		r.Header.Set("Accept-Encoding", "gzip")
		if resp := send(t, r); resp.body != "" || resp.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: got %q, encoded as %q", name, resp.body, resp.Header.Get("Content-Encoding"))
		}
	}
}

func TestNothingWaitsLongerThanTheRequestLives(t *testing.T) {
	cases := map[string]statsigtest.Fault{
		"delay":       {Delay: time.Hour},
		"hold header": {HoldHeader: &statsigtest.Hold{}},
		"hold body":   {HoldBody: &statsigtest.Hold{At: 10}},
		"hold end":    {HoldBody: &statsigtest.Hold{At: 1 << 40}},
		"drip":        {Drip: &statsigtest.Drip{Bytes: 1, Every: time.Hour}},
	}
	for name, fault := range cases {
		t.Run(name, func(t *testing.T) {
			sim := statsigtest.New(statsigtest.Options{Now: at(noon)})
			sim.Inject("demo", fault)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			defer func() {
				if recovered, _ := recover().(error); !errors.Is(recovered, http.ErrAbortHandler) {
					t.Errorf("ended with %v, not by dropping the connection", recovered)
				}
			}()
			sim.ServeHTTP(discard{http.Header{}}, ask(t, "", yesterday, today).WithContext(ctx))
		})
	}
}

func TestASlowBodyArrivesWhole(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	body := "event,events\na,1\nb,2\n"
	sim.Inject("demo", statsigtest.Fault{Body: statsigtest.CSV(body).Body, Drip: &statsigtest.Drip{Bytes: 3, Every: time.Millisecond}, Delay: time.Millisecond})
	if resp := send(t, ask(t, srv.URL, yesterday, today)); resp.body != body || resp.err != nil {
		t.Errorf("got %q, %v", resp.body, resp.err)
	}
}

func TestAnErrorOfAGeneratedBodyCutsTheConnection(t *testing.T) {
	sim, srv := start(t, statsigtest.Options{})
	sim.Inject("demo", statsigtest.Generated(func(w io.Writer) error {
		_, _ = io.WriteString(w, "a,b\n")
		return errors.New("out of rows")
	}))
	if resp := send(t, ask(t, srv.URL, yesterday, today)); resp.body != "a,b\n" || !errors.Is(resp.err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v", resp.body, resp.err)
	}
}
