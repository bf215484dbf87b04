package report

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"

	"statsig_exporter/collector/report/when"
)

// evidence holds what the cells of one column have shown so far. It grows with the
// distinct times of a column, never with rows.
type evidence struct {
	says       headerSays
	times      *when.Survey
	distinct   distinct // of the times
	semicolons bool     // the report has them for delimiters, so that commas matter

	cells    int  // that are not empty
	point    cell // the sum of those that are numbers with a decimal point
	comma    cell // and with a decimal comma
	amounts  int  // numbers that cannot name anything
	padded   int  // integers with leading zeros
	huge     int  // integers from 2^53 on
	bits     int  // 0 and 1
	units    map[string]int
	odd      int      // neither numbers nor dates
	spaced   int      // of these, with a space
	others   []string // the first few distinct ones of them
	commas   bool     // some cell has a comma; like pointEnd, only looked for where semicolons is set
	pointEnd bool     // some cell has a point after a comma
	twin     string   // the time column that has the same moments; empty: none
	counter  counter  // of a column without a header
}

// counter finds out whether numbers count the rows: in some order, each whole number
// of a range that begins with 0 or 1 stands once.
type counter struct {
	n, sum, most int
	mix          int // of all, by exclusive or
}

func (c *counter) add(v float64, n int) {
	i := int(v)
	c.n, c.sum, c.mix, c.most = c.n+n, c.sum+i*n, c.mix^i, max(c.most, i)
}

// counts reports whether the numbers of so many cells count them.
func (c *counter) counts(cells int) bool {
	first := c.most - c.n + 1
	if c.n != cells || cells < 2 || first != 0 && first != 1 || c.sum != (first+c.most)*c.n/2 {
		return false
	}
	mix := c.mix
	for i := first; i <= c.most; i++ {
		mix ^= i
	}
	return mix == 0
}

// An inference remembers so many distinct cells that are neither numbers nor dates, so
// many bytes of each, and so many units.
const maxOthers, maxUnits, maxOtherBytes = 3, 32, 64

// maxTimes and maxColumnTimes bound how many distinct times are counted exactly, over
// all columns and of each.
const maxTimes, maxColumnTimes = 1 << 18, 1 << 12

func newEvidence(c *Column, reader *when.Reader, m *Mapping) evidence {
	return evidence{
		says: readHeader(c.Header), semicolons: m.Delimiter == ';', times: when.NewSurvey(reader, c.Role == RoleTime),
		distinct: distinct{most: min(maxColumnTimes, maxTimes/len(m.Columns))},
	}
}

// see adds n cells that read the same, trimmed.
func (e *evidence) see(cell []byte, n int) {
	if isEmpty(cell) {
		return
	}
	e.cells += n
	if e.semicolons && !e.pointEnd {
		e.seeCommas(cell)
	}
	switch {
	case e.seeTime(cell, n): // A date is not a number.
	case isText(cell):
		e.seeOther(cell, n)
	default:
		e.seeNumber(cell, n)
	}
}

// seeTime reports whether the cell is written as a date beyond doubt.
func (e *evidence) seeTime(cell []byte, n int) bool {
	if e.times.Over() {
		return false
	}
	strong := e.times.Add(cell, n)
	if at, ok := e.times.Last(); ok {
		e.distinct.add(timeHash(at))
	}
	return strong
}

// timeHash is the same in every process, so that roles are too.
func timeHash(micros int64) uint64 { return bits.RotateLeft64(uint64(micros)*0x9e3779b97f4a7c15, 32) }

func (e *evidence) seeCommas(cell []byte) {
	if i := bytes.IndexByte(cell, ','); i >= 0 {
		e.commas = true
		e.pointEnd = bytes.IndexByte(cell[i:], '.') > 0
	}
}

func (e *evidence) seeNumber(cell []byte, times int) {
	if value, places, ok := parsePlain(cell, '.'); ok {
		e.seePlain(cell, value, places, times)
		return
	}
	n := numberFormat{'.', e.says.clock}.parse(cell)
	c := n
	if bytes.ContainsAny(cell, ",.") {
		c = numberFormat{',', e.says.clock}.parse(cell)
	}
	if n.ok {
		e.point.add(n.value, times)
	}
	if c.ok {
		e.comma.add(c.value, times)
	}
	if !n.ok && (c.ok || !n.padded) {
		n = c
	}
	switch {
	case n.padded:
		e.padded += times
	case !n.ok:
		e.seeOther(cell, times)
	}
	if n.huge {
		e.huge += times
	}
	if n.amount {
		e.amounts += times
	}
	if n.unit != "" {
		e.seeUnit(n.unit, times)
	}
}

// seePlain adds a number that parsePlain has read with a decimal point.
func (e *evidence) seePlain(cell []byte, value float64, places, n int) {
	e.point.add(value, n)
	if places == 0 {
		e.comma.add(value, n)
	} else if isThousands(cell, places) {
		e.comma.add(math.Round(value*1000), n)
	}
	if value == 0 || value == 1 {
		e.bits += n
	}
	switch {
	case places > 0 || value < 0:
		e.amounts += n
	case e.says.blank:
		e.counter.add(value, n)
	}
}

