package statsigtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"statsig_exporter/statsig/statsigtest"
)

func withStorage(t *testing.T) (*statsigtest.Server, string, string) {
	t.Helper()
	sim, srv := start(t, statsigtest.Options{})
	storage := httptest.NewServer(sim.Storage())
	t.Cleanup(storage.Close)
	return sim, srv.URL, storage.URL
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnEnvelopeLinksToTheReportAtAnotherOrigin(t *testing.T) {
	sim, api, storage := withStorage(t)
	want := send(t, ask(t, api, yesterday, today)).body
	sim.Inject("demo", statsigtest.EnvelopeTo(storage).For(1), statsigtest.Fault{Envelope: &statsigtest.Link{Origin: storage, Array: true}, Times: 1})
	var object struct{ Data struct{ URL string } }
	if err := json.Unmarshal([]byte(send(t, ask(t, api, yesterday, today)).body), &object); err != nil {
		t.Fatal(err)
	}
	var array struct{ Data []struct{ URL string } }
	resp := send(t, ask(t, api, yesterday, today))
	if err := json.Unmarshal([]byte(resp.body), &array); err != nil {
		t.Fatal(err)
	}
	if object.Data.URL != array.Data[0].URL || !strings.HasPrefix(object.Data.URL, storage) || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("got %q and %q", object.Data.URL, array.Data[0].URL)
	}
	if resp := send(t, get(t, object.Data.URL)); resp.StatusCode != 200 || resp.body != want {
		t.Errorf("got %s and another report", resp.Status)
	}
	seen := sim.Requests()
	if last := seen[len(seen)-1]; last.Origin != statsigtest.OriginStorage || last.Project != "demo" || last.Status != 200 {
		t.Errorf("got the log entry %+v", last)
	}
}

func TestTheStorageRefusesCredentialsAndForgedLinks(t *testing.T) {
	sim, api, storage := withStorage(t)
	sim.Inject("demo", statsigtest.RedirectTo(storage))
	resp := send(t, ask(t, api, yesterday, today))
	link := resp.Header.Get("Location")
	if resp.StatusCode != 302 || !strings.HasPrefix(link, storage) {
		t.Fatalf("got %s to %q", resp.Status, link)
	}
	for name, value := range map[string]string{statsigtest.KeyHeader: "console-demo", "Authorization": "Bearer x", "Cookie": "a=b"} {
		r := get(t, link)
		r.Header.Set(name, value)
		if resp := send(t, r); resp.StatusCode != 400 {
			t.Errorf("with %s: got %s", name, resp.Status)
		}
	}
	if resp := send(t, get(t, strings.Replace(link, "/demo.csv", "/mobile.csv", 1))); resp.StatusCode != 403 {
		t.Errorf("a forged link: got %s", resp.Status)
	}
	sim.InjectStorage(statsigtest.Reply(401, "text/plain", "no").For(1))
	if resp := send(t, get(t, link)); resp.StatusCode != 401 {
		t.Errorf("with a fault: got %s", resp.Status)
	}
	if resp := send(t, get(t, link)); resp.StatusCode != 200 {
		t.Errorf("the link itself: got %s", resp.Status)
	}
}

func TestALinkCanLeadAnywhere(t *testing.T) {
	sim, api, _ := withStorage(t)
	sim.Inject("demo",
		statsigtest.Fault{Redirect: &statsigtest.Link{URL: "http://127.0.0.1:1/x", Status: 307}, Times: 1},
		statsigtest.Fault{Redirect: &statsigtest.Link{URL: "//other/x?y"}, Times: 1})
	r := ask(t, api, yesterday, today)
	if resp := send(t, r); resp.StatusCode != 307 || resp.Header.Get("Location") != "http://127.0.0.1:1/x?"+r.URL.RawQuery {
		t.Errorf("got %s to %q", resp.Status, resp.Header.Get("Location"))
	}
	if resp := send(t, r); resp.Header.Get("Location") != "//other/x?y" {
		t.Errorf("got %s to %q", resp.Status, resp.Header.Get("Location"))
	}
}

func TestAWindowWithoutDataIsNoEnvelope(t *testing.T) {
	sim, api, storage := withStorage(t)
	sim.Inject("demo", statsigtest.EnvelopeTo(storage))
	if resp := send(t, ask(t, api, today, today.AddDate(0, 0, 1))); resp.StatusCode != 400 {
		t.Errorf("got %s", resp.Status)
	}
}
