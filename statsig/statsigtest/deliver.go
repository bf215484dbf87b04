package statsigtest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"statsig_exporter/statsig/simulate"
)

// errCut says that a body has reached the byte at which a fault cuts it.
var errCut = errors.New("body cut")

// delivery is an answer on its way.
type delivery struct {
	answer simulate.Answer
	fault  Fault
	entry  *Request
}

// deliver sends an answer as its fault demands. It panics with
// http.ErrAbortHandler, as handlers do, to drop a connection.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, d delivery) {
	body := &wire{w: w, ctx: r.Context(), fault: d.fault}
	if d.fault.Delay > 0 && !body.pause(d.fault.Delay) {
		panic(http.ErrAbortHandler)
	}
	if h := d.fault.HoldHeader; h != nil && !body.hold(h) {
		panic(http.ErrAbortHandler)
	}
	if d.fault.Drop {
		reset(w)
		return
	}
	write := d.answer.Body
	if write == nil {
		write = func(io.Writer) error { return nil }
	}
	if d.setHeader(w, r) {
		write = compressed(write)
	}
	if cut := d.fault.Cut; cut != nil && cut.How == CutLength {
		write = d.promise(w, write)
	}
	w.WriteHeader(d.answer.Status)
	s.log.setStatus(d.entry, d.answer.Status)
	err := write(body)
	if err == nil {
		err = body.finish()
	}
	switch {
	case err == nil:
	case errors.Is(err, errCut) && body.reached:
		d.fault.Cut.apply(w)
	default:
		abort(w)
	}
}

// setHeader sets the header of the answer, and says whether to compress.
func (d delivery) setHeader(w http.ResponseWriter, r *http.Request) (compress bool) {
	for name, values := range d.answer.Header {
		w.Header()[name] = values
	}
	compress = d.fault.Encoding == "gzip" || d.fault.Encoding == "" && acceptsGzip(r.Header.Values("Accept-Encoding"))
	compress = compress && d.answer.Body != nil
	if compress {
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Vary", "Accept-Encoding")
	for name, value := range d.fault.Header {
		if value == "" {
			// A nil value, and not a missing one, keeps net/http from adding
			// the header itself.
			w.Header()[http.CanonicalHeaderKey(name)] = nil
			continue
		}
		w.Header().Set(name, value)
	}
	return compress
}

// promise announces the whole length of a body that is going to be cut.
func (d delivery) promise(w http.ResponseWriter, write func(io.Writer) error) func(io.Writer) error {
	var whole bytes.Buffer
	err := write(&whole)
	length := max(int64(whole.Len()), d.fault.Cut.At+1)
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	return func(w io.Writer) error {
		if err != nil {
			return err
		}
		_, err := whole.WriteTo(w)
		return err
	}
}

// compressed compresses what write writes.
func compressed(write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		packed := gzip.NewWriter(w)
		if err := write(packed); err != nil {
			return err
		}
		return packed.Close()
	}
}

// acceptsGzip says whether an Accept-Encoding header asks for gzip.
func acceptsGzip(values []string) bool {
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, params, _ := strings.Cut(part, ";")
		if strings.TrimSpace(strings.ToLower(coding)) != "gzip" {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(params), "q="), 64)
		return err != nil || q > 0
	}
	return false
}

// apply ends a connection as the cut says.
func (c *Cut) apply(w http.ResponseWriter) {
	switch c.How {
	case CutReset:
		flush(w)
		reset(w)
	case CutChunked:
		abort(w)
	case CutLength, CutClean:
		// Returning is enough: net/http ends the body, or, where it is short
		// of its promised length, the connection.
	}
}

// abort closes the connection with what has been written, but without an end.
func abort(w http.ResponseWriter) {
	flush(w)
	panic(http.ErrAbortHandler)
}

// flush sends what has been written. Where it fails, the connection is gone,
// which is found out soon enough.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// reset closes the connection so that the client sees a reset, where the
// transport is TCP, and an early end elsewhere.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if outer, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = outer.NetConn() // TLS would first say good-bye.
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
