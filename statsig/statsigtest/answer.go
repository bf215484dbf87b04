package statsigtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// answer is what the server says to a request, before any fault in how it is
// said.
type answer struct {
	status int
	header http.Header
	body   func(io.Writer) error // Nil writes nothing, compressed or not.
}

// decide finds the answer to a request and the fault it meets. The order is
// that of the real service as far as it is known: the route, the rate limit,
// the key, then the rest of the request.
func (s *Server) decide(r *http.Request, p *project) (answer, Fault) {
	if r.URL.Path != ReportPath {
		return refuse(http.StatusNotFound, fmt.Sprintf("Cannot %s %s", r.Method, r.URL.Path)), Fault{}
	}
	if r.Method != http.MethodGet {
		a := refuse(http.StatusMethodNotAllowed, "Method Not Allowed")
		a.header.Set("Allow", http.MethodGet)
		return a, Fault{}
	}
	if p != nil {
		if wait := s.limiter.admit(r.Header.Get(KeyHeader), s.opts.Now()); wait > 0 {
			a := refuse(http.StatusTooManyRequests, "Too Many Requests")
			a.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			return a, Fault{}
		}
	}
	f := s.faults.next(p)
	if f.Status != 0 {
		return f.instead(answer{}), f
	}
	return s.operate(r, p, f), f
}

// operate is the operation itself.
func (s *Server) operate(r *http.Request, p *project, f Fault) answer {
	switch {
	case p == nil:
		return refuse(http.StatusUnauthorized, "This endpoint only accepts an active CONSOLE key, but an invalid key was sent. Key: "+r.Header.Get(KeyHeader))
	case p.Forbidden:
		return refuse(http.StatusForbidden, "Forbidden resource")
	case !acceptsCSV(r.Header.Values("Accept")):
		return refuse(http.StatusNotAcceptable, "Not Acceptable")
	}
	start, end, ok := s.window(r.URL.Query())
	if !ok {
		return refuse(http.StatusBadRequest, "Invalid request. Please check the request input and try again.")
	}
	if f.Body != nil {
		return f.instead(answer{})
	}
	a := s.report(p, start, end)
	if a.status != http.StatusOK {
		return a
	}
	if f.Envelope != nil {
		return envelope(f.Envelope.resolve(s, p, r))
	}
	if f.Redirect != nil {
		return redirect(f.Redirect.resolve(s, p, r))
	}
	return f.instead(a)
}

// report answers with the rows of a window, or says that there are none.
func (s *Server) report(p *project, start, end time.Time) answer {
	now := s.opts.Now()
	if !p.any(start, end, now) {
		return refuse(http.StatusBadRequest, "Data is not available")
	}
	a := csvAnswer(func(w io.Writer) error { return writeRows(w, p.rows(start, end, now), end.Sub(start)) })
	a.header.Set("Content-Disposition", `attachment; filename="usage_billing_report.csv"`)
	return a
}

// window reads the parameters of the operation. Without a start, the window
// starts where the usage of the projects does.
func (s *Server) window(query url.Values) (start, end time.Time, ok bool) {
	to, ok := milliseconds(query["end"])
	if !ok || to <= 0 {
		return start, end, false
	}
	end = time.UnixMilli(to)
	if _, given := query["start"]; !given {
		return s.opts.Since, end, true
	}
	from, ok := milliseconds(query["start"])
	start = time.UnixMilli(from)
	return start, end, ok && from >= 0 && start.Before(end)
}

func milliseconds(values []string) (int64, bool) {
	if len(values) != 1 {
		return 0, false
	}
	ms, err := strconv.ParseInt(values[0], 10, 64)
	return ms, err == nil
}

// acceptsCSV says whether an Accept header admits text/csv. Having none admits
// everything.
func acceptsCSV(accept []string) bool {
	if len(accept) == 0 {
		return true
	}
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		if kind != "text/csv" && kind != "text/*" && kind != "*/*" {
			continue
		}
		if q, err := strconv.ParseFloat(params["q"], 64); err != nil || q > 0 {
			return true
		}
	}
	return false
}

// refuse is an error in the form of all documented ones.
func refuse(status int, message string) answer {
	body, err := json.Marshal(map[string]any{"status": status, "message": message})
	if err != nil {
		panic(err) // A string and an integer always encode.
	}
	return fixedAnswer(status, "application/json; charset=utf-8", body)
}

func fixedAnswer(status int, contentType string, body []byte) answer {
	return answer{
		status: status,
		header: http.Header{"Content-Type": {contentType}},
		body:   func(w io.Writer) error { _, err := io.Copy(w, bytes.NewReader(body)); return err },
	}
}

func csvAnswer(body func(io.Writer) error) answer {
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/csv; charset=utf-8"}}, body: body}
}
