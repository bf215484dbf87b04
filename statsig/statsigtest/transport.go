package statsigtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
)

// Transport calls a handler without a socket, so that it works in a bubble of
// synctest. A handler that aborts cuts the answer off.
type Transport struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	ctx, cancel := context.WithCancel(r.Context())
	body, in := io.Pipe()
	w := &wire{in: in, header: http.Header{}, started: make(chan *http.Response, 1)}
	w.response = &http.Response{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Body: &pipeBody{body, cancel}}
	go func() {
		defer cancel()
		defer w.finish()
		t.ServeHTTP(w, r.Clone(ctx))
	}()
	select {
	case response := <-w.started:
		if response == nil {
			return nil, errors.New("connection reset by peer")
		}
		return response, nil
	case <-ctx.Done():
		cancel()
		return nil, ctx.Err()
	}
}

// wire is the server's end.
type wire struct {
	in       *io.PipeWriter
	header   http.Header
	response *http.Response
	started  chan *http.Response // Gets nil if there is no answer.
	once     sync.Once
	promised int64 // bytes of the body; -1 for unknown
	sent     int64
}

func (w *wire) Header() http.Header { return w.header }

func (w *wire) Flush() {}

func (w *wire) WriteHeader(status int) {
	w.once.Do(func() {
		w.promised = -1
		if n, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil {
			w.promised = n
		}
		w.response.StatusCode, w.response.ContentLength = status, w.promised
		w.response.Header = w.header.Clone()
		w.started <- w.response
	})
}

func (w *wire) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	n, err := w.in.Write(p)
	w.sent += int64(n)
	return n, err
}

// finish ends the answer, whole or not.
func (w *wire) finish() {
	aborted := recover() != nil
	if aborted {
		w.once.Do(func() { w.started <- nil })
	}
	w.WriteHeader(http.StatusOK)
	if aborted || w.promised >= 0 && w.sent < w.promised {
		_ = w.in.CloseWithError(io.ErrUnexpectedEOF)
		return
	}
	_ = w.in.Close()
}

// pipeBody is the client's end of a body.
type pipeBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *pipeBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}
