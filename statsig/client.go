// Package statsig is a client of one operation of Statsig's Console API: the
// usage and billing report of a project, for a window of time.
//
// It knows the address, the key, the encoding of the window, the rate limits,
// what to retry and what to refuse, and hands out the report as a stream. It
// does not know what a report means, and it neither logs nor reads files.
//
// No error of this package carries a key, or more of another host's address
// than its origin.
package statsig

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// reportPath is where the API has the report, below BaseURL.
const reportPath = "console/v1/project/usage_billing/report"

// Options say how a Client asks. All fields are required unless they say otherwise.
type Options struct {
	// BaseURL is the API's address, including any path before /console. Keys are
	// sent to its origin and nowhere else. Its user name, query and fragment are
	// ignored.
	BaseURL *url.URL
	// Version is the header STATSIG-API-VERSION; empty: none is sent.
	Version string
	// UserAgent is the header User-Agent.
	UserAgent string
	// Transport sends the requests. It must end them, and reading the bodies, with
	// the request's context, as one of NewTransport does.
	Transport http.RoundTripper
	// OtherTransport sends the requests to other origins than BaseURL's; nil:
	// Transport. Set it if Transport has a client certificate or a server name
	// that is meant for the API alone.
	OtherTransport http.RoundTripper
	// MaxReportBytes is how many bytes a report may have after decompression.
	MaxReportBytes int64
	// Limits are shared by all clients that may use the same keys.
	Limits *Limits
	// No error and no report may hold Secrets. The client adds the keys that it is
	// used with.
	Secrets *Secrets
	// MaxRetryAfter is the longest Retry-After that is honoured; longer ones
	// count as this one.
	MaxRetryAfter time.Duration
	// OnRequest, unless nil, is called once for each HTTP request, with the
	// status of the answer or "error". It is called from any goroutine.
	OnRequest func(code string)
}

// Client asks the Console API for usage and billing reports. It is safe for
// concurrent use.
type Client struct {
	options Options
	api     origin
	report  *url.URL
}

// NewClient returns a Client. It makes no connection.
func NewClient(o Options) *Client {
	if o.OtherTransport == nil {
		o.OtherTransport = o.Transport
	}
	if o.OnRequest == nil {
		o.OnRequest = func(string) {}
	}
	base := *o.BaseURL
	base.User, base.RawQuery, base.Fragment, base.RawFragment = nil, "", "", ""
	if base.Path == "" {
		base.Path = "/" // JoinPath would leave the address relative.
	}
	return &Client{options: o, api: originOf(&base), report: base.JoinPath(reportPath)}
}

// unusable returns why a key cannot be sent, or nil. A header would refuse or
// change bytes outside of visible ASCII.
func unusable(key Secret) error {
	if key.IsZero() {
		return errors.New("the API key is empty")
	}
	for _, b := range []byte(key.Reveal()) {
		if b <= ' ' || b > '~' {
			return errors.New("the API key holds a space, a control character or a letter outside of ASCII")
		}
	}
	return nil
}

// sleep waits for d, or until ctx ends and then returns its error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
