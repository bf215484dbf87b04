package statsigtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
)

// Transport calls a handler without a socket, so that it works in a bubble of
// synctest. A handler that aborts cuts the answer off.
type Transport struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
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
}

func (w *wire) Header() http.Header { return w.header }

func (w *wire) Flush() {}

func (w *wire) WriteHeader(status int) {
	w.once.Do(func() {
		w.response.StatusCode, w.response.Header, w.response.ContentLength = status, w.header.Clone(), -1
		w.started <- w.response
	})
}

func (w *wire) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.in.Write(p)
}

// finish ends the answer, whole or not.
func (w *wire) finish() {
	var err error // of the body
	if recover() != nil {
		w.once.Do(func() { w.started <- nil })
		err = io.ErrUnexpectedEOF
	}
	w.WriteHeader(http.StatusOK)
	_ = w.in.CloseWithError(err) // It always returns nil.
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
