package main

import (
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The encodings of a body, by their names in HTTP.
const (
	identity = "identity"
	gzipped  = "gzip"
	zstded   = "zstd"
)

// encodings are all of them, in the order of the tables.
func encodings() []string { return []string{gzipped, zstded, identity} }

// compressor compresses one body after another.
type compressor interface {
	io.WriteCloser
	Reset(to io.Writer)
}

func newCompressor(encoding string) compressor {
	switch encoding {
	case gzipped:
		return gzip.NewWriter(nil)
	case zstded:
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		if err != nil {
			panic(err) // the options are constants
		}
		return w
	}
	return &uncompressed{}
}

// uncompressed writes what it gets.
type uncompressed struct{ to io.Writer }

func (u *uncompressed) Reset(to io.Writer)          { u.to = to }
func (u *uncompressed) Write(p []byte) (int, error) { return u.to.Write(p) }
func (u *uncompressed) Close() error                { return nil }

// decompressor returns what reads the body of a response.
func decompressor(from io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case gzipped:
		return gzip.NewReader(from)
	case zstded:
		return zstd.NewReader(from, zstd.WithDecoderConcurrency(1))
	}
	return from, nil
}
