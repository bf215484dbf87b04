package statsig

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

const (
	dialTimeout  = 10 * time.Second
	writeTimeout = 10 * time.Second // of one write
	// hangGrace is how long a request may go on after its context has ended.
	hangGrace = 250 * time.Millisecond
	// maxHung is how many requests may hang before no more are sent.
	maxHung = 200
)

// errNoCloseNotify is the end of a TLS connection that anybody in between could have
// caused.
var errNoCloseNotify = errors.New("the TLS connection ended without close_notify")

// NewTransport returns a transport whose requests end with their context, and so do their
// bodies, whatever the other side sends and net/http makes of it. What hangs is left
// behind with its connection. Each request has an http.Transport and a connection of its
// own: at one request an hour, an old connection is worth less than what it may spoil.
//
// configure sets up each http.Transport, except how it dials. It is called from any
// goroutine. The transport is safe for concurrent use.
func NewTransport(configure func(t *http.Transport)) http.RoundTripper {
	return &transport{configure: configure}
}

type transport struct {
	configure func(t *http.Transport)
	hung      atomic.Int32
}

// RoundTrip sends a request.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if hung := t.hung.Load(); hung >= maxHung {
		return nil, fmt.Errorf("%d requests hang, and no more are sent until one of them ends", hung)
	}
	over := &http.Transport{}
	t.configure(over)
	over.DialContext, over.OnProxyConnectResponse, over.DisableKeepAlives = dial, refusedByProxy, true
	e := &exchange{transport: t, ctx: r.Context()}
	type outcome struct {
		resp *http.Response
		err  error
	}
	var got outcome
	traced := r.WithContext(e.trace(r.Context()))
	ended := e.run(func() {
		resp, err := over.RoundTrip(traced) //nolint:bodyclose // The caller closes it.
		got = outcome{resp, err}
	})
	if !e.await(ended) {
		return nil, fmt.Errorf("the connection hangs: %w", context.Cause(r.Context()))
	}
	if got.resp != nil && got.resp.Body != nil && got.resp.Body != http.NoBody {
		got.resp.Body = &endingBody{exchange: e, body: got.resp.Body}
	}
	return got.resp, got.err
}

// exchange is a request under way, and its answer.
type exchange struct {
	transport *transport
	ctx       context.Context // of the request
	conn      atomic.Pointer[net.Conn]
}

// trace returns ctx with a trace that tells the exchange its connection.
func (e *exchange) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { e.conn.Store(&i.Conn) },
	})
}

// run runs f on a goroutine of its own and closes the channel when it has ended.
func (e *exchange) run(f func()) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f()
	}()
	return ended
}

// await waits until ended is closed, and reports false if the context of the
// request ended hangGrace before: then the exchange is given up.
func (e *exchange) await(ended <-chan struct{}) bool {
	select {
	case <-ended:
		return true
	case <-e.ctx.Done():
	}
	grace := time.NewTimer(hangGrace)
	defer grace.Stop()
	select {
	case <-ended:
		return true
	case <-grace.C:
		e.giveUp(ended)
		return false
	}
}

// giveUp closes the connection and leaves behind what hangs, counted until it ends.
func (e *exchange) giveUp(ended <-chan struct{}) {
	e.transport.hung.Add(1)
	conn := e.conn.Load()
	go func() {
		defer e.transport.hung.Add(-1)
		if conn != nil {
			_ = rawConn(*conn).Close() // It is given up anyway.
		}
		<-ended
	}()
}

// rawConn returns the connection below TLS, whose Close waits for nobody.
func rawConn(c net.Conn) net.Conn {
	for {
		over, ok := c.(*tls.Conn)
		if !ok {
			return c
		}
		c = over.NetConn()
	}
}

// endingBody is a body whose Read ends with the context of the request. It is
// read by one goroutine.
type endingBody struct {
	exchange *exchange
	body     io.ReadCloser
	out      *io.PipeReader // nil before the first Read
}

func (b *endingBody) Read(p []byte) (int, error) {
	if b.out == nil {
		b.pump()
	}
	return b.out.Read(p)
}

// pump begins to read the body on a goroutine that may be left behind.
func (b *endingBody) pump() {
	out, in := io.Pipe()
	b.out = out
	ctx := b.exchange.ctx
	ended := b.exchange.run(func() {
		_, err := io.Copy(in, b.body)
		_ = in.CloseWithError(err) // It always returns nil.
		_ = b.body.Close()         // Nothing is lost by a read-only body that will not close.
	})
	unblock := context.AfterFunc(ctx, func() { _ = out.CloseWithError(context.Cause(ctx)) })
	go func() {
		b.exchange.await(ended)
		unblock()
	}()
}

// Close ends the body without waiting for it. The context of the request must end too.
func (b *endingBody) Close() error {
	if b.out != nil {
		return b.out.Close()
	}
	ended := b.exchange.run(func() { _ = b.body.Close() })
	go b.exchange.await(ended)
	return nil
}

// dial connects with bounds on what can be waited for.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// conn is a connection that breaks if a write takes too long. Under TLS, its end without
// close_notify is an error.
type conn struct {
	net.Conn
	tls atomic.Bool
}

// Write writes p.
func (c *conn) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte{22, 3}) { // a handshake record; what it says behind a proxy comes later
		c.tls.Store(true)
	}
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// Read reads into p.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) && c.tls.Load() {
		err = errNoCloseNotify
	}
	return n, err
}

// proxyError is an answer of a proxy that is in the place of a connection.
type proxyError struct {
	host   string
	status int
}

// Error names the proxy, so that nobody takes its status for Statsig's.
func (e *proxyError) Error() string { return fmt.Sprintf("proxy %s answered %d", e.host, e.status) }

func refusedByProxy(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{proxy.Host, answer.StatusCode}
}
