package exposition

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
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
	// batches yields the family in parts that all have its name, help, type and
	// unit, and some of its metrics. A part is valid until the next one.
	batches(yield func(*dto.MetricFamily) bool)
}

const (
	// maxBytes bounds a segment in one format, compressed, unless it may have more than
	// 50,000 series. It is kept in as many formats as scrapes ask for.
	maxBytes = 6 << 20
	// seriesBytes is the share of each series in that; larger segments have as much.
	seriesBytes = maxBytes / 50_000
	// blockBytes is about what a family takes beside its compressed text.
	blockBytes = 512
)

// ErrTooLarge says that a report has too many series, or too long ones, to be served.
var ErrTooLarge = errors.New("what is to be served takes too many bytes, compressed")

// encodeAll returns a block for each family that has samples, in the same
// order. A family that cannot be encoded is left out and named in the error. Past
// so many bytes it stops with ErrTooLarge.
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

// encodeFamily encodes and compresses one family, batch by batch. It returns nil
// if there are no samples, and ErrTooLarge if they do not fit into room.
func encodeFamily(f source, v variant, enc *flate.Writer, room int) (*block, error) {
	var b *block
	w := newChunkWriter(enc)
	var header, plain bytes.Buffer
	for batch := range iter.Seq[*dto.MetricFamily](f.batches) {
		header.Reset()
		plain.Reset()
		if err := v.encode(&header, &plain, batch); err != nil {
			return nil, err
		}
		if b == nil {
			text := bytes.Clone(header.Bytes())
			b = &block{family: f.name(), kind: batch.GetType(), headerSize: len(text)}
			b.header = sync.OnceValue(func() *chunk { return newChunk(text) })
		}
		if _, err := w.Write(plain.Bytes()); err != nil {
			return nil, err
		}
		if w.chunk.deflated.size()+blockBytes > room {
			return nil, ErrTooLarge
		}
	}
	if b != nil {
		b.samples = w.end()
	}
	return b, nil
}

// encodeWhole returns all families one after the other, as they stand in a
// response. A family that cannot be encoded is left out and named in the error.
func encodeWhole(families []source, v variant, c *codecs) (*chunk, error) {
	var errs []error
	enc := c.deflaters.get()
	defer c.deflaters.put(enc)
	w := newChunkWriter(enc)
	var frame, header, samples bytes.Buffer
	for _, f := range families {
		samples.Reset()
		var err error
		for batch := range iter.Seq[*dto.MetricFamily](f.batches) {
			header.Reset()
			if err = v.encode(&header, &samples, batch); err != nil {
				errs = append(errs, fmt.Errorf("encode family %q: %w", f.name(), err))
				break
			}
		}
		if err != nil || samples.Len() == 0 {
			continue
		}
		frame.Reset()
		v.frameSize(&frame, header.Len()+samples.Len())
		v.frameEnd(&samples)
		for _, part := range []*bytes.Buffer{&frame, &header, &samples} {
			_, _ = w.Write(part.Bytes()) // into memory
		}
	}
	return w.end(), errors.Join(errs...)
}
