// Package relabel changes the labels of series: it adds labels that it looks up in
// tables, and applies Prometheus' relabelling. It is pure.
package relabel

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Match says how the keys of a table are compared.
type Match string

// The ways to compare keys.
const (
	MatchExact Match = "exact"
	MatchGlob  Match = "glob" // as in path.Match, but * and ? stand for / too
)

// TableOptions says how a table is read.
type TableOptions struct {
	// On is the header of the column of keys, or a header that Name gives the same name.
	// Without such a column it is the first.
	On string
	// Labels holds the header of a column by the label that gets its values. If it is
	// empty, every column but the keys' becomes a label, which Name names.
	Labels  map[string]string
	Name    func(header string) string
	Key     func(value string) string // the form in which exact keys are compared; nil: as they are
	Match   Match
	Default string // the value of every label for a key that no row has
}

// Table holds the label values of keys. It is immutable and safe for concurrent use.
type Table struct {
	labels   []string // sorted
	rows     [][]string
	exact    map[string]int // the row of a key
	globs    globs
	fallback []string

	width, key int // columns of the file, and the one of keys
	form       func(value string) string
	match      Match
}

// LineError is an error at a line of a file.
type LineError struct {
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the error without the line.
func (e *LineError) Unwrap() error { return e.Err }

func atLine(line int, format string, args ...any) error {
	return &LineError{line, fmt.Errorf(format, args...)}
}

// ReadTable reads a table from CSV with a header. Its error is a *LineError, or r's.
func ReadTable(r io.Reader, opts TableOptions) (*Table, error) {
	in := csv.NewReader(r)
	header, err := read(in)
	if errors.Is(err, io.EOF) {
		return nil, atLine(1, "the file is empty; it needs a header")
	}
	if err != nil {
		return nil, err
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	key := keyColumn(header, opts)
	t := &Table{exact: map[string]int{}, globs: newGlobs(), width: len(header), key: key, form: opts.Key, match: opts.Match}
	columns, err := t.name(header, key, opts)
	if err != nil {
		return nil, err
	}
	t.fallback = slices.Repeat([]string{opts.Default}, len(t.labels))
	lines := map[string]int{}
	for {
		cells, err := read(in)
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(key)
		if !t.isGlob(cells[key]) {
			cells[key] = t.Key(cells[key])
		}
		if before, twice := lines[cells[key]]; twice {
			return nil, atLine(line, "the key %q is there twice, first in line %d; remove one of the rows", cells[key], before)
		}
		lines[cells[key]] = line
		row := make([]string, len(columns))
		for i, column := range columns {
			row[i] = cells[column]
		}
		if err := t.add(cells[key], row); err != nil {
			return nil, atLine(line, "%w", err)
		}
	}
}

func keyColumn(header []string, opts TableOptions) int {
	key := slices.Index(header, opts.On)
	if key < 0 {
		key = slices.IndexFunc(header, func(column string) bool { return opts.Name(column) == opts.Name(opts.On) })
	}
	return max(key, 0)
}

// read reads a record, without the space around its cells.
func read(in *csv.Reader) ([]string, error) {
	cells, err := in.Read()
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return nil, atLine(syntax.Line, "%w", syntax.Err)
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells, err
}

// name sets the labels and returns their columns.
func (t *Table) name(header []string, key int, opts TableOptions) ([]int, error) {
	from := map[string]int{}
	for i, column := range header {
		if i == key || len(opts.Labels) > 0 {
			continue
		}
		label := opts.Name(column)
		if before, taken := from[label]; taken {
			return nil, atLine(1, "the columns %q and %q would both be the label %s; list the columns in labels", header[before], column, label)
		}
		from[label] = i
	}
	for label, column := range opts.Labels {
		i := slices.Index(header, column)
		if i < 0 {
			return nil, atLine(1, "there is no column %q for the label %s; the columns are %q", column, label, header)
		}
		if slices.Contains(header[i+1:], column) {
			return nil, atLine(1, "there are two columns %q; rename one of them", column)
		}
		from[label] = i
	}
	if len(from) == 0 {
		return nil, atLine(1, "there is no column beside %q; add one for each label", header[key])
	}
	for label := range from {
		t.labels = append(t.labels, label)
	}
	slices.Sort(t.labels)
	columns := make([]int, len(t.labels))
	for i, label := range t.labels {
		columns[i] = from[label]
	}
	return columns, nil
}

func (t *Table) add(key string, row []string) error {
	t.rows = append(t.rows, row)
	at := len(t.rows) - 1
	if !t.isGlob(key) {
		t.exact[key] = at
		return nil
	}
	if _, err := path.Match(key, ""); err != nil {
		return fmt.Errorf("the key %q is not a glob: a [ lacks its ], or a \\ ends it", key)
	}
	t.globs.add(key, at)
	return nil
}

func (t *Table) isGlob(key string) bool {
	return t.match == MatchGlob && strings.ContainsAny(key, globSigns)
}

// Key returns the key of a value that is looked up.
func (t *Table) Key(value string) string {
	if t.form == nil {
		return value
	}
	return t.form(value)
}

// Labels returns the labels that the table adds, sorted. It is not to be changed.
func (t *Table) Labels() []string { return t.labels }

// Line returns a line for the table's file, without its end: the key, and no labels yet.
func (t *Table) Line(key string) string {
	if t.match == MatchGlob {
		key = literal.Replace(key)
	}
	cells := make([]string, t.width)
	cells[t.key] = key
	var line strings.Builder
	w := csv.NewWriter(&line)
	_ = w.Write(cells) // a builder takes everything
	w.Flush()
	return strings.TrimSuffix(line.String(), "\n")
}

// Find returns the values of Labels from the first row that matches a key. It is not
// found, and they are the default, without such a row. They are not to be changed.
func (t *Table) Find(key string) (values []string, found bool) {
	at, exact := t.exact[key]
	if !exact {
		at = len(t.rows)
	}
	if at = t.globs.first(key, at); at == len(t.rows) {
		return t.fallback, false
	}
	return t.rows[at], true
}
