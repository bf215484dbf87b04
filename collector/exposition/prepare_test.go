package exposition

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// encodeOne returns a segment of one series.
func encodeOne(x *Responder, prev *Segment) *Segment {
	one := func(yield func([]string, float64) bool) { yield(nil, 1) }
	s := x.Encode([]Family{{Name: "m", Samples: one}}, prev, 0)
	x.Prepare(s, prev)
	return s
}

// ask scrapes a segment.
func ask(t *testing.T, x *Responder, s *Segment, accept, coding string) {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", coding)
	if err := x.Respond(httptest.NewRecorder(), req, Content{Segments: []*Segment{s}}); err != nil {
		t.Fatal(err)
	}
}

// formats lists the formats that a segment has been encoded in.
func formats(s *Segment) []expfmt.FormatType {
	var all []expfmt.FormatType
	for v := range s.encodings {
		all = append(all, v.format)
	}
	slices.Sort(all)
	return all
}

func TestASegmentIsEncodedAheadInWhatWasAskedOfThePreviousOne(t *testing.T) {
	const (
		text     = "text/plain;version=0.0.4"
		protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
	)
	openMetrics := string(expfmt.NewFormat(expfmt.TypeOpenMetrics))
	x := NewResponder()
	for _, c := range []struct {
		accepts []string
		want    []expfmt.FormatType
	}{
		{nil, []expfmt.FormatType{expfmt.TypeOpenMetrics}},
		{[]string{openMetrics}, []expfmt.FormatType{expfmt.TypeOpenMetrics}},
		{[]string{text}, []expfmt.FormatType{expfmt.TypeTextPlain}},
		{[]string{text, openMetrics}, []expfmt.FormatType{expfmt.TypeTextPlain, expfmt.TypeOpenMetrics}},
		{[]string{protobuf}, []expfmt.FormatType{expfmt.TypeProtoDelim, expfmt.TypeOpenMetrics}},
	} {
		first := encodeOne(x, nil)
		for _, accept := range c.accepts {
			ask(t, x, first, accept, "gzip")
		}
		second := encodeOne(x, first)
		slices.Sort(c.want)
		if got := formats(second); !slices.Equal(got, c.want) {
			t.Errorf("%q was asked for: encoded in %v, want %v", c.accepts, got, c.want)
		}
		if got := formats(encodeOne(x, second)); !slices.Equal(got, formats(encodeOne(x, nil))) {
			t.Errorf("nothing was asked of the second: the third is encoded in %v", got)
		}
	}
}

func TestZstdBlocksAreMadeAheadOnlyIfTheyWereAskedFor(t *testing.T) {
	x := NewResponder()
	for _, coding := range []string{"gzip", "zstd"} {
		prev := encodeOne(x, nil)
		ask(t, x, prev, "", coding)
		next := encodeOne(x, prev)
		blocks, err := next.in(variant{expfmt.TypeTextPlain, model.NoEscaping}, x.codecs).blocks()
		if err != nil || len(blocks) != 1 {
			t.Fatalf("%d blocks, error %v", len(blocks), err)
		}
		if made := blocks[0].samples.zstd != nil; made != (coding == "zstd") {
			t.Errorf("%s was asked for: zstd blocks made: %t", coding, made)
		}
	}
}

func TestASegmentThatTakesTooMuchIsAnError(t *testing.T) {
	x := NewResponder()
	random := rand.NewChaCha8([32]byte{})
	samples := func(n, length int) func(yield func([]string, float64) bool) {
		return func(yield func([]string, float64) bool) {
			label := make([]byte, length)
			for range n {
				_, _ = random.Read(label)
				if !yield([]string{hex.EncodeToString(label)}, 1) {
					return
				}
			}
		}
	}
	for name, c := range map[string]struct {
		families, series, length int
		limit                    int
		fits                     bool
	}{
		"long labels": {1, 10_000, 1000, 50_000, false}, "many families": {maxBytes / blockBytes, 1, 1, 0, false},
		"labels over two families": {2, 4_000, 1000, 0, false}, "half of them": {1, 4_000, 1000, 0, true},
		"long labels under a greater limit": {1, 10_000, 1000, 100_000, true},
	} {
		var families []Family
		for i := range c.families {
			families = append(families, Family{Name: fmt.Sprint("m", i), LabelNames: []string{"l"}, Samples: samples(c.series, c.length)})
		}
		if err := x.Encode(families, nil, c.limit).Err(); errors.Is(err, ErrTooLarge) == c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}
