package report

import (
	"bytes"

	"statsig_exporter/collector/report/when"
)

// layout says how the rows of a report are written and where its table begins.
type layout struct {
	comma, newline byte
	headerLine     int   // 0: there is no row
	before         []int // the lines of the rows before the header
	end            rowEnd
	opening        [][][]byte // the first rows below the header, with cells that are trimmed
}

// rowEnd says how rows end, compared with their header. A row as long as the header
// fits whatever the others do.
type rowEnd int

const (
	endEven  rowEnd = iota // they have as many fields
	endSpare               // they have an empty field more: a delimiter ends each
	endShort               // they lack the last field
)

// delimiters are the known ones. If several explain a report equally well, findLayout
// takes the first: a comma in a header is often part of the text.
var delimiters = []byte("\t;|,")

// findLayout finds out how a report is written from its beginning.
func findLayout(head []byte) layout {
	newline := lineEnd(head)
	line, _, _ := bytes.Cut(head, []byte{newline})
	if sign, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\r")), []byte("sep=")); ok && len(sign) == 1 && bytes.Contains(delimiters, sign) {
		s := readOpening(head, sign[0], newline)
		s.rows, s.lines = s.rows[1:], s.lines[1:]
		l, _ := s.table()
		return l
	}
	best, _ := readOpening(head, ',', newline).table()
	most := 0
	for _, comma := range delimiters {
		if l, score := readOpening(head, comma, newline).table(); score > most {
			best, most = l, score
		}
	}
	return best
}

// opening is the beginning of a report, split by one delimiter.
type opening struct {
	comma, newline byte
	rows           [][][]byte
	lines          []int
}

// maxOpeningCells bounds an opening.
const maxOpeningCells = 100_000

// readOpening leaves out a last row that the end of head cuts off. All of head is
// in the reader's buffer, so that its cells stay as they are.
func readOpening(head []byte, comma, newline byte) opening {
	s := opening{comma: comma, newline: newline}
	r := newRowReader(bytes.NewReader(head), comma, newline)
	var cells [][]byte
	for len(cells) < maxOpeningCells {
		fields, err := r.next()
		if err != nil || !r.complete && len(head) == sniffBytes && len(s.rows) > 0 {
			break
		}
		from := len(cells)
		for _, field := range fields {
			cells = append(cells, trim(field))
		}
		s.rows, s.lines = append(s.rows, cells[from:len(cells):len(cells)]), append(s.lines, r.rowLine)
	}
	return s
}

// table finds the table in the opening, and scores how well the delimiter explains
// it: the fields of the header, weighted by how many of all rows fit below it.
// Where there is no header that its rows agree with, it is the first row. A table
// with numbers or times is preferred: above it stand titles, or keys and values.
func (s opening) table() (best layout, score int) {
	best = layout{comma: s.comma, newline: s.newline}
	if len(s.rows) > 0 {
		best.headerLine, best.opening = s.lines[0], s.rows[1:]
	}
	seen, found := map[int]bool{}, header{}
	for first, row := range s.rows {
		width := len(row)
		if seen[width] {
			continue
		}
		seen[width] = true
		h, ok := s.header(first)
		h.cells = (h.fitting + 1) * width
		if !ok || !h.betterThan(found) {
			continue
		}
		found = h
		best.headerLine, best.before, best.opening, best.end = s.lines[h.at], s.lines[:h.at], s.rows[h.at+1:], h.end
		score = (h.fitting + 1) * 1000 / len(s.rows) * min(width, 1000)
		if width == 1 {
			score = 0
		}
	}
	return best, score
}

// header is a row that most rows below agree with.
type header struct {
	at      int
	fitting int // rows below it
	end     rowEnd
	cells   int  // of the table
	typed   bool // some columns below hold numbers or times
}

func (h header) betterThan(o header) bool {
	switch {
	case h.typed != o.typed:
		return h.typed
	case o.cells > 0 && (h.end == endEven) != (o.end == endEven):
		return h.end == endEven
	}
	return h.cells > o.cells
}

