package exposition

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// Content is what a scrape is answered with.
type Content struct {
	// Segments are sent in this order within each family. No two series of a
	// content may have the same name and labels.
	Segments []*Segment
	// Own is gathered anew for each scrape; nil means none.
	Own prometheus.Gatherer
	// Keep says which of the gathered metrics are sent; nil means all. It must
	// not change the metric.
	Keep func(*dto.Metric) bool
}

// Responder answers scrapes. It is safe for concurrent use.
type Responder struct {
	codecs  *codecs
	formats []expfmt.Format
}

// NewResponder returns a responder that offers the formats that promhttp
// offers with OpenMetrics enabled.
func NewResponder() *Responder {
	return &Responder{codecs: newCodecs(), formats: expfmt.DefaultOpenMetricsAcceptedFormats()}
}

// Prepare encodes next in the formats in which scrapers have asked for prev, so
// that no scrape has to wait for it. It is meant to be called before next takes
// the place of prev. Either may be nil. Without Prepare, or in other formats,
// the first scrape that asks encodes.
func (x *Responder) Prepare(next, prev *Segment) {
	if next == nil || prev == nil {
		return
	}
	for v, zstd := range prev.asked() {
		// An error is reported by the scrapes that it matters to.
		blocks, _ := next.in(v, x.codecs).blocks()
		for _, b := range blocks {
			if zstd {
				b.makeFrame(x.codecs)
			}
		}
	}
}

// Respond answers one scrape as promhttp would if all families came from one
// gatherer: format and escaping by the Accept header, compression by the
// Accept-Encoding header, families chosen by the name[] parameters, sorted by
// name. A gathered family and segments' families of the same name become one,
// the gathered samples first.
//
// The error says what could not be gathered or encoded. All the rest has been
// sent then, or the error itself with status 500 where there is nothing else.
// That the client has gone is no error.
func (x *Responder) Respond(w http.ResponseWriter, r *http.Request, c Content) error {
	gathered, gatherErr := c.gather()
	if gatherErr != nil && len(gathered) == 0 && len(c.Segments) == 0 {
		http.Error(w, gatherErr.Error(), http.StatusInternalServerError)
		return gatherErr
	}
	format := expfmt.NegotiateAccept(r.Header, x.formats...)
	a := assembly{
		variant: variantOf(format),
		coding:  negotiateCoding(r.Header),
		names:   r.URL.Query()["name[]"],
		codecs:  x.codecs,
	}
	families, segmentErr := a.families(c.Segments, c.kept(gathered))

	plain := x.codecs.bodies.get()
	defer x.codecs.bodies.put(plain)
	encodeErr := a.encode(plain, families)
	sent := plain
	if a.coding != codingIdentity {
		sent = x.codecs.bodies.get()
		defer x.codecs.bodies.put(sent)
		plain.compress(sent, a.coding, x.codecs)
	}

	h := w.Header()
	h.Add("Vary", "Accept")
	h.Add("Vary", "Accept-Encoding")
	h.Set("Content-Type", string(format))
	h.Set("Content-Length", strconv.Itoa(sent.size()))
	if a.coding != codingIdentity {
		h.Set("Content-Encoding", string(a.coding))
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		x.write(w, sent)
	}
	return errors.Join(gatherErr, segmentErr, encodeErr)
}

// write sends the body. A write fails only if the client has gone.
func (x *Responder) write(w http.ResponseWriter, b *body) {
	buffered := x.codecs.writers.get()
	defer x.codecs.writers.put(buffered)
	buffered.Reset(w)
	if b.writeTo(buffered, x.codecs) == nil {
		_ = buffered.Flush()
	}
}

func (c Content) gather() ([]*dto.MetricFamily, error) {
	if c.Own == nil {
		return nil, nil
	}
	families, err := c.Own.Gather()
	if err != nil {
		err = fmt.Errorf("gather own metrics: %w", err)
	}
	return families, err
}

// kept returns the families with the metrics that c.Keep approves of. It
// changes none of the gathered ones, which other scrapes may share.
func (c Content) kept(families []*dto.MetricFamily) []*dto.MetricFamily {
	if c.Keep == nil {
		return families
	}
	kept := make([]*dto.MetricFamily, 0, len(families))
	for _, mf := range families {
		metrics := slices.DeleteFunc(slices.Clone(mf.Metric), func(m *dto.Metric) bool { return !c.Keep(m) })
		if len(metrics) > 0 {
			kept = append(kept, &dto.MetricFamily{Name: mf.Name, Help: mf.Help, Type: mf.Type, Unit: mf.Unit, Metric: metrics})
		}
	}
	return kept
}
