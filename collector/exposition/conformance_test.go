package exposition_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"statsig_exporter/collector/exposition"
)

// accepts are Accept headers that scrapers and people send.
var accepts = map[string]string{
	"none":                    "",
	"any":                     "*/*",
	"curl asking for text":    "text/plain",
	"text 0.0.4":              "text/plain;version=0.0.4",
	"text 1.0.0":              "text/plain;version=1.0.0;escaping=allow-utf-8",
	"Prometheus 2":            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	"Prometheus 2.26":         "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	"Prometheus 3":            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
	"Prometheus 3 protobuf":   "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
	"Prometheus 3 legacy":     "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
	"VictoriaMetrics":         "text/plain;version=0.0.4;q=1,*/*;q=0.1",
	"Chrome":                  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
	"Firefox":                 "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"dots":                    "text/plain;version=0.0.4;escaping=dots",
	"values":                  "application/openmetrics-text;version=1.0.0;escaping=values",
	"values in text":          "text/plain;version=0.0.4;escaping=values",
	"utf-8 in text":           "text/plain;version=0.0.4;escaping=allow-utf-8",
	"underscores in protobuf": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=underscores",
	"values in protobuf":      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=values",
	"unknown escaping":        "application/openmetrics-text;version=1.0.0;escaping=rot13",
	"OpenMetrics, no version": "application/openmetrics-text",
	"OpenMetrics 2":           "application/openmetrics-text;version=2.0.0,text/plain;q=0.1",
	"old protobuf":            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
	"protobuf as text":        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
	"protobuf compact":        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=compact-text",
	"rubbish":                 ";;,=q=;text",
	"image":                   "image/png",
}

// acceptEncodings lead to each coding; TestCompressionIsChosenAsByPromhttp has
// the less usual ones.
var acceptEncodings = []string{"", "gzip", "gzip;q=0.5, zstd"}

var filters = []string{
	"",
	"?name[]=statsig_usage_events",
	"?name[]=statsig_report_value&name[]=statsig_exporter_polls_total",
	"?name[]=http.server.requests&name[]=statsig.usage.odd+names",
	"?name[]=http_server_requests",
	"?name[]=statsig_usage",
	"?name[]=",
	"?name=statsig_usage_events&project=app",
}

func TestEveryResponseIsTheOneThatPromhttpSends(t *testing.T) {
	own := ownCollectors()
	families := [][]exposition.Family{usage("app", 300, false), usage("web", 3, true)}
	want := oracle(own, families...)
	got := serve(t, exposition.Content{
		Process:  gather(registry(own...)),
		Segments: []*exposition.Segment{encode(families[0]), encode(nil), encode(families[1])},
	})
	for name, accept := range accepts {
		for _, encoding := range acceptEncodings {
			for _, filter := range filters {
				header := http.Header{}
				if accept != "" {
					header.Set("Accept", accept)
				}
				if encoding != "" {
					header.Set("Accept-Encoding", encoding)
				}
				t.Run(fmt.Sprintf("%s/%s/%s", name, encoding, filter), func(t *testing.T) {
					compare(t, got, want, filter, header)
				})
			}
		}
	}
}

// compare scrapes both handlers. The families of the test have their project as
// the first label, so that the order of all samples is defined.
func compare(t *testing.T, got, want http.Handler, query string, header http.Header) {
	t.Helper()
	gotRsp, gotBody := scrape(t, got, query, header)
	wantRsp, wantBody := scrape(t, want, query, header)
	for _, h := range []string{"Content-Type", "Content-Encoding", "Vary"} {
		if g, w := gotRsp.Header.Values(h), wantRsp.Header.Values(h); strings.Join(g, "|") != strings.Join(w, "|") {
			t.Errorf("%s is %q, from promhttp %q", h, g, w)
		}
	}
	format := expfmt.Format(wantRsp.Header.Get("Content-Type"))
	switch format.FormatType() {
	case expfmt.TypeTextPlain, expfmt.TypeOpenMetrics:
		if !bytes.Equal(gotBody, wantBody) {
			t.Error(firstDifference(gotBody, wantBody))
		}
	default:
		g, w := parse(t, format, gotBody), parse(t, format, wantBody)
		if len(g) != len(w) {
			t.Fatalf("%d families, from promhttp %d", len(g), len(w))
		}
		for i := range w {
			if !proto.Equal(g[i], w[i]) {
				t.Errorf("family is %v, from promhttp %v", g[i], w[i])
			}
		}
	}
}

func firstDifference(got, want []byte) string {
	g, w := strings.SplitAfter(string(got), "\n"), strings.SplitAfter(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d is %q, from promhttp %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, from promhttp %d", len(g), len(w))
}

// parse returns the families of a body.
func parse(t interface{ Fatal(...any) }, format expfmt.Format, body []byte) []*dto.MetricFamily {
	var families []*dto.MetricFamily
	switch format.FormatType() {
	case expfmt.TypeProtoText, expfmt.TypeProtoCompact:
		end := map[expfmt.FormatType]string{expfmt.TypeProtoText: "\n\n", expfmt.TypeProtoCompact: "\n"}[format.FormatType()]
		for one := range strings.SplitSeq(strings.TrimSuffix(string(body), end), end) {
			mf := &dto.MetricFamily{}
			if err := prototext.Unmarshal([]byte(one), mf); err != nil {
				t.Fatal(err)
			}
			if one != "" {
				families = append(families, mf)
			}
		}
		return families
	}
	dec := expfmt.NewDecoder(bytes.NewReader(body), format)
	for {
		mf := &dto.MetricFamily{}
		err := dec.Decode(mf)
		if errors.Is(err, io.EOF) {
			return families
		}
		if err != nil {
			t.Fatal(err)
		}
		families = append(families, mf)
	}
}

func TestCompressionIsChosenAsByPromhttp(t *testing.T) {
	own := ownCollectors()
	want := oracle(own)
	got := serve(t, exposition.Content{Process: gather(registry(own...))})
	name := rapid.SampledFrom([]string{"gzip", "zstd", "identity", "br", "*", "deflate"})
	weight := rapid.SampledFrom([]string{"", "", ";q=1", ";q=0", ";q=0.5", "; q=0.25", ";q=0.8", ";q=1.000"})
	element := rapid.Custom(func(t *rapid.T) string { return name.Draw(t, "name") + weight.Draw(t, "weight") })
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for _, elements := range rapid.SliceOfN(rapid.SliceOfN(element, 0, 5), 1, 2).Draw(t, "lines") {
			lines = append(lines, strings.Join(elements, ", "))
		}
		encodingOf := func(h http.Handler) string {
			req := httptest.NewRequest(http.MethodGet, "/metrics?name[]=none", nil)
			req.Header["Accept-Encoding"] = lines
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			return rec.Header().Get("Content-Encoding")
		}
		if g, w := encodingOf(got), encodingOf(want); g != w {
			t.Fatalf("Accept-Encoding %q: got %q, from promhttp %q", lines, g, w)
		}
	})
}
