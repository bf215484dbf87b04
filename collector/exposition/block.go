package exposition

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/klauspost/compress/flate"
	dto "github.com/prometheus/client_model/go"
)

// block is one family of a segment, in one variant.
type block struct {
	family string // the name before escaping
	kind   dto.MetricType
	// header returns what stands before the samples, which is sent once in a
	// response however many blocks there are of a family.
	header func() *chunk
	// headerSize is its size before compression.
	headerSize int
	samples    *chunk
}

// source is a family that can be encoded.
type source interface {
	// name returns the name of the family, before escaping.
	name() string
	kind() dto.MetricType
	// encode writes the samples to samples, and returns what stands before them. What
	// frames the family is left out (variant.frameSize, frameEnd). In every format the
	// samples of another source of the same name and kind may follow.
	encode(v variant, samples io.Writer) (header []byte, err error)
}

const (
	// maxBytes bounds a segment in one format, compressed, unless it may have more than
	// 50,000 series. It is kept in as many formats as scrapes ask for.
	maxBytes = 6 << 20
	// seriesBytes is what each series may take in a larger segment.
	seriesBytes = maxBytes / 50_000
	// blockBytes is about what a family takes beside its compressed text.
	blockBytes = 512
)

// ErrTooLarge says that a report has too many series, or too long ones, to be served.
var ErrTooLarge = errors.New("the usage takes too many bytes, compressed")

// encodeAll returns a block for each family that has samples, in the same
// order. A family that cannot be encoded is left out and named in the error. Past room
// bytes it stops with ErrTooLarge.
func encodeAll[S source](families []S, v variant, c *codecs, room int) ([]*block, error) {
	if len(families) > room/blockBytes {
		return nil, ErrTooLarge
	}
	var errs []error
	blocks, size := make([]*block, 0, len(families)), 0
	enc := c.deflaters.get()
	defer c.deflaters.put(enc)
	for _, f := range families {
		b, err := encodeFamily(f, v, enc, room)
		switch {
		case errors.Is(err, ErrTooLarge):
			return nil, err
		case err != nil:
			errs = append(errs, fmt.Errorf("encode family %q: %w", f.name(), err))
		case b != nil:
			blocks = append(blocks, b)
			size += b.samples.size
			room -= b.samples.deflated.size() + blockBytes
		}
	}
	for _, b := range blocks {
		b.samples.short = size <= shortSize
	}
	return blocks, errors.Join(errs...)
}

// encodeFamily encodes and compresses one family. It returns nil if there are no
// samples, and ErrTooLarge if they do not fit into room.
func encodeFamily(f source, v variant, enc *flate.Writer, room int) (*block, error) {
	w := newChunkWriter(enc, room-blockBytes)
	header, err := f.encode(v, w)
	if err != nil {
		return nil, err
	}
	b := &block{family: f.name(), kind: f.kind(), headerSize: len(header), samples: w.end()}
	if b.samples.size == 0 {
		return nil, nil //nolint:nilnil // a family without samples is not sent
	}
	header = bytes.Clone(header) // and not the text that it may be part of
	b.header = sync.OnceValue(func() *chunk { return newChunk(header) })
	return b, nil
}

// encodeWhole returns all families as they stand in a response. A family that cannot
// be encoded is left out and named in the error.
func encodeWhole(families []source, v variant, c *codecs) (*chunk, error) {
	enc := c.deflaters.get()
	defer c.deflaters.put(enc)
	w := newChunkWriter(enc, math.MaxInt)
	err := writeWhole(w, families, v)
	return w.end(), err
}

// writeWhole writes families one after the other, as they stand in a response. A
// family that cannot be encoded is left out and named in the error.
func writeWhole[S source](w io.Writer, families []S, v variant) error {
	var errs []error
	var frame, samples bytes.Buffer
	for _, f := range families {
		samples.Reset()
		header, err := f.encode(v, &samples)
		if err != nil {
			errs = append(errs, fmt.Errorf("encode family %q: %w", f.name(), err))
			continue
		}
		if samples.Len() == 0 {
			continue
		}
		frame.Reset()
		v.frameSize(&frame, len(header)+samples.Len())
		v.frameEnd(&samples)
		for _, part := range [][]byte{frame.Bytes(), header, samples.Bytes()} {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
	}
	return errors.Join(errs...)
}
