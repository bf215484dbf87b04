package statsig

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"time"
)

// answer is a response and how to end it.
type answer struct {
	*http.Response
	foreign bool // It comes from another origin than the API's.
	from    origin
	cancel  context.CancelFunc
}

// name names the status, and the origin if it is not the API's.
func (a *answer) name() string {
	if a.foreign {
		return statusText(a.StatusCode) + " from " + a.from.String()
	}
	return statusText(a.StatusCode)
}

// end closes the body and ends the request.
func (a *answer) end() {
	_ = a.Body.Close() // Nothing is lost by a read-only body that will not close.
	a.cancel()
}

// send sends a request to the address that the chain has reached.
func (c *chain) send() (*answer, error) {
	p := c.poll
	where := originOf(c.at)
	foreign := where != p.client.api
	c.left = c.left || foreign
	ctx, cancel := context.WithCancel(p.ctx)
	transport := p.client.options.OtherTransport
	late := make(chan error, 1) // Why the request was not permitted once it had a connection.
	if !foreign {
		transport = p.client.options.Transport
		if err := p.permit(ctx); err != nil {
			cancel()
			return nil, err
		}
		permitted := p.permitted
		p.permitted = time.Time{}
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
			if time.Since(permitted) <= permitAge {
				return
			}
			if err := p.limiter.acquire(ctx, p.deadline); err != nil {
				late <- err
				cancel()
			}
		}})
	}
	c.requests++
	resp, err := transport.RoundTrip(c.request(ctx)) //nolint:bodyclose // The answer closes it, in end.
	if err == nil && (resp == nil || resp.Body == nil) {
		err = errors.New("the transport gave no answer")
	}
	if err != nil {
		cancel()
		p.client.options.OnRequest("error")
		select {
		case err := <-late:
			return nil, p.refused(err)
		default:
			return nil, c.broken(awaitingAnswer, err)
		}
	}
	p.client.options.OnRequest(strconv.Itoa(resp.StatusCode))
	return &answer{Response: resp, foreign: foreign, from: where, cancel: cancel}, nil
}

// request builds the request. The key is in it only while the chain has never
// been outside of the API's origin.
func (c *chain) request(ctx context.Context) *http.Request {
	header := http.Header{}
	header.Set("Accept", "text/csv, application/json;q=0.5")
	header.Set("Accept-Encoding", "gzip")
	header.Set("User-Agent", c.poll.client.options.UserAgent)
	if !c.left {
		header.Set("STATSIG-API-KEY", c.poll.key.Reveal())
		if version := c.poll.client.options.Version; version != "" {
			header.Set("STATSIG-API-VERSION", version)
		}
	}
	// A body, even one without a byte, keeps net/http from sending the request again by
	// itself, as where HTTP/2 refuses a stream: retries are counted and spaced here.
	// None of it is on the wire.
	r := http.Request{Method: http.MethodGet, URL: c.at, Host: c.at.Host, Header: header, Body: io.NopCloser(strings.NewReader(""))}
	return r.WithContext(ctx)
}

// permit waits until a request may go to the API. A permit is good for
// permitAge, also the one with which the poll began.
func (p *Poll) permit(ctx context.Context) error {
	now := time.Now()
	held := p.limiter.heldUntil().After(now)
	if !held && now.Sub(p.permitted) <= permitAge {
		return nil
	}
	err := p.limiter.acquire(ctx, p.deadline)
	if err == nil {
		p.permitted = time.Now()
		return nil
	}
	return p.refused(err)
}

// refused returns the error of a request that limiter.acquire did not permit.
func (p *Poll) refused(err error) error {
	var late *tooLate
	if !errors.As(err, &late) {
		return cmp.Or(p.ended("waiting for the rate limit"), err)
	}
	// Unless the API asked for the wait, it is the poll that has no time left. Where
	// there is no time for a retry, the failure before it is the result.
	e := p.fail(Timeout, late.Error())
	switch {
	case p.last != nil:
		e = &Error{Result: p.last.Result, Status: p.last.Status, Elsewhere: p.last.Elsewhere, Err: p.last.Err}
	case p.limiter.heldUntil().After(time.Now()):
		e.Result = RateLimited
	}
	e.RetryAt = late.at
	return e
}
