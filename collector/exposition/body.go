package exposition

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// body is a response: bytes of its own, with blocks of samples between them
// that it shares with all other responses.
type body struct {
	own    bytes.Buffer
	pieces []piece
	coding coding
}

// piece is a stretch of a body's own bytes, up to end, and a block after it.
type piece struct {
	end   int
	block *block // nil: none
}

// coding is a content coding, by its name in HTTP.
type coding string

const (
	codingIdentity coding = "identity"
	codingGzip     coding = "gzip"
	codingZstd     coding = "zstd"
)

// cut ends a piece here and puts b, which may be nil, after it.
func (d *body) cut(b *block) { d.pieces = append(d.pieces, piece{d.own.Len(), b}) }

// all yields each piece in turn. The bytes are valid until d is written to.
func (d *body) all(yield func(own []byte, b *block) bool) {
	start, own := 0, d.own.Bytes()
	for _, p := range d.pieces {
		if !yield(own[start:p.end], p.block) {
			return
		}
		start = p.end
	}
}

// reset empties the body for reuse, and lets go of its blocks.
func (d *body) reset() {
	d.own.Reset()
	clear(d.pieces)
	d.pieces, d.coding = d.pieces[:0], codingIdentity
}

// compress fills dst with d in a coding other than identity.
func (d *body) compress(dst *body, to coding, c *codecs) {
	dst.coding = to
	if to == codingZstd {
		d.zstd(dst, c)
		return
	}
	d.gzip(dst)
}

// gzip fills dst with d as one gzip member (RFC 1952). Own bytes are
// compressed without reference to each other, because a block in between would
// move them away from what they refer to.
func (d *body) gzip(dst *body) {
	// No flags, no time, no extra flags, unknown operating system.
	dst.own.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255})
	crc, size := uint32(0), 0
	for own, b := range d.all {
		if len(own) > 0 {
			_ = flate.StatelessDeflate(&dst.own, own, false, nil)
			crc = crc32.Update(crc, crc32.IEEETable, own)
			size += len(own)
		}
		if b != nil {
			dst.cut(b)
			crc = b.sum.appendTo(crc)
			size += b.size
		}
	}
	_ = flate.StatelessDeflate(&dst.own, nil, true, nil)
	trailer := binary.LittleEndian.AppendUint32(dst.own.AvailableBuffer(), crc)
	dst.own.Write(binary.LittleEndian.AppendUint32(trailer, uint32(size))) // modulo 2^32, as the format wants it
	dst.cut(nil)
}

// zstd fills dst with d as a sequence of zstd frames (RFC 8878, section 3.1).
func (d *body) zstd(dst *body, c *codecs) {
	enc := c.zstds.get()
	defer c.zstds.put(enc)
	for own, b := range d.all {
		if len(own) > 0 {
			enc.Reset(&dst.own)
			_, _ = enc.Write(own)
			_ = enc.Close()
		}
		if b != nil {
			b.makeFrame(c)
			dst.cut(b)
		}
	}
	dst.cut(nil)
}

// compressed returns what stands for the samples of b in a body that is.
func (d *body) compressed(b *block) []byte {
	if d.coding == codingZstd {
		return b.frame
	}
	return b.deflated
}

// size returns the number of bytes that writeTo writes.
func (d *body) size() int {
	n := d.own.Len()
	for _, b := range d.all {
		switch {
		case b == nil:
		case d.coding == codingIdentity:
			n += b.size
		default:
			n += len(d.compressed(b))
		}
	}
	return n
}

// writeTo writes the body to w.
func (d *body) writeTo(w io.Writer, c *codecs) error {
	for own, b := range d.all {
		if _, err := w.Write(own); err != nil {
			return err
		}
		var err error
		switch {
		case b == nil:
		case d.coding == codingIdentity:
			err = c.inflate(w, b)
		default:
			_, err = w.Write(d.compressed(b))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
