package exposition

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Content is the metrics of one answer.
type Content struct {
	// Process, if not nil, has metrics that change all the time. They are compressed as
	// one chunk if the names of its families come before all other names.
	Process *Segment
	// Segments are sent in this order within each family, after Process. No two
	// series of a content may have the same name and labels.
	Segments []*Segment
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

// Encode returns a segment of families, whose names must differ. It encodes them in one
// format, and does not use them afterwards: Prepare, or the first scrape that asks,
// encodes other formats from that one. It is a format that scrapers have asked prev for,
// if they asked for any; prev may be nil. Where the families take too many bytes for
// that many series, the segment is empty and its Err is ErrTooLarge.
func (x *Responder) Encode(families []Family, prev *Segment, series int) *Segment {
	s := &Segment{legacy: true, encodings: map[variant]*encoding{}}
	sorted := slices.SortedFunc(slices.Values(families), func(a, b Family) int { return strings.Compare(a.Name, b.Name) })
	first := firstVariant(prev.asked())
	var blocks []*block
	blocks, s.err = encodeAll(sorted, first, x.codecs, max(maxBytes, series*seriesBytes))
	rest := blocks // in the same order, without the families that have no sample
	for _, f := range sorted {
		s.legacy = s.legacy && isLegacy(f.Name) && !slices.ContainsFunc(f.LabelNames, isNotLegacy)
		if len(rest) > 0 && rest[0].family == f.Name {
			f.Samples = x.codecs.readBack(rest[0].samples, len(f.LabelNames))
			s.families = append(s.families, f)
			rest = rest[1:]
		}
	}
	s.in(first, x.codecs).blocks = func() ([]*block, error) { return blocks, nil }
	return s
}

// Prepare encodes s in all formats that scrapers have asked prev for, so that no scrape
// has to wait. prev may be nil.
func (x *Responder) Prepare(s, prev *Segment) {
	for v, zstd := range prev.asked() {
		// An error is reported by the scrapes that it matters to.
		blocks, _ := s.in(v, x.codecs).blocks()
		for _, b := range blocks {
			if zstd {
				b.samples.zstdBlocks(x.codecs)
			}
		}
	}
}

// firstVariant returns the format that the others are encoded from: a text format
// that was asked for, or else the one that Prometheus asks for by default.
func firstVariant(asked map[variant]bool) variant {
	openMetrics := variant{expfmt.TypeOpenMetrics, model.NoEscaping}
	text := variant{expfmt.TypeTextPlain, model.NoEscaping}
	_, wantsText := asked[text]
	if _, wantsOpenMetrics := asked[openMetrics]; wantsText && !wantsOpenMetrics {
		return text
	}
	return openMetrics
}

// Respond answers one scrape as promhttp would if all families came from one
// gatherer: format and escaping by the Accept header, compression by the
// Accept-Encoding header, families chosen by the name[] parameters, sorted by
// name.
//
// The error names what could not be gathered or encoded. Everything else has been
// sent, or, if there is nothing else, the error itself with status 500. A client
// that has gone is not an error.
func (x *Responder) Respond(w http.ResponseWriter, r *http.Request, c Content) error {
	format := expfmt.NegotiateAccept(r.Header, x.formats...)
	asked := request{variant: variantOf(format), coding: negotiateCoding(r.Header)}
	if r.URL.RawQuery != "" {
		asked.names = r.URL.Query()["name[]"]
	}
	a := x.codecs.answers.get()
	defer x.codecs.answers.put(a)
	a.fill(c, &asked, x.codecs)
	err := a.err()
	if err != nil && a.empty() && len(asked.names) == 0 {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return err
	}
	h := w.Header()
	h["Vary"] = []string{"Accept", "Accept-Encoding"}
	h.Set("Content-Type", string(format))
	h.Set("Content-Length", strconv.Itoa(x.size(a, asked.coding)))
	if asked.coding != codingIdentity {
		h.Set("Content-Encoding", string(asked.coding))
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		x.send(w, a, asked.coding)
	}
	return err
}
