package exposition

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestPrepareMakesZstdFramesOnlyIfTheyWereAskedFor(t *testing.T) {
	x := NewResponder()
	newSegment := func() *Segment {
		return NewSegment([]Family{{Name: "m", Samples: func(yield func([]string, float64) bool) { yield(nil, 1) }}})
	}
	for _, coding := range []string{"gzip", "zstd"} {
		prev, next := newSegment(), newSegment()
		req := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		req.Header.Set("Accept-Encoding", coding)
		if err := x.Respond(httptest.NewRecorder(), req, Content{Segments: []*Segment{prev}}); err != nil {
			t.Fatal(err)
		}
		x.Prepare(next, prev)
		for v, e := range next.encodings {
			blocks, err := e.blocks()
			if err != nil || len(blocks) != 1 {
				t.Fatalf("%v: %d blocks, error %v", v, len(blocks), err)
			}
			if made := blocks[0].frame != nil; made != (coding == "zstd") {
				t.Errorf("%s was asked for: zstd frame made: %t", coding, made)
			}
		}
		if len(next.encodings) != 1 {
			t.Errorf("%s: %d encodings, want 1", coding, len(next.encodings))
		}
	}
}
