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

// Options say how a Client asks. All fields but BaseURL may be left zero.
type Options struct {
	// BaseURL is the API's address, a path before /console included. Keys are
	// sent to its origin and nowhere else. A user name, a query and a fragment
	// in it are not used. It is required.
	BaseURL *url.URL
	// Version is the header STATSIG-API-VERSION.
	Version string
	// UserAgent is the header User-Agent.
	UserAgent string
	// Transport sends the requests; nil: one of NewTransport. Others must end
	// their requests, and reading the bodies, with the request's context.
	Transport http.RoundTripper
	// OtherTransport sends the requests to other origins than BaseURL's; nil:
	// Transport. A transport with a client certificate, a server name or
	// certificate authorities meant for the API alone needs another one here.
	OtherTransport http.RoundTripper
	// MaxReportBytes is how many bytes a report may have after decompression;
	// zero or less: 1 GiB.
	MaxReportBytes int64
	// Limits are shared by all clients that may use the same keys; nil: own
	// ones, as NewLimits makes them of a zero RateLimit.
	Limits *Limits
	// Secrets are what no error and no report may hold; nil: only the keys that
	// the client is used with, which are added.
	Secrets *Secrets
	// MaxRetryAfter is the longest Retry-After that is honoured; longer ones
	// count as this one. Zero or less: 1 hour.
	MaxRetryAfter time.Duration
	// OnRequest, unless nil, is called once for each HTTP request, with the
	// status of the answer or "error". It is called from any goroutine.
	OnRequest func(code string)
	// Now, Sleep and Rand stand in for the clock, for waiting (until the time
	// has passed by Now, or ctx has ended: then with its error) and for numbers
	// in [0, 1); nil: the real ones. The deadline of a poll's context follows
	// the real clock all the same.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
	Rand  func() float64
}

// Client asks the Console API for usage and billing reports. It is safe for
// concurrent use.
type Client struct {
	options Options
	clock   clock
	api     origin
	report  *url.URL
}

// NewClient returns a Client. It makes no connection.
func NewClient(o Options) *Client {
	if o.Transport == nil {
		o.Transport = NewTransport(func(*http.Transport) {})
	}
	if o.OtherTransport == nil {
		o.OtherTransport = o.Transport
	}
	if o.MaxReportBytes <= 0 {
		o.MaxReportBytes = 1 << 30
	}
	if o.MaxRetryAfter <= 0 {
		o.MaxRetryAfter = time.Hour
	}
	if o.Limits == nil {
		o.Limits = NewLimits(RateLimit{})
	}
	if o.Secrets == nil {
		o.Secrets = &Secrets{}
	}
	if o.OnRequest == nil {
		o.OnRequest = func(string) {}
	}
	base := *o.BaseURL
	base.User, base.RawQuery, base.Fragment, base.RawFragment = nil, "", "", ""
	if base.Path == "" {
		base.Path = "/" // JoinPath would leave the address relative.
	}
	return &Client{
		options: o,
		clock:   newClock(o),
		api:     originOf(&base),
		report:  base.JoinPath(reportPath),
	}
}

// unusable says why a key cannot be sent, or nothing. Bytes outside of visible
// ASCII would be refused, or changed, on the way through a header.
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
