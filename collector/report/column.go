package report

import (
	"bytes"
	"slices"
	"time"

	"statsig_exporter/collector/report/when"
)

// Column is one column of a report: what it is for, and why.
type Column struct {
	Index  int    // in the report, from 0
	Header string // as it stands in the report
	Name   string // the header, or header_2 … where it is repeated: the key of Options.Columns
	Role   Role
	Why    string // one clause, for a person; it quotes no cell

	Label     string    // the label's name, for RoleLabel
	Metric    string    // the family, for RoleValue
	Aggregate Aggregate // for RoleValue
	Primary   bool      // the primary time, for RoleTime

	// Configured columns are named in Options.Columns, or are ignored by
	// Options.Unlisted.
	Configured bool
	// Kept columns keep their role for as long as the header stays the same: it
	// is configured, or was inferred from at least one cell.
	Kept bool

	set       ColumnOptions // by which it is configured
	published published     // as Statsig once published it; zero if it did not
	because   string        // Why, without what was found out about dates
	decimal   byte          // the decimal sign of a value; 0: the cells tell
	unit      string        // of a value's numbers; those with another one are skipped
	warning   string        // what a person should know about Role; may be empty
	sentences bool          // most cells of a label have spaces
	times     when.Format   // of the cells of a time
	orderOpen bool          // no date seen so far tells the order
}

// open tells whether anything about the column has yet to be found in its cells.
func (c *Column) open() bool {
	return !c.Kept || c.orderOpen || c.Role == RoleValue && (c.decimal == 0 || c.Aggregate == "")
}

// format returns how the numbers of a value are written.
func (c *Column) format() numberFormat { return numberFormat{c.decimal, readHeader(c.Header).clock} }

// timeReader reads the cells of a time. It remembers the last one, as columns of
// days repeat themselves.
type timeReader struct {
	*Column
	last []byte
	at   int64
	ok   bool
}

func (r *timeReader) read(cell []byte, loc *time.Location) (int64, bool) {
	if !bytes.Equal(cell, r.last) {
		r.last = append(r.last[:0], cell...)
		r.at, r.ok = r.times.Read(cell, loc)
	}
	return r.at, r.ok
}

// Mapping is what became of the columns of a report, in the order of the file.
// It is immutable.
type Mapping struct {
	Columns []Column
	// Delimiter stands between the fields of the report.
	Delimiter byte

	totals []int // the lines of rows that are totals of others
}

// sameHeader reports whether the mapping is of a report with these column names,
// in any order.
func (m *Mapping) sameHeader(names []string) bool {
	known := m.byName()
	return len(m.Columns) == len(names) && !slices.ContainsFunc(names, func(n string) bool { return known[n] == nil })
}

// byName returns the columns by their names.
func (m *Mapping) byName() map[string]*Column {
	columns := make(map[string]*Column, len(m.Columns))
	for i := range m.Columns {
		columns[m.Columns[i].Name] = &m.Columns[i]
	}
	return columns
}

// Count returns how many columns have each role.
func (m *Mapping) Count(role Role) int {
	n := 0
	for _, c := range m.Columns {
		if c.Role == role {
			n++
		}
	}
	return n
}

// Changes lists, in the order of the file, the names of the columns of m whose
// role is another one than in old, or that old does not have; then those of old
// that m does not have. It is empty where old is nil.
func (m *Mapping) Changes(old *Mapping) []string {
	if old == nil {
		return nil
	}
	var names []string
	was, is := old.byName(), m.byName()
	for _, c := range m.Columns {
		if was[c.Name] == nil || was[c.Name].Role != c.Role {
			names = append(names, c.Name)
		}
	}
	for _, c := range old.Columns {
		if is[c.Name] == nil {
			names = append(names, c.Name)
		}
	}
	return names
}

// Metrics lists the families of the value columns in the order of the file.
func (m *Mapping) Metrics() []string {
	var names []string
	for _, c := range m.Columns {
		if c.Role == RoleValue {
			names = append(names, c.Metric)
		}
	}
	return names
}

// Missing lists, sorted, the configured columns that the report does not have.
func (m *Mapping) Missing(opts Options) []string {
	var names []string
	is := m.byName()
	for name := range opts.Columns {
		if is[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
