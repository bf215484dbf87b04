package exposition

import (
	"encoding/binary"
	"io"
)

// coding is a content coding, by its name in HTTP.
type coding string

const (
	codingIdentity coding = "identity"
	codingGzip     coding = "gzip"
	codingZstd     coding = "zstd"
)

// encoder writes an answer in one coding.
type encoder struct {
	codecs *codecs
	coding coding
	w      io.Writer // nil: nothing is written, all is measured
	n      int       // bytes that were written, or would have been
	err    error     // of the first write that failed; none follows it
	small  []byte    // room for what is written between the chunks
}

// size returns the number of bytes that send sends.
func (x *Responder) size(a *answer, to coding) int {
	e := encoder{codecs: x.codecs, coding: to}
	e.encode(a)
	return e.n
}

// send writes an answer. A write fails only if the client has gone.
func (x *Responder) send(w io.Writer, a *answer, to coding) {
	buffered := x.codecs.writers.get()
	defer x.codecs.writers.put(buffered)
	buffered.Reset(w)
	e := encoder{codecs: x.codecs, coding: to, w: buffered}
	if e.encode(a); e.err == nil {
		_ = buffered.Flush()
	}
}

func (e *encoder) encode(a *answer) {
	switch e.coding {
	case codingGzip:
		e.gzip(a)
	case codingZstd:
		e.zstd(a)
	default:
		e.identity(a)
	}
}

func (e *encoder) write(p []byte) {
	e.n += len(p)
	if e.w != nil && e.err == nil {
		_, e.err = e.w.Write(p)
	}
}

func (e *encoder) identity(a *answer) {
	dec := e.codecs.inflaters.get()
	defer e.codecs.inflaters.put(dec)
	for own, c := range a.all {
		e.write(own)
		switch {
		case c == nil:
		case c.short:
			e.write(c.plainText(dec))
		default:
			e.n += c.size
			if e.w != nil && e.err == nil {
				e.err = dec.inflate(e.w, c)
			}
		}
	}
}

// gzip writes one gzip member (RFC 1952). The answer's own bytes are too few to
// be worth compressing.
func (e *encoder) gzip(a *answer) {
	// No flags, no time, no extra flags, unknown operating system.
	e.write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255})
	crc, size := uint32(0), 0
	for own, c := range a.all {
		if len(own) > 0 {
			e.stored(own)
			crc = checksumOf(own).appendTo(crc)
			size += len(own)
		}
		if c == nil {
			continue
		}
		for _, p := range c.deflated {
			e.write(p)
		}
		if e.w != nil { // What is only measured needs no checksum.
			crc = c.sum.appendTo(crc)
		}
		size += c.size
	}
	e.write([]byte{3, 0}) // The final block has the fixed codes and is empty.
	e.small = binary.LittleEndian.AppendUint32(e.small[:0], crc)
	e.small = binary.LittleEndian.AppendUint32(e.small, uint32(size)) // modulo 2^32, as the format wants it
	e.write(e.small)
}

// stored writes a block of deflate data that is not compressed.
func (e *encoder) stored(p []byte) {
	e.small = append(e.small[:0], 0) // It is not the final one.
	e.small = binary.LittleEndian.AppendUint16(e.small, uint16(len(p)))
	e.small = binary.LittleEndian.AppendUint16(e.small, ^uint16(len(p)))
	e.write(append(e.small, p...))
}

// zstd writes one zstd frame (RFC 8878) without a checksum. Decoders that read a
// body in one call take only the first of many frames, and want its size.
//
// The blocks of a chunk may follow any others: the first one has its own tables,
// no match reaches out of the chunk, and the encoder repeats an offset only after
// three sequences of the same block, which have replaced all earlier ones.
func (e *encoder) zstd(a *answer) {
	size := 0
	for own, c := range a.all {
		size += len(own)
		if c != nil {
			size += c.size
		}
	}
	const sizeOf8Bytes, windowOf1MiB = 0xc0, 0x50
	e.small = append(e.small[:0], 0x28, 0xb5, 0x2f, 0xfd, sizeOf8Bytes, windowOf1MiB)
	e.write(binary.LittleEndian.AppendUint64(e.small, uint64(size)))
	for own, c := range a.all {
		if len(own) > 0 {
			e.raw(own)
		}
		if c != nil {
			e.write(c.zstdBlocks(e.codecs))
		}
	}
	e.write([]byte{1, 0, 0}) // The last block is raw and empty.
}

// raw writes a block of zstd data that is not compressed.
func (e *encoder) raw(p []byte) {
	e.small = append(e.small[:0], byte(len(p)<<3), byte(len(p)>>5), byte(len(p)>>13))
	e.write(append(e.small, p...))
}
