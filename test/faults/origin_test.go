//go:build faults

package faults_test

import (
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"testing"
)

// origin is another server than the API: where reports are stored, say. It keeps every byte that it is sent, and
// answers by path. The path begins with the project that it was named to.
type origin struct {
	url string

	mu       sync.Mutex
	requests map[string][]string // by project
}

// newOrigin starts one until the test ends.
func newOrigin(t *testing.T, secure bool) *origin {
	t.Helper()
	o := &origin{requests: map[string][]string{}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(o.answer))
	server.Config.SetKeepAlivesEnabled(false)
	server.Config.ErrorLog = silent()
	if secure {
		server.TLS = goodTLS()
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

// answer does what the path says: report, echo, loop, an envelope, or a status such as 403.
func (o *origin) answer(w http.ResponseWriter, r *http.Request) {
	all, _ := httputil.DumpRequest(r, true)
	project, path, _ := strings.Cut(r.URL.Path[1:], "/")
	o.mu.Lock()
	o.requests[project] = append(o.requests[project], string(all))
	o.mu.Unlock()
	back := r.URL.Query().Get("back")
	switch path {
	case "report":
		w.Header().Set("Content-Type", "application/octet-stream")
		io.WriteString(w, goodReport)
	case "echo":
		http.Error(w, string(all), http.StatusInternalServerError)
	case "loop":
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
	case "back":
		http.Redirect(w, r, back, http.StatusTemporaryRedirect)
	case "cut":
		w.Header().Set("Content-Length", "100000")
		io.WriteString(w, goodReport)
		panic(http.ErrAbortHandler)
	case "envelope":
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"data":{"url":"/`+project+`/report"}}`)
	case "html":
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html><title>Sign in</title></html>")
	default:
		status := http.StatusTeapot
		for code := 300; code < 600; code++ {
			if http.StatusText(code) != "" && strings.HasPrefix(path, itoa(code)) {
				status = code
			}
		}
		http.Error(w, "no", status)
	}
}

// seen returns all that was sent to the origin for a project.
func (o *origin) seen(project string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.requests[project])
}

func silent() *stdlog.Logger { return stdlog.New(io.Discard, "", 0) }
