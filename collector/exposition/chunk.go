package exposition

import (
	"bytes"
	"hash/crc32"
	"io"
	"sync"
	"weak"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// chunk is text that is sent again and again, compressed so that it can stand
// anywhere in a response. It is immutable and safe for concurrent use.
type chunk struct {
	size int // before compression
	sum  checksum
	// deflated is the text as raw deflate data that refers to nothing before it
	// and ends with a flush: it is on a byte boundary and may be followed by any
	// deflate data.
	deflated pieces
	short    bool // see shortSize

	zstdOnce sync.Once
	zstd     []byte // the blocks of a zstd frame, made at the first call that needs them

	mu    sync.Mutex
	plain weak.Pointer[[]byte] // the text itself, if it is short; guarded by mu
}

// shortSize bounds the segments that keep their text for scrapes without compression:
// to inflate it each time would cost more than the rest of a small scrape. They keep it
// until the next collection of garbage, because many short segments take as much as a
// long one.
const shortSize = 256 << 10

// newChunk returns a chunk of one short text.
func newChunk(text []byte) *chunk {
	c := &chunk{size: len(text), short: true, sum: newChecksum(crc32.ChecksumIEEE(text), len(text))}
	// Neither can fail: the data is in memory and the buffer grows.
	_ = flate.StatelessDeflate(&c.deflated, text, false, nil)
	c.deflated.end()
	return c
}

// chunkWriter makes a chunk of a text that comes in parts.
type chunkWriter struct {
	chunk *chunk
	enc   *flate.Writer
	crc   uint32
	room  int // compressed
}

func newChunkWriter(enc *flate.Writer, room int) *chunkWriter {
	w := &chunkWriter{chunk: &chunk{}, enc: enc, room: room}
	enc.Reset(&w.chunk.deflated)
	return w
}

// Write implements io.Writer. The error is ErrTooLarge once there is no more room.
func (w *chunkWriter) Write(p []byte) (int, error) {
	w.crc = crc32.Update(w.crc, crc32.IEEETable, p)
	w.chunk.size += len(p)
	n, err := w.enc.Write(p)
	if w.chunk.deflated.size() > w.room {
		return n, ErrTooLarge
	}
	return n, err
}

// end returns the chunk, and must be the last call.
func (w *chunkWriter) end() *chunk {
	_ = w.enc.Flush() // into memory
	w.chunk.deflated.end()
	w.chunk.sum, w.chunk.short = newChecksum(w.crc, w.chunk.size), w.chunk.size <= shortSize
	return w.chunk
}

// plainText returns the text.
func (c *chunk) plainText(dec *inflater) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept := c.plain.Value(); kept != nil {
		return *kept
	}
	b := bytes.NewBuffer(make([]byte, 0, c.size))
	_ = dec.inflate(b, c) // cannot fail: the chunk is our own and the buffer grows
	text := b.Bytes()
	c.plain = weak.Make(&text)
	return text
}

// zstdBlocks returns the text as blocks of a zstd frame, none of them the last,
// that refer to nothing before them.
func (c *chunk) zstdBlocks(pool *codecs) []byte {
	c.zstdOnce.Do(func() {
		enc, dec := pool.zstds.get(), pool.inflaters.get()
		defer pool.zstds.put(enc)
		defer pool.inflaters.put(dec)
		var frame bytes.Buffer
		enc.Reset(&frame)
		// None can fail: the chunk is our own and the buffer grows.
		_ = dec.inflate(enc, c)
		_ = enc.Flush()
		var header zstd.Header
		_ = header.Decode(frame.Bytes())
		c.zstd = bytes.Clone(frame.Bytes()[header.HeaderSize:])
	})
	return c.zstd
}

// pieceSize is how much of a long chunk lies in one piece of memory, and is written
// to a connection at a time: with 64 KiB the writes cost as much as all the rest of
// a scrape.
const pieceSize = 1 << 20

// pieces are bytes in memory that grow without being copied to a larger place. All
// pieces but the last have pieceSize bytes. Once end has been called, the last one
// has no spare room.
type pieces [][]byte

// Write implements io.Writer.
func (s *pieces) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		last := len(*s) - 1
		if last < 0 || len((*s)[last]) == pieceSize {
			*s = append(*s, nil)
			last++
		}
		fit := min(len(p), pieceSize-len((*s)[last]))
		(*s)[last] = append((*s)[last], p[:fit]...)
		p = p[fit:]
	}
	return n, nil
}

// size returns the number of bytes.
func (s pieces) size() int {
	n := 0
	for _, p := range s {
		n += len(p)
	}
	return n
}

// end gives back the room into which the last piece would have grown.
func (s *pieces) end() {
	if last := len(*s) - 1; last >= 0 {
		(*s)[last] = bytes.Clone((*s)[last])
	}
	*s = append(pieces(nil), *s...)
}

// pieceReader reads pieces. It implements io.ByteReader so that a decompressor
// needs no buffer.
type pieceReader struct {
	rest pieces
	at   int
}

// Read implements io.Reader.
func (r *pieceReader) Read(p []byte) (int, error) {
	if !r.more() {
		return 0, io.EOF
	}
	n := copy(p, r.rest[0][r.at:])
	r.at += n
	return n, nil
}

// ReadByte implements io.ByteReader.
func (r *pieceReader) ReadByte() (byte, error) {
	if !r.more() {
		return 0, io.EOF
	}
	r.at++
	return r.rest[0][r.at-1], nil
}

// more goes on to the piece that has the next byte, and reports whether there is one.
func (r *pieceReader) more() bool {
	for len(r.rest) > 0 && r.at == len(r.rest[0]) {
		r.rest, r.at = r.rest[1:], 0
	}
	return len(r.rest) > 0
}
