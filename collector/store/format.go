package store

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"time"

	"github.com/klauspost/compress/s2"
)

// magic begins every file. Its number is the version of what follows: one line
// of JSON, the report as an s2 stream, and a trailer over both.
const magic = "statsig_exporter report 1\n"

// trailerSize is the size of the trailer: the CRC-32C of the report and of the
// line of JSON, in four bytes each, and the size of the report in eight.
const trailerSize = 16

// maxMetaBytes bounds the line of JSON.
const maxMetaBytes = 16 << 20

// Key names a report: at most one is stored for each.
type Key struct {
	Project string `json:"project"`
	Window  string `json:"window"`
	// Part distinguishes the reports of one window where more than the last one is
	// kept; else it is empty.
	Part string `json:"part,omitempty"`
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Project, o.Project), cmp.Compare(k.Window, o.Window), cmp.Compare(k.Part, o.Part))
}

// file returns the name of the key's file: a hash, because names of projects may hold
// any character.
func (k Key) file() string {
	text := fmt.Sprintf("%d:%s%s", len(k.Project), k.Project, k.Window)
	if k.Part != "" {
		text += "\x00" + k.Part
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12]) + suffix
}

// Meta describes a stored report.
type Meta struct {
	Key
	Period string    `json:"period"` // the window's definition
	Start  time.Time `json:"start"`  // of the time that the report covers
	End    time.Time `json:"end"`
	Time   time.Time `json:"time"`  // of the poll that brought it
	Bytes  int64     `json:"bytes"` // of the report as it came, decompressed
	// Mapping says what the columns were, for the store's owner after a restart.
	Mapping string `json:"mapping,omitempty"`
	// Restated says how the poll changed the totals, for the owner after a restart.
	Restated string `json:"restated,omitempty"`
}

// encode writes a whole file.
func encode(w io.Writer, meta Meta, report io.Reader) error {
	line, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if len(line) > maxMetaBytes {
		return fmt.Errorf("the description of the report has %d bytes, more than can be stored", len(line))
	}
	buffered := bufio.NewWriterSize(w, 256<<10)
	_, _ = buffered.WriteString(magic) // an error stays until Flush
	_, _ = buffered.Write(line)
	sum := newChecksum()
	body := s2.NewWriter(buffered, s2.WriterConcurrency(1))
	if _, err := io.Copy(io.MultiWriter(body, sum), report); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	_, _ = buffered.Write(sum.trailer(line))
	return buffered.Flush()
}

// checksum sums up a report as it passes.
type checksum struct {
	crc  hash.Hash32
	size uint64
}

func newChecksum() *checksum {
	return &checksum{crc: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
}

// Write adds p; it never fails.
func (c *checksum) Write(p []byte) (int, error) {
	c.size += uint64(len(p))
	return c.crc.Write(p)
}

func (c *checksum) trailer(line []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, c.crc.Sum32())
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(line, crc32.MakeTable(crc32.Castagnoli)))
	return binary.BigEndian.AppendUint64(b, c.size)
}

// errDamaged is the error for a file that is not as it was written.
var errDamaged = errors.New("the file is damaged")

// decode reads the beginning of a file of known size and returns its report. The
// report is only whole if it was read to io.EOF.
func decode(file io.ReadSeeker) (Meta, io.Reader, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return Meta{}, nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Meta{}, nil, err
	}
	rest := &io.LimitedReader{R: file, N: size - trailerSize}
	in := bufio.NewReaderSize(rest, 64<<10)
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(in, head); err != nil || !bytes.Equal(head, []byte(magic)) {
		return Meta{}, nil, errors.New("the file is not a report that this version has stored")
	}
	line, err := readLine(in)
	if err != nil {
		return Meta{}, nil, err
	}
	var meta Meta
	if err := json.Unmarshal(line, &meta); err != nil || meta.Bytes < 0 || meta.End.Before(meta.Start) || meta.Start.Year() < 1970 {
		return Meta{}, nil, errDamaged
	}
	return meta, &verified{body: s2.NewReader(in, s2.ReaderMaxBlockSize(4<<20)), file: file, line: line, sum: newChecksum()}, nil
}

// readLine returns the next line, its end included, if that is within bounds.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull), len(line) > maxMetaBytes:
			return nil, errDamaged
		}
	}
}

// verified is a report that compares its checksum at its end.
type verified struct {
	body io.Reader
	file io.Reader
	line []byte
	sum  *checksum
	done bool
}

// Read reads on. Its error is errDamaged at the end of a report that is not as it was
// written.
func (v *verified) Read(p []byte) (int, error) {
	if v.done {
		return 0, io.EOF
	}
	n, err := v.body.Read(p)
	_, _ = v.sum.Write(p[:n]) // it never fails
	switch {
	case errors.Is(err, io.EOF):
		v.done = true
		trailer := make([]byte, trailerSize)
		if _, err := io.ReadFull(v.file, trailer); err != nil || !bytes.Equal(trailer, v.sum.trailer(v.line)) {
			v.done = false
			return n, errDamaged
		}
	case err != nil:
		return n, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return n, err
}
