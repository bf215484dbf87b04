package statsigtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"statsig_exporter/statsig/simulate"
)

// Fault is one way, or several at once, in which an answer goes wrong. The zero
// value is an ordinary answer.
//
// A fault with a Status answers without looking at the request. Any other leaves
// the refusals of the operation as they are. Nothing that a fault waits for
// outlives the request.
type Fault struct {
	// Times is how many requests the fault applies to; 0 means all until
	// ClearFaults.
	Times int

	// Delay is waited for before the header is sent.
	Delay time.Duration
	// HoldHeader holds the answer back before its header; At is not used.
	HoldHeader *Hold

	// Status replaces the answer: by Body, or by nothing.
	Status int
	// Header is set over the answer's own.
	Header map[string]string
	// Body replaces the report, whatever the window. It is called once for each
	// request, concurrently for concurrent ones; its error breaks the connection.
	// Without a Content-Type in Header, it is text/csv.
	Body func(io.Writer) error

	// Plain sends the body without compression, whatever the request asks for.
	Plain bool
	// HoldBody holds the body back at a byte.
	HoldBody *Hold
	// Drip sends the body in small pieces.
	Drip *Drip

	cleared <-chan struct{} // Closed by ClearFaults.
}

// Hold stops an answer until Until is closed, ClearFaults is called, or the
// request ends.
type Hold struct {
	// At is the number of body bytes that are sent before; a shorter body is held
	// at its end.
	At int
	// Until ends the hold; nil never does.
	Until <-chan struct{}
	// Entered, if not nil, is called once everything before has been sent.
	Entered func()
}

// Drip is the pace of a slow body: Bytes, then a pause of Every.
type Drip struct {
	Bytes int
	Every time.Duration
}

// For returns the fault for n requests.
func (f Fault) For(n int) Fault {
	f.Times = n
	return f
}

// Reply answers with a status and a body of the given content type, without
// looking at the request.
func Reply(status int, contentType, body string) Fault {
	return Fault{Status: status, Header: map[string]string{"Content-Type": contentType}, Body: text(body)}
}

// Refusal answers with a status and the JSON of the API's own errors.
func Refusal(status int, message string) Fault {
	return Fault{Status: status, Header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, Body: simulate.Refuse(status, message).Body}
}

// RetryAfter is a Refusal with a Retry-After header: seconds or an HTTP date.
func RetryAfter(status int, value string) Fault {
	f := Refusal(status, http.StatusText(status))
	f.Header["Retry-After"] = value
	return f
}

// HeaderOnly answers with a report that has no rows.
func HeaderOnly() Fault { return CSV(strings.Join(simulate.Columns(), ",") + "\n") }

// CSV answers with a report as it is given, whatever the window.
func CSV(report string) Fault { return Fault{Body: text(report)} }

// Generated answers with what write writes, as a report, whatever the window.
func Generated(write func(io.Writer) error) Fault { return Fault{Body: write} }

// text copies its string straight to the writer.
func text(body string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, body); return err }
}

// instead returns the answer that the fault puts in place of another.
func (f Fault) instead(status int) simulate.Answer {
	a := simulate.CSV(f.Body)
	a.Status = status
	return a
}

// deliver sends an answer as the fault demands. It panics with
// http.ErrAbortHandler, as handlers do, to break a connection.
func (f Fault) deliver(w http.ResponseWriter, r *http.Request, a simulate.Answer) {
	if f.Delay > 0 {
		wait(r.Context(), f, time.After(f.Delay))
	}
	if h := f.HoldHeader; h != nil {
		f.hold(r.Context(), h)
	}
	packed := a.Body != nil && !f.Plain && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	if packed {
		w.Header().Set("Content-Encoding", "gzip")
	}
	for name, value := range f.Header {
		w.Header()[name] = []string{value}
	}
	body := render(a, packed)
	w.WriteHeader(a.Status)
	f.send(r.Context(), w, body)
}

// render returns the body of an answer.
func render(a simulate.Answer, packed bool) []byte {
	var out bytes.Buffer
	if a.Body == nil {
		return nil
	}
	var err error
	if packed {
		zip := gzip.NewWriter(&out)
		err = a.Body(zip)
		_ = zip.Close() // A buffer takes everything.
	} else {
		err = a.Body(&out)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return out.Bytes()
}

// send sends a body.
func (f Fault) send(ctx context.Context, w http.ResponseWriter, body []byte) {
	put := func(p []byte) {
		_, _ = w.Write(p)
		_ = http.NewResponseController(w).Flush() // The client may have gone.
	}
	if h := f.HoldBody; h != nil {
		at := min(h.At, len(body))
		put(body[:at])
		f.hold(ctx, h)
		body = body[at:]
	}
	for d := f.Drip; d != nil && len(body) > 0; {
		n := min(d.Bytes, len(body))
		put(body[:n])
		wait(ctx, f, time.After(d.Every))
		body = body[n:]
	}
	_, _ = w.Write(body)
}

func (f Fault) hold(ctx context.Context, h *Hold) {
	if h.Entered != nil {
		h.Entered()
	}
	wait(ctx, f, h.Until)
}

// wait returns once until is closed or sends, or the faults are cleared. It breaks
// the connection if the client goes away before.
func wait[T any](ctx context.Context, f Fault, until <-chan T) {
	select {
	case <-until:
	case <-f.cleared:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}
