package statsig

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const maxRedirects = 3

// chain is one attempt: the request to the API, and the redirects and the envelope
// that its answer leads through.
type chain struct {
	poll      *Poll
	at        *url.URL // Where the next request goes.
	requests  int
	redirects int
	left      bool // The chain has been outside of the API's origin.
	enveloped bool // The address comes from an envelope.
}

// report follows the chain to the report. The caller must end the body's answer.
func (c *chain) report() (*Body, error) {
	for {
		a, err := c.fetch()
		if err != nil {
			return nil, err
		}
		stream, isEnvelope, err := c.open(a)
		if err == nil && !isEnvelope {
			return newBody(c, a, stream), nil
		}
		if err == nil {
			err = c.unwrap(stream)
		}
		a.end()
		if err != nil {
			return nil, err
		}
	}
}

// unwrap reads an envelope and goes on at the address in it.
func (c *chain) unwrap(stream *bufio.Reader) error {
	if c.enveloped {
		return c.invalid("the envelope leads to another envelope")
	}
	ref, err := c.readEnvelope(stream)
	if err != nil {
		return err
	}
	if c.at, err = c.poll.resolve(c.at, ref); err != nil {
		return c.invalid("bad address in the envelope: " + err.Error())
	}
	c.enveloped = true
	return nil
}

// fetch follows redirects and returns the answer if it has status 200. The caller
// must end it.
func (c *chain) fetch() (*answer, error) {
	for {
		a, err := c.send()
		if err != nil {
			return nil, err
		}
		if a.StatusCode == http.StatusOK {
			return a, nil
		}
		if isRedirect(a.StatusCode) {
			err = c.redirect(a)
		} else {
			err = c.refusal(a)
		}
		a.end()
		if err != nil {
			return nil, err
		}
	}
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirect goes on where a redirect points to.
func (c *chain) redirect(a *answer) error {
	refuse := func(why string) error {
		return c.poll.fail(UpstreamError, a.name()+": "+why)
	}
	if c.redirects == maxRedirects {
		return refuse("more than " + strconv.Itoa(maxRedirects) + " redirects")
	}
	ref := a.Header.Get("Location")
	if strings.TrimSpace(ref) == "" {
		return refuse("redirect without a Location")
	}
	next, err := c.poll.resolve(c.at, ref)
	if err != nil {
		return refuse("redirect refused: " + err.Error())
	}
	c.redirects++
	c.at = next
	return nil
}

// refusal returns the error of an answer that is neither a report nor a redirect.
func (c *chain) refusal(a *answer) error {
	p := c.poll
	text, said := a.name(), c.read(a)
	if said.text != "" {
		text += ": " + cut(p.redact(said.text), messageLimit)
	}
	result, retry := c.meaning(a, said)
	e := p.fail(result, text)
	e.Status, e.Elsewhere, e.Created, e.retry = a.StatusCode, c.requests > 1, said.created, retry
	if retry {
		e.wait = p.client.retryAfter(a.Header)
	}
	if e.wait <= 0 {
		return e
	}
	e.RetryAt = time.Now().Add(e.wait)
	if e.Result == RateLimited && !a.foreign {
		p.limiter.hold(e.RetryAt)
	}
	return e
}

// meaning returns what a status other than 200 means, and whether the same request
// may be sent again. Only the API's origin knows that there is no data. A 401 or a
// 403 is about the key if it is the first answer: where a redirect or an envelope
// leads, nothing is known of the key, and a proxy's refusal is a proxyError.
func (c *chain) meaning(a *answer, said message) (result Result, retry bool) {
	switch {
	case a.StatusCode == http.StatusBadRequest && !a.foreign && !said.refused:
		return NoData, false
	case a.StatusCode == http.StatusUnauthorized && c.requests == 1:
		return Unauthorized, false
	case a.StatusCode == http.StatusForbidden && c.requests == 1:
		return Forbidden, false
	case a.StatusCode == http.StatusTooManyRequests:
		return RateLimited, true
	default:
		return UpstreamError, a.StatusCode/100 == 5
	}
}

// invalid returns the error of an answer that is not a report.
func (c *chain) invalid(text string) *Error {
	return c.poll.fail(InvalidReport, text)
}

// step says where the chain is; the text of its errors begins with it.
type step string

const (
	awaitingAnswer step = "get report"
	readingBody    step = "read report"
)

// doing returns the step as in "timed out while waiting".
func (s step) doing() string {
	if s == readingBody {
		return "reading the report"
	}
	return "waiting for the answer"
}

// broken turns an error of the transport or of a body into one for callers: an *Error,
// or one that wraps context.Canceled.
func (c *chain) broken(at step, err error) error {
	if ended := c.poll.ended(at.doing()); ended != nil {
		return ended
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // The text of a url.Error has the whole address.
	}
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = "the connection was given up"
	}
	where := originOf(c.at)
	if where != c.poll.client.api {
		if quotes(text, c.at) {
			text = "(text withheld: it quotes the address)"
		}
		text = where.String() + ": " + text
	}
	e := c.poll.fail(NetworkError, string(at)+": "+text)
	var refused *proxyError
	e.retry = !errors.As(err, &refused) || refused.status >= http.StatusInternalServerError
	return e
}

// quotes reports whether text holds the path of u or a part of its query.
func quotes(text string, u *url.URL) bool {
	const telling = 4 // Shorter parts are in any text.
	parts := []string{u.Path, u.EscapedPath(), u.RawQuery}
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	for _, part := range parts {
		if len(part) >= telling && strings.Contains(text, part) {
			return true
		}
	}
	return false
}
