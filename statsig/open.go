package statsig

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// sniffBytes is how much of the content shows what it is.
const sniffBytes = 512

// open returns the decompressed content of an answer with status 200, and
// whether it is an envelope. What cannot be a report is an error.
func (c *chain) open(a *answer) (*bufio.Reader, bool, error) {
	kind := mediaType(a.Header)
	if isNoReport(kind) {
		return nil, false, c.invalid(a.name() + ": the content is " + kind + ", not a report")
	}
	stream, err := decode(a.Header, a.Body)
	if err != nil {
		return nil, false, c.invalid(err.Error())
	}
	start, err := stream.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, c.brokenBody(err)
	}
	switch first := firstByte(start); {
	case first == '<':
		return nil, false, c.invalid(a.name() + ": the content begins like HTML or XML, not a report")
	case first == '{', isJSON(kind) && len(start) > 0:
		return stream, true, nil
	default:
		return stream, false, nil
	}
}

// decode undoes the Content-Encoding, and the compression of an object that is
// stored compressed and served without saying so.
func decode(header http.Header, body io.Reader) (*bufio.Reader, error) {
	compressed := 0
	for coding := range strings.SplitSeq(strings.Join(header.Values("Content-Encoding"), ","), ",") {
		switch coding = strings.ToLower(strings.TrimSpace(coding)); coding {
		case "", "identity":
		case "gzip", "x-gzip":
			compressed++
		default:
			return nil, fmt.Errorf("content encoding %q is not known; gzip was asked for", coding)
		}
	}
	stream := bufio.NewReader(body)
	switch {
	case compressed > 1:
		return nil, errors.New("the content is encoded more than once")
	case compressed == 1, startsGzip(stream):
		stream = bufio.NewReader(&gunzip{src: stream, rest: strings.NewReader("")})
	}
	return stream, nil
}

const gzipMagic = "\x1f\x8b"

// startsGzip reports whether src begins as gzip does.
func startsGzip(src *bufio.Reader) bool {
	start, _ := src.Peek(len(gzipMagic)) // An error comes back with the next read.
	return string(start) == gzipMagic
}

// gunzip decompresses the members of src one by one: gzip.Reader takes a few
// bytes of garbage behind a member for a member that is cut short.
type gunzip struct {
	src    *bufio.Reader
	member gzip.Reader
	rest   io.Reader // What is left of the member.
}

// Read reads on. A stream that is cut short ends with io.ErrUnexpectedEOF.
func (g *gunzip) Read(p []byte) (int, error) {
	for {
		n, err := g.rest.Read(p)
		switch {
		case n > 0 || len(p) == 0:
			return n, nil // The member says its error again.
		case !errors.Is(err, io.EOF):
			return 0, err
		}
		start, err := g.src.Peek(len(gzipMagic))
		switch {
		case len(start) == 0 && errors.Is(err, errNoCloseNotify):
			return 0, io.EOF // The member has vouched for its end.
		case len(start) == 0:
			return 0, err
		case !strings.HasPrefix(gzipMagic, string(start)):
			return 0, gzip.ErrHeader
		}
		if err := g.member.Reset(g.src); err != nil {
			return 0, err
		}
		g.member.Multistream(false)
		g.rest = &g.member
	}
}

// isCorrupt reports whether err says that compressed content is wrong, and not
// that it is cut short.
func isCorrupt(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

// mediaType returns the type in Content-Type, in lower case, without parameters.
func mediaType(header http.Header) string {
	value := header.Get("Content-Type")
	if kind, _, err := mime.ParseMediaType(value); err == nil {
		return kind
	}
	kind, _, _ := strings.Cut(value, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

func isJSON(kind string) bool {
	return kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

// isNoReport reports whether the type is one that no report has. Storages name
// CSV in many ways, so anything else is left to its content.
func isNoReport(kind string) bool {
	switch kind {
	case "text/html", "text/xml", "application/xml", "application/pdf", "application/zip":
		return true
	}
	family, _, _ := strings.Cut(kind, "/")
	return strings.HasSuffix(kind, "+xml") || family == "image" || family == "audio" ||
		family == "video" || family == "multipart"
}

// firstByte returns the first byte that is neither white space nor part of a
// byte order mark, with UTF-16's zeros skipped; 0 if there is none.
func firstByte(start []byte) byte {
	for _, b := range start {
		if !strings.ContainsRune("\x00\t\n\r \u00ef\u00bb\u00bf\u00fe\u00ff", rune(b)) {
			return b
		}
	}
	return 0
}
