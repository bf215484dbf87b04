package exposition_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"

	"github.com/klauspost/compress/zstd"

	"statsig_exporter/collector/exposition"
)

// TestZstdBlocksMayFollowAnyOthers joins blocks of very different text, so that a
// block that used the tables or offsets of the one before it would be misread.
func TestZstdBlocksMayFollowAnyOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 8 {
		var segments []*exposition.Segment
		for range 2 + random.IntN(10) {
			segments = append(segments, encode(mixed(random, len(segments))))
		}
		h := serve(t, exposition.Content{Process: gather(registry(ownCollectors()...)), Segments: segments})
		_, want := scrape(t, h, "", nil)
		req := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		req.Header.Set("Accept-Encoding", "zstd")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		raw := rec.Body.Bytes()
		var header zstd.Header
		check(t, header.Decode(raw))
		if header.FrameContentSize != uint64(len(want)) {
			t.Errorf("the first frame has %d of %d bytes", header.FrameContentSize, len(want))
		}
		for name, got := range map[string][]byte{"klauspost": decompress(t, "zstd", bytes.NewReader(raw)), "libzstd": libzstd(t, raw)} {
			if got != nil && !bytes.Equal(got, want) {
				t.Fatalf("round %d, %s: %s", round, name, firstDifference(got, want))
			}
		}
	}
}

// mixed returns families whose samples repeat themselves at many distances.
func mixed(random *rand.Rand, segment int) []exposition.Family {
	var all []series
	long := bytes.Repeat([]byte{byte('a' + random.IntN(26))}, random.IntN(40))
	for i := range random.IntN(1500) {
		value := fmt.Sprintf("%0*d%s%x", 1+random.IntN(12), i, long[:random.IntN(len(long)+1)], random.IntN(1<<random.IntN(30)))
		all = append(all, series{[]string{fmt.Sprint(segment), value}, float64(random.IntN(100))})
	}
	return []exposition.Family{{Name: fmt.Sprintf("m%d", random.IntN(3)), Help: "M.", LabelNames: []string{"a", "b"}, Samples: samples(all)}}
}

// libzstd returns what the zstd command makes of an answer, or nil without it.
func libzstd(t *testing.T, raw []byte) []byte {
	t.Helper()
	path, err := exec.LookPath("zstd")
	if err != nil {
		return nil
	}
	cmd := exec.Command(path, "-d", "-c")
	cmd.Stdin = bytes.NewReader(raw)
	plain, err := cmd.Output()
	check(t, err)
	return plain
}
