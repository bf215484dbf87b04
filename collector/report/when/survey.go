package when

import (
	"fmt"
	"math"
)

// Survey finds out whether the cells of a column are times. It is for one goroutine.
type Survey struct {
	Reader *Reader // of the cells
	keepOn bool    // a cell that is not a time does not end the survey
	odd    int     // cells that are not times, as far as they were counted

	last    moment // of the last cell
	written int    // cells that are dates, not numbers
	numeric bool   // some dates are two small numbers and a year
	either  bool   // some of them can be read in both orders
	weak    bool
	orders  [3]bool  // by Order: some date can be read in this order only
	max     [3]int64 // by Order
}

// NewSurvey returns a survey of the column that the reader reads. known says that the
// column holds times, whatever its cells are.
func NewSurvey(reader *Reader, known bool) *Survey {
	return &Survey{Reader: reader, keepOn: known || reader.Hint.Time, max: [3]int64{math.MinInt64, math.MinInt64, math.MinInt64}}
}

// Over reports whether the column has turned out to hold something else.
func (s *Survey) Over() bool { return s.odd > 0 && !s.keepOn }

// Add adds n equal cells, which are trimmed and not empty, and reports whether they are
// written as a date beyond doubt.
func (s *Survey) Add(cell []byte, n int) (strong bool) {
	m := s.Reader.read(cell)
	repeated := *m == s.last
	s.last = *m
	switch {
	case !m.ok:
		s.odd += n
		return false
	case !m.bare:
		s.written += n
	}
	strong = !m.weak && !m.bare
	if repeated {
		return strong
	}
	s.weak = s.weak || m.weak
	s.numeric = s.numeric || m.numeric
	s.either = s.either || m.either
	s.orders[m.order] = true
	for order := range s.max {
		if at, ok := m.in(Order(order)); ok && at > s.max[order] {
			s.max[order] = at
		}
	}
	return strong
}

// Times reports whether so many cells are times, and why: all of them or, where the
// header says time, all but one in twenty.
func (s *Survey) Times(cells int) (why string, ok bool) {
	told := s.Order() != Open
	switch {
	case cells == 0 || s.odd > 0 && !s.Reader.Hint.Time || s.odd*20 > cells || s.orders[DayFirst] && s.orders[MonthFirst]:
		return "", false
	case s.written == cells && !s.weak && (!s.either || told):
		return "every cell is a date", true
	case !s.Reader.Hint.Time:
		return "", false
	case s.odd > 0:
		return fmt.Sprintf("the header says time and all but %d of the cells are", s.odd), true
	case s.written == 0:
		return "the header says time and every cell is one, as a number", true
	}
	return "the header says time and every cell is a date", true
}

// Order returns the order of the small numbers in dates, as far as the cells tell.
func (s *Survey) Order() Order {
	switch {
	case s.orders[DayFirst]:
		return DayFirst
	case s.orders[MonthFirst]:
		return MonthFirst
	}
	return Open
}

// Last returns the last cell that was added as a time, with the month first. It
// reports false if that cell is not one.
func (s *Survey) Last() (micros int64, ok bool) { return s.last.micros, s.last.ok }

// NeedsOrder reports whether some dates are two small numbers and a year.
func (s *Survey) NeedsOrder() bool { return s.numeric }

// Max returns the greatest time, read in an order.
func (s *Survey) Max(order Order) int64 { return s.max[order] }
