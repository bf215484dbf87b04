package report

import (
	"bytes"
	"fmt"
	"time"

	"statsig_exporter/collector/report/when"
)

// evidence is what the cells of one column have shown so far. It grows with the
// distinct times of a column, never with rows.
type evidence struct {
	says       headerSays
	times      *when.Survey
	semicolons bool // the report has them for delimiters, so that commas matter

	cells    int // that are not empty
	point    int // of them, numbers with a decimal point
	comma    int // and with a decimal comma
	percent  int
	padded   int  // integers with leading zeros
	commas   bool // some cell has a comma; like pointEnd, only looked for where semicolons is set
	pointEnd bool // some cell has a point after a comma
}

func newEvidence(c *Column, semicolons bool) evidence {
	e := evidence{says: readHeader(c.Header), semicolons: semicolons}
	if c.Role == RoleTime {
		e.says.time = c.times.Hint
	}
	e.times = when.NewSurvey(e.says.time, c.Role == RoleTime)
	return e
}

// see adds a cell, trimmed.
func (e *evidence) see(cell []byte, loc *time.Location) {
	if isEmpty(cell) {
		return
	}
	e.cells++
	if e.semicolons && !e.pointEnd {
		e.seeCommas(cell)
	}
	if !e.times.Over() && e.times.Add(cell, loc) {
		return // A date is not a number.
	}
	if !isText(cell) {
		e.seeNumber(cell)
	}
}

func (e *evidence) seeCommas(cell []byte) {
	if i := bytes.IndexByte(cell, ','); i >= 0 {
		e.commas = true
		e.pointEnd = bytes.IndexByte(cell[i:], '.') > 0
	}
}

func (e *evidence) seeNumber(cell []byte) {
	if _, places, ok := parsePlain(cell, '.'); ok {
		e.point++
		if places == 0 || isThousands(cell, places) {
			e.comma++
		}
		return
	}
	n := parseNumber(cell, '.')
	c := n
	if bytes.ContainsAny(cell, ",.") {
		c = parseNumber(cell, ',')
	}
	if n.ok {
		e.point++
	}
	if c.ok {
		e.comma++
	}
	if n.percent || c.percent {
		e.percent++
	}
	if n.padded {
		e.padded++
	}
}

// decimalSign tells which decimal sign the numbers have, and how many cells are
// numbers with it. In reports with semicolons it is the comma, unless a cell has
// a point after a comma, or no cell has a comma and some are numbers with a point
// alone; in others it is the point. Where that makes the cells no numbers and the
// other sign does, it is the other one: spreadsheets write decimal commas between
// tabs and, quoted, between commas too.
func (e *evidence) decimalSign(setting Decimal, semicolons bool) (sign byte, numbers int) {
	comma := semicolons && !e.pointEnd && (e.commas || e.comma >= e.point)
	switch {
	case setting != DecimalAuto:
		comma = setting == DecimalComma
	case comma && !enough(e.comma, e.cells) && enough(e.point, e.cells):
		comma = false
	case !comma && !enough(e.point, e.cells) && enough(e.comma, e.cells):
		comma = true
	}
	if comma {
		return ',', e.comma
	}
	return '.', e.point
}

// enough tells whether so many numbers among cells make a value.
func enough(numbers, cells int) bool { return numbers > 0 && numbers*100 >= cells*95 }

// isValue tells whether the column is a value, and why it is or is not.
func (e *evidence) isValue(numbers int) (why string, ok bool) {
	share := func() string { return fmt.Sprintf("%d of %d cells are numbers", numbers, e.cells) }
	switch {
	case e.padded > 0 && enough(numbers+e.padded, e.cells):
		return "the cells are digits, some with leading zeros", false
	case !enough(numbers, e.cells) && numbers > 0:
		return "only " + share(), false
	case numbers == 0:
		return "the cells are text", false
	case e.says.identifies != "":
		return fmt.Sprintf("the cells are numbers, but the header says that they identify something (%q)", e.says.identifies), false
	case numbers == e.cells:
		return "every cell is a number", true
	}
	return share(), true
}
