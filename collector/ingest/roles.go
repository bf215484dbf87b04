package ingest

import (
	"slices"
	"strings"
	"sync"

	"statsig_exporter/collector/report"
)

const (
	// leastKept is how many headers a project's roles are kept for at least,
	leastKept = 8
	// keptColumns is how many columns they have together, but for the last header's.
	keptColumns = 10_000
)

// KnowRoles makes the roles of a mapping from an earlier process known. Reports of
// the same header are mapped by them.
func (p *Project) KnowRoles(m *report.Mapping) { p.roles.keep(m, nil) }

// InheritRoles makes known what another configuration of the project has found out.
func (p *Project) InheritRoles(from *Project) {
	for _, m := range slices.Backward(from.roles.all()) {
		p.roles.keep(m, nil)
	}
}

// roles are the last mapping of each header, over all windows of a project. It is
// safe for concurrent use.
type roles struct {
	limit int // of headers

	mu    sync.Mutex
	known []*report.Mapping // the last used first
}

// all returns the known mappings, the last used first.
func (r *roles) all() []*report.Mapping {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.known)
}

// keep makes m the mapping of its header. known are the mappings by which m was read. If
// another window's report has kept a column in another way since, m would undo that:
// keep then keeps nothing and returns false.
func (r *roles) keep(m *report.Mapping, known []*report.Mapping) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	header := HeaderOf(m)
	at := slices.IndexFunc(r.known, func(k *report.Mapping) bool { return HeaderOf(k) == header })
	if at < 0 {
		r.known = slices.Insert(r.known, 0, m)
		r.forget()
		return true
	}
	now := r.known[at]
	if !slices.Contains(known, now) {
		if contradicts(m, now) {
			return false
		}
		if kept(m) < kept(now) {
			m = now
		}
	}
	r.known = slices.Insert(slices.Delete(r.known, at, at+1), 0, m)
	return true
}

// forget drops the headers that are past the limits.
func (r *roles) forget() {
	columns := 0
	for i, m := range r.known {
		columns += len(m.Columns)
		if i > 0 && (i >= r.limit || columns > keptColumns) {
			clear(r.known[i:])
			r.known = r.known[:i]
			return
		}
	}
}

// HeaderOf identifies the header of a report, whatever the order of its columns.
func HeaderOf(m *report.Mapping) string {
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c.Name
	}
	slices.Sort(names)
	return strings.Join(names, "\x00")
}

// contradicts reports whether a column that known keeps has another role in
// m, which has the same columns.
func contradicts(m, known *report.Mapping) bool {
	is := make(map[string]report.Role, len(m.Columns))
	for _, c := range m.Columns {
		is[c.Name] = c.Role
	}
	return slices.ContainsFunc(known.Columns, func(c report.Column) bool { return c.Kept && is[c.Name] != c.Role })
}

func kept(m *report.Mapping) int {
	n := 0
	for _, c := range m.Columns {
		if c.Kept {
			n++
		}
	}
	return n
}