func (e *evidence) seeUnit(unit string, n int) {
	if e.units == nil {
		e.units = map[string]int{}
	}
	if _, known := e.units[unit]; known || len(e.units) < maxUnits {
		e.units[unit] += n
	}
}

// seeOther remembers a cell that is neither a number nor a date.
func (e *evidence) seeOther(cell []byte, n int) {
	e.odd += n
	if bytes.IndexByte(cell, ' ') >= 0 {
		e.spaced += n
	}
	cell = cell[:min(len(cell), maxOtherBytes)]
	if len(e.others) < maxOthers && !slices.ContainsFunc(e.others, func(o string) bool { return o == string(cell) }) {
		e.others = append(e.others, string(cell))
	}
}

// decimalSign returns the decimal sign of the numbers, and which cells are numbers
// with it. In reports with semicolons it is the comma, unless a cell has
// a point after a comma, or no cell has a comma and some are numbers with a point
// alone; in others it is the point. Where that makes the cells no numbers and the
// other sign does, it is the other one: spreadsheets write decimal commas between
// tabs and, quoted, between commas too.
func (e *evidence) decimalSign(setting Decimal) (sign byte, numbers int) {
	point, comma := int(e.point.n), int(e.comma.n)
	isComma := e.semicolons && !e.pointEnd && (e.commas || comma >= point)
	switch {
	case setting != DecimalAuto:
		isComma = setting == DecimalComma
	case isComma && !enough(comma, e.cells) && enough(point, e.cells):
		isComma = false
	case !isComma && !enough(point, e.cells) && enough(comma, e.cells):
		isComma = true
	}
	if isComma {
		return ',', comma
	}
	return '.', point
}

// enough reports whether so many numbers among cells make a value.
func enough(numbers, cells int) bool { return numbers > 0 && numbers*100 >= cells*95 }

// mostly reports whether two thirds of the cells or more are numbers, and all others
// are one and the same word, such as Included or Free.
func (e *evidence) mostly(numbers int) bool {
	return numbers*3 >= e.cells*2 && numbers+e.odd == e.cells && len(e.others) == 1 && !strings.ContainsAny(e.others[0], "0123456789")
}

// value reports whether the column is a value, and why it is or is not. Where people
// may have expected something else, warning says so.
func (e *evidence) value(numbers int) (why, warning string, ok bool) {
	switch {
	case numbers == 0 && e.padded == 0:
		return "the cells are text", "", false
	case e.padded > 0 && enough(numbers+e.padded, e.cells):
		return "the cells are digits, some with leading zeros", "", false
	case e.huge > 0 && !e.amount(numbers):
		return "the cells are digits, some past 2^53", "", false
	case len(e.units) > 1:
		units := strings.Join(slices.Sorted(maps.Keys(e.units)), ", ")
		return "the cells are amounts in several units", fmt.Sprintf("its amounts are in several units (%s), which do not add up", units), false
	case !enough(numbers, e.cells) && !e.mostly(numbers):
		if numbers*2 >= e.cells {
			warning = e.oddCells(numbers)
		}
		return "only " + e.share(numbers), warning, false
	case e.says.flag != "" && e.says.identifies == "" && e.bits == e.cells:
		return fmt.Sprintf("the cells are 0 and 1, and the header says yes or no (%q)", e.says.flag), "", false
	case e.says.identifies != "" && !e.amount(numbers):
		return fmt.Sprintf("the cells are numbers, but the header says that they identify something (%q)", e.says.identifies), "", false
	case numbers == e.cells:
		return "every cell is a number", "", true
	case !enough(numbers, e.cells):
		warning = e.oddCells(numbers) + ", and are skipped"
	}
	return e.share(numbers), warning, true
}

func (e *evidence) share(numbers int) string {
	return fmt.Sprintf("%d of %d cells are numbers", numbers, e.cells)
}

// oddCells describes the cells that are not numbers.
func (e *evidence) oddCells(numbers int) string {
	var others []string
	for _, cell := range e.others {
		others = append(others, quote(cell))
	}
	if len(others) == maxOthers {
		others = append(others, "…")
	}
	return fmt.Sprintf("%d %% of its cells are numbers; the others read %s", numbers*100/e.cells, strings.Join(others, ", "))
}

// amount reports whether the numbers are amounts, even if the header says that they
// identify something: one in twenty or more has decimals, a minus or a unit.
func (e *evidence) amount(numbers int) bool {
	return e.amounts*20 >= numbers && !e.says.finely
}

// unit returns the unit of most of the numbers; empty if they have none.
func (e *evidence) unit() string {
	unit := ""
	for _, u := range slices.Sorted(maps.Keys(e.units)) {
		if e.units[u] > e.units[unit] {
			unit = u
		}
	}
	return unit
}
