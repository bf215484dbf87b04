package statsig

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What is read of a body that nobody wants, so that its connection can be used
// again, and for how long.
const (
	drainBytes = 64 << 10
	drainTime  = time.Second
)

// answer is a response and what belongs to its end.
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

// end closes the body, after a bounded rest of it, and ends the request.
func (a *answer) end() {
	defer a.cancel()
	if a.StatusCode >= http.StatusOK { // The body of a 101 is a connection.
		timer := time.AfterFunc(drainTime, a.cancel)
		_, _ = io.CopyN(io.Discard, a.Body, drainBytes)
		timer.Stop()
	}
	_ = a.Body.Close() // Nothing is lost by a read-only body that will not close.
}

// send sends one request to where the chain is.
func (c *chain) send() (*answer, error) {
	p := c.poll
	where := originOf(c.at)
	foreign := where != p.client.api
	c.left = c.left || foreign
	ctx, cancel := context.WithCancel(p.ctx)
	transport := p.client.options.OtherTransport
	if !foreign {
		transport = p.client.options.Transport
		permit, err := p.permit(ctx)
		if err != nil {
			cancel()
			return nil, err
		}
		g := &gate{poll: p, permit: permit, ctx: ctx, cancel: cancel}
		defer g.passed()
		ctx = httptrace.WithClientTrace(ctx, g.trace())
	}
	c.requests++
	resp, err := transport.RoundTrip(c.request(ctx)) //nolint:bodyclose // The answer closes it, in end.
	if err == nil && (resp == nil || resp.Body == nil) {
		err = errors.New("the transport gave no answer")
	}
	if err != nil {
		cancel()
		p.client.options.OnRequest("error")
		return nil, c.broken(awaitingAnswer, err)
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
	// A body, even one without a byte, keeps net/http from sending the request
	// again by itself when an idle connection turns out to be dead: retries are
	// counted and spaced here. None of it is on the wire.
	r := http.Request{Method: http.MethodGet, URL: c.at, Host: c.at.Host, Header: header, Body: io.NopCloser(strings.NewReader(""))}
	return r.WithContext(ctx)
}

// permit returns the permit for the next request to the API: for the first one
// that of Begin, unless the API has asked to wait since.
func (p *Poll) permit(ctx context.Context) (*permit, error) {
	if first := p.first; first.take() {
		if !p.limiter.holding(p.client.clock.now()) {
			return first, nil
		}
		first.release()
	}
	got, err := p.limiter.acquire(ctx, p.client.clock, p.deadline)
	if err == nil {
		return got, nil
	}
	var late *tooLate
	if !errors.As(err, &late) {
		return nil, p.ended("waiting for the rate limit")
	}
	// Without a word from the API, it is the poll that has no time left. A retry
	// that there is no time for leaves the failure that it was for.
	f := p.fail(Timeout, 0, late.Error())
	var last *Error
	switch {
	case errors.As(p.last, &last):
		f = &failure{out: &Error{Result: last.Result, Status: last.Status, Err: last.Err}}
	case p.limiter.holding(p.client.clock.now()):
		f.out.Result = RateLimited
	}
	f.out.RetryAt = late.at
	return nil, f
}

// gate stands between the transport and the limiter. The permit is spent when
// the request is on its way, not before a slow connection has been made. And a
// transport that sends the request again by itself, as net/http does when an
// idle connection turns out to be dead, needs another permit.
type gate struct {
	poll   *Poll
	ctx    context.Context // The hooks get none.
	cancel context.CancelFunc

	mu          sync.Mutex
	permit      *permit
	connections int
}

func (g *gate) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { g.connected() },
		WroteRequest: func(httptrace.WroteRequestInfo) { g.passed() },
	}
}

// passed spends the permit.
func (g *gate) passed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.permit.spend()
}

// connected waits for another permit if the request has had a connection before.
func (g *gate) connected() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.connections++
	if g.connections == 1 {
		return
	}
	g.permit.spend()
	g.poll.client.options.OnRequest("error")
	again, err := g.poll.limiter.acquire(g.ctx, g.poll.client.clock, g.poll.deadline)
	if err != nil {
		g.cancel() // The request must not be sent; the chain says why it ended.
		return
	}
	g.permit = again
}