// header finds the header among the rows as long as the given one, the first of them. Of
// those above the first row of data, it is the row that best names what the columns below
// hold.
func (s opening) header(first int) (header, bool) {
	h, body := s.body(first)
	if below := len(s.rows) - first - 1; h.fitting*2 <= below && first+below > 0 {
		return h, false
	}
	kinds := kindsOf(body[max(len(body)/2, len(body)-kindRows):])
	for _, k := range kinds {
		h.typed = h.typed || k != kindText
	}
	best := -1
	for i := first; i < len(s.rows); i++ {
		row := s.rows[i]
		if isData(row, kinds) {
			break
		}
		if len(row) != len(s.rows[first]) || !isHeader(row, kinds) {
			continue
		}
		// A row of data seldom names all columns of numbers and times, if there are two.
		if n, all := agreement(row, kinds); n > best && (best <= 0 || all && n > 2) {
			h.at, best = i, n
		}
	}
	if best < 0 {
		h.at = first
		return h, first == 0 && h.end == endEven
	}
	if h.end != endEven { // else a title or a row of data may pass for the header
		followed := h.at+1 < len(s.rows) && isData(s.rows[h.at+1], kinds)
		return h, followed && (h.at == 0 || h.end == endSpare)
	}
	for _, row := range s.rows[:h.at] {
		if !isPreamble(row, len(kinds)) && (!h.typed || len(row) > len(kinds)) {
			return h, false
		}
	}
	return h, true
}

// body returns the rows below the given one that fit under a header of its
// length, cut to it, and how most of them end.
func (s opening) body(first int) (h header, body [][][]byte) {
	width := len(s.rows[first])
	for end := endEven; end <= endShort; end++ {
		var fitting [][][]byte
		exact := 0
		for _, row := range s.rows[first+1:] {
			if len(row) == width {
				exact++
			}
			if row, ok := end.fit(row, width); ok {
				fitting = append(fitting, row)
			}
		}
		// Rows as long as the header speak against an end that most rows do not have.
		if end != endEven && (len(fitting)-exact)*2 <= len(s.rows)-first-1 {
			continue
		}
		if len(fitting) > len(body) {
			h, body = header{fitting: len(fitting), end: end}, fitting
		}
	}
	return h, body
}

// fit returns a row as long as its header, if it is or ends as others do.
func (e rowEnd) fit(row [][]byte, width int) ([][]byte, bool) {
	switch {
	case len(row) == width:
	case e == endSpare && len(row) == width+1 && len(row[width]) == 0:
		row = row[:width]
	case e == endShort && len(row) == width-1:
		row = append(row, nil)
	default:
		return row, false
	}
	return row, true
}

// kind says how most cells of a column read.
type kind int

const (
	kindText kind = iota
	kindNumber
	kindTime
)

func kindOf(cell []byte) kind {
	if when.IsDate(cell) {
		return kindTime
	}
	for _, sign := range []byte(".,") {
		if n := (numberFormat{decimal: sign}).parse(cell); n.ok || n.padded {
			return kindNumber
		}
	}
	return kindText
}

// kindRows is how many rows are looked at for what columns hold. They are from the
// end of an opening, far from titles.
const kindRows = 20

func kindsOf(rows [][][]byte) []kind {
	if len(rows) == 0 {
		return nil
	}
	kinds := make([]kind, len(rows[0]))
	for i := range kinds {
		var counts [3]int
		filled := 0
		for _, row := range rows {
			if !isEmpty(row[i]) {
				counts[kindOf(row[i])]++
				filled++
			}
		}
		for k, n := range counts {
			if n*2 > filled {
				kinds[i] = kind(k)
			}
		}
	}
	return kinds
}

// isData reports whether a row holds what the columns do: all of its cells in
// columns of numbers and times, and at least one.
func isData(row [][]byte, kinds []kind) bool {
	some := false
	for i := range min(len(row), len(kinds)) {
		if kinds[i] == kindText || isEmpty(row[i]) {
			continue
		}
		if kindOf(row[i]) != kinds[i] {
			return false
		}
		some = true
	}
	return some
}

// isHeader reports whether a row may name the columns: above numbers and times it
// has other text.
func isHeader(row [][]byte, kinds []kind) bool {
	for i, k := range kinds {
		if k != kindText && (isEmpty(row[i]) || kindOf(row[i]) == k) {
			return false
		}
	}
	return true
}

// isPreamble reports whether a row above a table is a comment, a title, or a key
// and a value.
func isPreamble(row [][]byte, width int) bool {
	for i, cell := range row {
		if len(cell) > 0 && i >= min(2, max(1, width-1)) {
			return bytes.HasPrefix(row[0], []byte("#"))
		}
	}
	return true
}

// agreement counts the columns of numbers and times that a row names as such, from
// 1, and reports whether it names all of them. It is 0 for what may as well stand
// above a table.
func agreement(row [][]byte, kinds []kind) (n int, all bool) {
	if bytes.HasPrefix(row[0], []byte("#")) || bytes.HasSuffix(row[0], []byte(":")) || len(row) > 1 && isPreamble(row, len(row)) {
		return 0, false
	}
	n, all = 1, true
	for i, k := range kinds {
		if k == kindText {
			continue
		}
		p := phraseOf(string(row[i]))
		if k == kindTime && p.time().Time || k == kindNumber && isQuantity(p.last()) {
			n++
		} else {
			all = false
		}
	}
	return n, all
}
