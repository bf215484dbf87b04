package exposition

import (
	"bufio"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

const (
	// deflateLevel makes most usage as small as level 6 does, in half the time.
	deflateLevel = 3
	// zstdWindow bounds what a decoder needs to hold of an answer.
	zstdWindow = 1 << 20
	// writeSize is the size of the writes that short pieces are gathered into.
	writeSize = 32 << 10
)

// codecs holds compressors, decompressors and buffers for reuse. It is safe
// for concurrent use; what it hands out is not.
type codecs struct {
	deflaters *pool[*flate.Writer]
	inflaters *pool[*inflater]
	zstds     *pool[*zstd.Encoder]
	answers   *pool[*answer]
	writers   *pool[*bufio.Writer]
}

func newCodecs() *codecs {
	return &codecs{
		deflaters: newPool(
			func() *flate.Writer { return must(flate.NewWriter(nil, deflateLevel)) },
			func(w *flate.Writer) { w.Reset(nil) },
		),
		inflaters: newPool(
			func() *inflater { return &inflater{flate: flate.NewReader(&pieceReader{})} },
			func(r *inflater) { r.reset(&chunk{}) },
		),
		zstds: newPool(
			// A concurrency of one starts no goroutines, so that an encoder
			// may be left to the garbage collector.
			func() *zstd.Encoder {
				return must(zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow), zstd.WithEncoderCRC(false)))
			},
			func(w *zstd.Encoder) { w.Reset(nil) },
		),
		answers: newPool(
			func() *answer { return &answer{index: map[string]int{}} },
			(*answer).reset,
		),
		writers: newPool(
			func() *bufio.Writer { return bufio.NewWriterSize(nil, writeSize) },
			func(w *bufio.Writer) { w.Reset(nil) },
		),
	}
}

// inflater reads the text of a chunk.
type inflater struct {
	flate io.Reader
	src   pieceReader
	text  io.LimitedReader
}

// reset makes text read c.
func (r *inflater) reset(c *chunk) {
	r.src = pieceReader{rest: c.deflated}
	_ = r.flate.(flate.Resetter).Reset(&r.src, nil) // fails only for a dictionary
	// The data ends with a flush and not with a final block, so that reading on
	// would end with an error.
	r.text = io.LimitedReader{R: r.flate, N: int64(c.size)}
}

// inflate writes the text of c to w.
func (r *inflater) inflate(w io.Writer, c *chunk) error {
	r.reset(c)
	n, err := io.Copy(w, &r.text)
	if err == nil && n < int64(c.size) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// pool is a sync.Pool of one type.
type pool[T any] struct {
	items   sync.Pool
	release func(T)
}

// newPool returns a pool of what create returns. release makes an item let go
// of the data that it worked on.
func newPool[T any](create func() T, release func(T)) *pool[T] {
	return &pool[T]{items: sync.Pool{New: func() any { return create() }}, release: release}
}

func (p *pool[T]) get() T { return p.items.Get().(T) }

func (p *pool[T]) put(item T) {
	p.release(item)
	p.items.Put(item)
}

// must returns value. It is for constructors that fail only for options that
// are out of range, where the options are constants.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
