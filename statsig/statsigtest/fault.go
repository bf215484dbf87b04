package statsigtest

import (
	"io"
	"net/http"
	"strings"
	"time"

	"statsig_exporter/statsig/simulate"
)

// Fault is one way, or several at once, in which an answer goes wrong. The
// zero value is an ordinary answer. Faults are values: the functions of this
// package make common ones, and the fields of the result may be set further.
//
// A fault with a Status answers without looking at the request. Any other
// leaves the refusals of the operation (key, headers, parameters, and for
// Envelope and Redirect a window without data) as they are, and changes only
// how they travel. A request that is over a rate limit meets no fault.
//
// Bytes of a body are those on the wire: after compression, before chunking.
//
// Nothing that a fault waits for outlives the request: when the client goes
// away, the connection is dropped.
type Fault struct {
	// Times is how many requests the fault applies to; 0 means all until
	// ClearFaults.
	Times int

	// Delay is waited for before the header is sent.
	Delay time.Duration
	// HoldHeader holds the answer back before its header; At is not used.
	HoldHeader *Hold
	// Drop resets the connection before the header.
	Drop bool

	// Status replaces the answer: by Body, or by nothing.
	Status int
	// Header is set over the answer's own; an empty value removes a header.
	Header map[string]string
	// Body replaces the report, whatever the window. It is called once for
	// each request, concurrently for concurrent ones; its error cuts the
	// connection. Without a Content-Type in Header, it is text/csv.
	Body func(io.Writer) error
	// Envelope answers with a JSON envelope that links to the report.
	Envelope *Link
	// Redirect answers with a redirect to the report.
	Redirect *Link

	// Encoding is "gzip" to compress the body whatever the request says, or
	// "identity" not to; empty to do what the request asks for.
	Encoding string
	// HoldBody holds the body back at a byte.
	HoldBody *Hold
	// Drip sends the body in small pieces.
	Drip *Drip
	// Cut ends the body early.
	Cut *Cut
	// CorruptAt inverts the byte at this position of the body, counted from 1;
	// 0 leaves it whole.
	CorruptAt int64

	cleared <-chan struct{} // Closed by ClearFaults; nil for an ordinary answer.
}

// Hold stops an answer until Until is closed, ClearFaults is called, or the
// request ends.
type Hold struct {
	// At is the number of body bytes that are sent before; a shorter body is
	// held at its end.
	At int64
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

// Cut ends a body after At bytes, or, where At is negative, that many bytes
// before its end. A body with fewer bytes is cut at its end, which a Clean cut
// cannot show.
type Cut struct {
	At  int64
	How CutKind
}

// CutKind is how a body ends early.
type CutKind int

const (
	// CutReset resets the connection.
	CutReset CutKind = iota
	// CutLength promises the whole length in Content-Length and sends less. It
	// holds the body in memory.
	CutLength
	// CutChunked closes a chunked body without its last chunk.
	CutChunked
	// CutClean ends the body well-formed as far as HTTP can tell: a truncated
	// gzip stream, or a report that lacks its last rows.
	CutClean
)

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

// HTMLPage answers with the page that a proxy shows; status 200 included.
func HTMLPage(status int) Fault {
	return Reply(status, "text/html; charset=utf-8", "<!DOCTYPE html>\n<html><head><title>Sorry</title></head>\n<body><h1>Something went wrong, please try again</h1></body></html>\n")
}

// Empty answers with status 200, as text/csv, and no byte.
func Empty() Fault { return Fault{Body: text(""), Encoding: "identity"} }

// HeaderOnly answers with a report that has no rows.
func HeaderOnly() Fault {
	return Generated(func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(simulate.Columns(), ",")+"\n")
		return err
	})
}

// CSV answers with a report as it is given, whatever the window.
func CSV(report string) Fault { return Fault{Body: text(report)} }

// Generated answers with what write writes, as a report, whatever the window.
func Generated(write func(io.Writer) error) Fault { return Fault{Body: write} }

// EnvelopeTo answers with an envelope that links to the server's Storage at
// origin.
func EnvelopeTo(origin string) Fault { return Fault{Envelope: &Link{Origin: origin}} }

// RedirectTo redirects to the server's Storage at origin.
func RedirectTo(origin string) Fault { return Fault{Redirect: &Link{Origin: origin}} }

// CutAfter cuts the body after n bytes, or -n bytes before its end.
func CutAfter(n int64, how CutKind) Fault { return Fault{Cut: &Cut{At: n, How: how}} }

// text copies its string straight to the writer.
func text(body string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, body); return err }
}

// instead returns the answer that the fault puts in place of a.
func (f Fault) instead(a simulate.Answer) simulate.Answer {
	if f.Body != nil || f.Status != 0 {
		a = simulate.CSV(f.Body)
	}
	if f.Status != 0 {
		a.Status = f.Status
	}
	return a
}
