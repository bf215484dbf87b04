package collector

import (
	"slices"
	"strings"
	"sync"

	"statsig_exporter/collector/report"
)

// leastKept is how many headers a project's roles are kept for at least.
const leastKept = 8

// roles are what is known of the columns of a project's reports, over all of its
// windows: the last mapping of each header. It is safe for concurrent use.
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

// keep makes m, which was mapped by what was known as was, the mapping of its
// header. It keeps nothing and returns false if another window's report has
// settled a column in another way in the meantime: m would take that back.
func (r *roles) keep(m, was *report.Mapping) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	header := headerOf(m)
	at := slices.IndexFunc(r.known, func(k *report.Mapping) bool { return headerOf(k) == header })
	if at < 0 {
		r.known = slices.Insert(r.known, 0, m)
		r.known = r.known[:min(len(r.known), r.limit)]
		return true
	}
	now := r.known[at]
	if now != was {
		if contradicts(m, now) {
			return false
		}
		if settled(m) < settled(now) {
			m = now
		}
	}
	r.known = slices.Insert(slices.Delete(r.known, at, at+1), 0, m)
	return true
}

// headerOf identifies the header of a report, whatever the order of its columns.
func headerOf(m *report.Mapping) string {
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c.Name
	}
	slices.Sort(names)
	return strings.Join(names, "\x00")
}

// contradicts tells whether a column that is settled in known has another role in
// m, which has the same columns.
func contradicts(m, known *report.Mapping) bool {
	is := make(map[string]report.Role, len(m.Columns))
	for _, c := range m.Columns {
		is[c.Name] = c.Role
	}
	return slices.ContainsFunc(known.Columns, func(c report.Column) bool { return c.Settled && is[c.Name] != c.Role })
}

func settled(m *report.Mapping) int {
	n := 0
	for _, c := range m.Columns {
		if c.Settled {
			n++
		}
	}
	return n
}
