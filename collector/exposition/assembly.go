package exposition

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
)

// assembly is what one request has asked for.
type assembly struct {
	variant variant
	coding  coding
	names   []string // of the families to send; empty: all
	codecs  *codecs
}

// merged is all that a response has of one family.
type merged struct {
	name   string
	own    *dto.MetricFamily // nil: none
	blocks []*block
}

// families returns the wanted families of segments and own, sorted by name, and
// the error of those that segments could not encode.
func (a *assembly) families(segments []*Segment, own []*dto.MetricFamily) ([]merged, error) {
	var all []merged
	index := make(map[string]int, len(own))
	at := func(name string) *merged {
		i, known := index[name]
		if !known {
			i = len(all)
			index[name] = i
			all = append(all, merged{name: name})
		}
		return &all[i]
	}
	for _, mf := range own {
		if a.wants(mf.GetName()) && len(mf.Metric) > 0 {
			at(mf.GetName()).own = mf
		}
	}
	var errs []error
	for _, s := range segments {
		e := s.in(a.variant, a.codecs)
		e.asked.Store(true)
		if a.coding == codingZstd {
			e.askedZstd.Store(true)
		}
		blocks, err := e.blocks()
		if err != nil {
			errs = append(errs, err)
		}
		for _, b := range blocks {
			if a.wants(b.family) {
				f := at(b.family)
				f.blocks = append(f.blocks, b)
			}
		}
	}
	slices.SortFunc(all, func(f, g merged) int { return strings.Compare(f.name, g.name) })
	return all, errors.Join(errs...)
}

func (a *assembly) wants(name string) bool {
	return len(a.names) == 0 || slices.Contains(a.names, name)
}

// encode fills b with the families. What cannot be encoded is left out and
// named in the error.
func (a *assembly) encode(b *body, families []merged) error {
	var errs []error
	for _, f := range families {
		if f.own != nil && f.own.GetType() != dto.MetricType_GAUGE && len(f.blocks) > 0 {
			errs = append(errs, fmt.Errorf("family %q: own metrics are %s, segments have gauges, which are left out", f.name, f.own.GetType()))
			f.blocks = nil
		}
		if err := a.encodeFamily(b, f); err != nil {
			errs = append(errs, fmt.Errorf("encode family %q: %w", f.name, err))
		}
	}
	a.variant.end(&b.own)
	b.cut(nil)
	return errors.Join(errs...)
}

// encodeFamily appends one family: one header, the gathered samples, the
// blocks. After an error b is as it was.
func (a *assembly) encodeFamily(b *body, f merged) error {
	start := b.own.Len()
	size := 0
	for _, s := range f.blocks {
		size += s.size
	}
	if f.own == nil {
		header := f.blocks[0].header
		a.variant.frameSize(&b.own, len(header)+size)
		b.own.Write(header)
	} else {
		a.variant.frameSize(&b.own, proto.Size(a.variant.escape(f.own))+size)
		if err := a.variant.encode(&b.own, f.own); err != nil {
			b.own.Truncate(start)
			return err
		}
	}
	for _, s := range f.blocks {
		b.cut(s)
	}
	a.variant.frameEnd(&b.own)
	return nil
}
