package exposition

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/expfmt"
)

// request describes what one scrape asks for.
type request struct {
	variant variant
	coding  coding
	names   []string // of the families to send; empty: all
}

func (r *request) wants(name string) bool {
	return len(r.names) == 0 || slices.Contains(r.names, name)
}

// answer is a response to one request: chunks that it shares with all other
// responses, with a few bytes of its own between them. It can be used again.
type answer struct {
	own      bytes.Buffer
	parts    []part
	families []merged
	index    map[string]int // of families, by name
	errs     []error
}

// part is a stretch of an answer's own bytes, up to end, and a chunk after it.
type part struct {
	end   int
	chunk *chunk // nil: none
}

// merged is all that an answer has of one family.
type merged struct {
	name   string
	blocks []*block // in the order of the segments
}

// reset empties the answer for reuse, and lets go of its chunks.
func (a *answer) reset() {
	a.own.Reset()
	clear(a.parts)
	for i := range a.families {
		clear(a.families[i].blocks)
		a.families[i] = merged{blocks: a.families[i].blocks[:0]}
	}
	clear(a.index)
	a.parts, a.families, a.errs = a.parts[:0], a.families[:0], nil
}

// fill fills the answer with a content. What cannot be encoded is left out and named
// in errs.
func (a *answer) fill(content Content, r *request, c *codecs) {
	head := content.Process
	if head != nil && len(r.names) == 0 && head.precedes(content.Segments) {
		a.cut(a.whole(head, r, c))
	} else if head != nil {
		a.add(head, r, c)
	}
	for _, s := range content.Segments {
		a.add(s, r, c)
	}
	slices.SortFunc(a.families, func(f, g merged) int { return strings.Compare(f.name, g.name) })
	for _, f := range a.families {
		a.append(f, r.variant)
	}
	if r.variant.format == expfmt.TypeOpenMetrics {
		a.own.WriteString("# EOF\n")
	}
	a.cut(nil)
}

// encoding returns a segment's encoding in the variant that was asked for.
func (a *answer) encoding(s *Segment, r *request, c *codecs) *encoding {
	e := s.in(r.variant, c)
	e.asked.Store(true)
	if r.coding == codingZstd {
		e.askedZstd.Store(true)
	}
	if s.err != nil {
		a.errs = append(a.errs, s.err)
	}
	return e
}

func (a *answer) whole(s *Segment, r *request, c *codecs) *chunk {
	whole, err := a.encoding(s, r, c).whole()
	if err != nil {
		a.errs = append(a.errs, err)
	}
	return whole
}

// add adds the wanted blocks of a segment to families.
func (a *answer) add(s *Segment, r *request, c *codecs) {
	blocks, err := a.encoding(s, r, c).blocks()
	if err != nil {
		a.errs = append(a.errs, err)
	}
	for _, b := range blocks {
		if !r.wants(b.family) {
			continue
		}
		f := a.family(b.family)
		if len(f.blocks) > 0 && f.blocks[0].kind != b.kind {
			a.errs = append(a.errs, fmt.Errorf("family %q: is %s, and again %s, which is left out", b.family, f.blocks[0].kind, b.kind))
			continue
		}
		f.blocks = append(f.blocks, b)
	}
}

// family returns the family with this name, which may be a new one.
func (a *answer) family(name string) *merged {
	i, known := a.index[name]
	if !known {
		i = len(a.families)
		a.index[name] = i
		// A family of an earlier answer may have left room for blocks.
		a.families = slices.Grow(a.families, 1)[:i+1]
		a.families[i].name = name
	}
	return &a.families[i]
}

// append appends one family: its frame, one header and all samples.
func (a *answer) append(f merged, v variant) {
	size := f.blocks[0].headerSize
	for _, b := range f.blocks {
		size += b.samples.size
	}
	v.frameSize(&a.own, size)
	a.cut(f.blocks[0].header())
	for _, b := range f.blocks {
		a.cut(b.samples)
	}
	v.frameEnd(&a.own)
}

// cut ends a part here and puts a chunk, which may be nil, after it.
func (a *answer) cut(c *chunk) { a.parts = append(a.parts, part{a.own.Len(), c}) }

// all yields each part in turn. The bytes are valid until a is written to.
func (a *answer) all(yield func(own []byte, c *chunk) bool) {
	start, own := 0, a.own.Bytes()
	for _, p := range a.parts {
		if !yield(own[start:p.end], p.chunk) {
			return
		}
		start = p.end
	}
}

// empty reports whether there are no samples.
func (a *answer) empty() bool {
	return !slices.ContainsFunc(a.parts, func(p part) bool { return p.chunk != nil && p.chunk.size > 0 })
}

// err names what was left out.
func (a *answer) err() error { return errors.Join(a.errs...) }
