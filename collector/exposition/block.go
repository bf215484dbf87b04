package exposition

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/flate"
)

// block is the samples of one family of a segment, in one variant.
type block struct {
	family string // the name before escaping
	header []byte // what stands before the samples if no other block does
	size   int    // of the samples before compression
	sum    checksum
	// deflated is the samples as raw deflate data that ends with a flush: it
	// is on a byte boundary and may be followed by any deflate data.
	deflated []byte

	framed sync.Once
	frame  []byte // the samples as a zstd frame, once makeFrame has returned
}

// encodeAll returns a block for each family that has samples, in the same
// order. A family that cannot be encoded is left out and named in the error.
func encodeAll(families []Family, v variant, c *codecs) ([]*block, error) {
	var errs []error
	blocks := make([]*block, 0, len(families))
	enc := c.deflaters.get()
	defer c.deflaters.put(enc)
	for i := range families {
		b, err := encodeFamily(&families[i], v, enc)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("encode family %q: %w", families[i].Name, err))
		case b.size > 0:
			blocks = append(blocks, b)
		}
	}
	return blocks, errors.Join(errs...)
}

// encodeFamily encodes and compresses one family, batch by batch.
func encodeFamily(f *Family, v variant, enc *flate.Writer) (*block, error) {
	b := &block{family: f.Name}
	var plain, deflated bytes.Buffer
	enc.Reset(&deflated)
	crc, headerLen := uint32(0), 0
	for batch := range f.batches {
		plain.Reset()
		if err := v.encode(&plain, batch); err != nil {
			return nil, err
		}
		if b.header == nil {
			n, err := v.headerLen(plain.Bytes(), batch)
			if err != nil {
				return nil, err
			}
			headerLen, b.header = n, bytes.Clone(plain.Bytes()[:n])
		}
		samples := plain.Bytes()[headerLen:]
		crc = crc32.Update(crc, crc32.IEEETable, samples)
		b.size += len(samples)
		if _, err := enc.Write(samples); err != nil {
			return nil, err
		}
	}
	if err := enc.Flush(); err != nil {
		return nil, err
	}
	b.sum = newChecksum(crc, b.size)
	// The clone leaves behind the room into which the buffer would have grown.
	b.deflated = bytes.Clone(deflated.Bytes())
	return b, nil
}

// makeFrame sees to it that there is a zstd frame, which the first call makes.
func (b *block) makeFrame(c *codecs) {
	b.framed.Do(func() {
		var frame bytes.Buffer
		enc := c.zstds.get()
		defer c.zstds.put(enc)
		enc.Reset(&frame)
		// Neither side can fail: the block is our own and the buffer grows.
		_ = c.inflate(enc, b)
		_ = enc.Close()
		b.frame = bytes.Clone(frame.Bytes())
	})
}
