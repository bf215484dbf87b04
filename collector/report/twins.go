package report

import (
	"slices"

	"statsig_exporter/collector/report/when"
)

// twins finds columns of numbers that are times: in every row, the number is the Unix
// time of the date in one and the same other column.
type twins struct {
	of map[int][]int // the columns that each one may still be the twin of; nil: any
}

// newTwins begins with the columns that have no role yet.
func newTwins(columns []Column) *twins {
	t := &twins{of: map[int][]int{}}
	for i, c := range columns {
		if c.Role == "" && len(columns) <= fewColumns {
			t.of[i] = nil
		}
	}
	return t
}

// see adds a row whose cells found has seen.
func (t *twins) see(fields [][]byte, found []evidence) {
	for i, others := range t.of {
		cell := trim(fields[i])
		if isEmpty(cell) {
			continue
		}
		at, ok := when.Unix(cell)
		if ok && others == nil {
			for j := range found {
				if j != i {
					others = append(others, j)
				}
			}
		}
		others = slices.DeleteFunc(others, func(j int) bool {
			same, isTime := found[j].times.Last()
			return found[j].times.Over() || isEmpty(trim(fields[j])) || !isTime || same != at
		})
		if t.of[i] = others; !ok || len(others) == 0 {
			delete(t.of, i)
		}
	}
}

// tell marks the columns that have a twin.
func (t *twins) tell(columns []Column, found []evidence) {
	for i := range found {
		found[i].twin = ""
		for _, j := range t.of[i] {
			// By name, lest the order of columns shows.
			if _, ok := found[j].times.Times(found[j].cells); ok && (found[i].twin == "" || columns[j].Name < found[i].twin) {
				found[i].twin = columns[j].Name
			}
		}
	}
}
