package simulate

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Answer is how the API answers a request.
type Answer struct {
	Status int
	Header http.Header
	Body   func(io.Writer) error
}

// Window returns the window that a request with the key of a project asks for,
// or the refusal of the request. The project is empty where the key is unknown.
// Without a start, the window starts where the usage of the projects does.
func (a *API) Window(r *http.Request, project string) (start, end time.Time, refusal *Answer) {
	refuse := func(status int, message string) (time.Time, time.Time, *Answer) {
		refused := Refuse(status, message)
		return time.Time{}, time.Time{}, &refused
	}
	switch {
	case r.URL.Path != ReportPath:
		return refuse(http.StatusNotFound, fmt.Sprintf("Cannot %s %s", r.Method, r.URL.Path))
	case r.Method != http.MethodGet:
		return refuse(http.StatusMethodNotAllowed, "Method Not Allowed")
	case project == "":
		return refuse(http.StatusUnauthorized, "This endpoint only accepts an active CONSOLE key, but an invalid key was sent. Key: "+r.Header.Get(KeyHeader))
	case !acceptsCSV(r.Header.Values("Accept")):
		return refuse(http.StatusNotAcceptable, "Not Acceptable")
	}
	query := r.URL.Query()
	to, ok := milliseconds(query["end"])
	from := a.opts.Since.UnixMilli()
	if _, given := query["start"]; given && ok {
		from, ok = milliseconds(query["start"])
	}
	if !ok || to <= 0 || from < 0 || from >= to {
		return refuse(http.StatusBadRequest, "Invalid request. Please check the request input and try again.")
	}
	return time.UnixMilli(from), time.UnixMilli(to), nil
}

// Report answers with the rows of a window, or says that there are none.
func (a *API) Report(project string, start, end time.Time) Answer {
	p, now := a.projects[project], a.opts.Now()
	if !p.any(start, end, now) {
		return Refuse(http.StatusBadRequest, "Data is not available")
	}
	answer := CSV(func(w io.Writer) error { return writeRows(w, p.rows(start, end, now)) })
	answer.Header.Set("Content-Disposition", `attachment; filename="usage_billing_report.csv"`)
	return answer
}

func milliseconds(values []string) (int64, bool) {
	if len(values) != 1 {
		return 0, false
	}
	ms, err := strconv.ParseInt(values[0], 10, 64)
	return ms, err == nil
}

// acceptsCSV reports whether an Accept header admits text/csv. No header admits
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

// Refuse returns an error in the form of all documented ones.
func Refuse(status int, message string) Answer {
	body, err := json.Marshal(map[string]any{"status": status, "message": message})
	if err != nil {
		panic(err) // A string and an integer always encode.
	}
	return Text(status, "application/json; charset=utf-8", string(body))
}

// Text returns an answer with a body that is given.
func Text(status int, contentType, body string) Answer {
	return Answer{
		Status: status,
		Header: http.Header{"Content-Type": {contentType}},
		Body:   func(w io.Writer) error { _, err := io.WriteString(w, body); return err },
	}
}

// CSV returns a report that body writes.
func CSV(body func(io.Writer) error) Answer {
	return Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/csv; charset=utf-8"}}, Body: body}
}
