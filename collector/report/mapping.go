package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"statsig_exporter/collector/report/when"
)

// Column says what one column of a report is for, and why. The fields that later reports
// depend on are stored under their names in JSON, which must not change.
type Column struct {
	Index  int    `json:"-"`      // in the report, from 0
	Header string `json:"header"` // as it stands in the report
	Name   string `json:"name"`   // the header, or header_2 … where it is repeated: the key of Options.Columns
	Role   Role   `json:"role"`
	Why    string `json:"why"` // one clause, for a person; it quotes no cell

	Label     string    `json:"-"`                   // the label's name, for RoleLabel
	Metric    string    `json:"-"`                   // the family, for RoleValue
	Aggregate Aggregate `json:"aggregate,omitempty"` // for RoleValue
	Primary   bool      `json:"primary,omitempty"`   // the primary time, for RoleTime

	// Configured columns are named in Options.Columns, or are ignored by
	// Options.Unlisted.
	Configured bool `json:"configured,omitempty"`
	// Kept columns keep their role for as long as the header stays the same: it
	// is configured, or was inferred from at least one cell.
	Kept bool `json:"settled,omitempty"`

	reading
	set       ColumnOptions // by which it is configured
	published published     // as Statsig once published it; zero if it did not
	because   string        // Why, without the clause about the order of dates; for times
	warning   string        // what a person should know about Role; may be empty
	sentences bool          // most cells of a label have spaces
}

// reading says how to read the cells, as far as they have shown it.
type reading struct {
	Decimal   byte       `json:"decimal,omitempty"` // the decimal sign of a value; 0: the cells tell
	Unit      string     `json:"unit,omitempty"`    // of a value's numbers; numbers with a different unit are skipped
	Order     when.Order `json:"order,omitempty"`
	OrderOpen bool       `json:"order_open,omitempty"` // no date seen so far tells the order
	Numbers   bool       `json:"numbers,omitempty"`    // its times are numbers, even if the header does not say so
}

// open reports whether something about the column is left to its cells.
func (c *Column) open() bool {
	return !c.Kept || c.OrderOpen || c.Role == RoleValue && (c.Decimal == 0 || c.Aggregate == "")
}

// format returns how the numbers of a value are written.
func (c *Column) format() numberFormat { return numberFormat{c.Decimal, readHeader(c.Header).clock} }

// times returns a reader of the column's cells, as far as they are times.
func (c *Column) times(zone *time.Location) *when.Reader {
	hint := readHeader(c.Header).time
	hint.Numbers = hint.Numbers || c.Numbers
	if c.Configured && c.Role == RoleTime {
		hint.Time, hint.Numbers, hint.Dates, hint.Serial = true, true, true, true
	}
	return &when.Reader{Hint: hint, Order: c.Order, Zone: zone}
}

// Mapping holds the columns of a report in the order of the file. It is immutable.
type Mapping struct {
	Columns []Column
	// Delimiter stands between the fields of the report.
	Delimiter byte

	totals []int // the lines of rows that are totals of others
}

// newMapping gives each column its configured role, or else its role in the first known
// mapping of the same header. Other columns get theirs from decide; open reports whether
// there are any, or whether anything else is left to the cells.
func newMapping(header []string, delimiter byte, opts Options, known []*Mapping) (m *Mapping, open bool) {
	m = &Mapping{Columns: make([]Column, len(header)), Delimiter: delimiter}
	names := columnNames(header)
	var was map[string]*Column
	sameDelimiter := false
	if i := slices.IndexFunc(known, func(k *Mapping) bool { return k.sameHeader(names) }); i >= 0 {
		was, sameDelimiter = known[i].byName(), known[i].Delimiter == delimiter
	}
	for i, name := range names {
		c := &m.Columns[i]
		*c = Column{Index: i, Header: header[i], Name: name}
		set, configured := opts.Columns[name]
		switch {
		case configured:
			c.configure(set)
		case opts.Unlisted == UnlistedIgnore:
			c.Role, c.Why, c.Configured, c.Kept = RoleIgnore, "not listed", true, true
		}
		if was != nil {
			c.remember(was[name])
		}
		if c.Role == RoleValue {
			c.presetDecimal(opts.Decimal, delimiter, sameDelimiter)
		}
		open = open || c.open()
	}
	findPublished(m.Columns)
	if open = m.onePrimary() || open; !open {
		nameColumns(m.Columns, opts)
	}
	return m, open
}

// configure applies the configuration of the column, which may leave to the cells how
// they are read.
func (c *Column) configure(set ColumnOptions) {
	c.Role, c.Why, c.Configured, c.set = set.Role, "configured", true, set
	c.because = c.Why
	c.Aggregate, c.Primary = set.Aggregate, set.Primary
	c.Kept = c.Role != RoleTime
}

// remember takes over what an earlier report showed about the same column, except what
// was configured then and no longer is.
func (c *Column) remember(was *Column) {
	switch {
	case !was.Kept, was.Configured && !c.Configured:
	case c.Role == "":
		index := c.Index
		*c = *was
		c.Index = index
	case c.Role == was.Role:
		c.Kept, c.reading = true, was.reading
		if !was.Configured || was.set == c.set {
			c.Aggregate = cmp.Or(c.Aggregate, was.Aggregate)
			c.Primary = c.Primary || was.Primary
		}
		if was.Configured {
			c.Why = was.Why
		}
	}
}

// presetDecimal sets a configured decimal sign. Else it leaves the sign to the cells: of
// each report with semicolons, and of the first of any others.
func (c *Column) presetDecimal(setting Decimal, delimiter byte, known bool) {
	switch {
	case setting == DecimalComma:
		c.Decimal = ','
	case setting == DecimalPoint:
		c.Decimal = '.'
	case delimiter == ';' || !known:
		c.Decimal = 0
	}
}

// onePrimary lets a configured primary time win over a known one. It reports whether
// there are times of which none is primary.
func (m *Mapping) onePrimary() (missing bool) {
	set := slices.ContainsFunc(m.Columns, func(c Column) bool { return c.Role == RoleTime && c.set.Primary })
	times, primary := false, false
	for i := range m.Columns {
		c := &m.Columns[i]
		c.Primary = c.Primary && (c.set.Primary || !set)
		times, primary = times || c.Role == RoleTime, primary || c.Primary
	}
	return times && !primary
}

// sameHeader reports whether the mapping is of a report with these column names,
// in any order.
func (m *Mapping) sameHeader(names []string) bool {
	known := m.byName()
	return len(m.Columns) == len(names) && !slices.ContainsFunc(names, func(n string) bool { return known[n] == nil })
}

// readsAs reports whether two mappings of one header read every cell in the same way.
func (m *Mapping) readsAs(o *Mapping) bool {
	reading := func(c Column) Column {
		c.Why, c.because, c.warning, c.sentences, c.Kept, c.OrderOpen = "", "", "", false, false, false
		return c
	}
	return slices.EqualFunc(m.Columns, o.Columns, func(a, b Column) bool { return reading(a) == reading(b) })
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

// Changes lists the names of the columns of m that have a different role in old or that
// old lacks, in the order of the file; then the columns of old that m lacks. It is empty
// if old is nil.
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

// Missing lists, sorted, the configured columns that the report does not have.
func (m *Mapping) Missing(opts Options) []string {
	is := m.byName()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(opts.Columns)), func(name string) bool { return is[name] != nil })
}
