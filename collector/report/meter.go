package report

import (
	"maps"
	"slices"
	"strings"
)

// maxGroupDays bounds how many days of groups are held.
const maxGroupDays = 1 << 19

// recentDays is how many days a group's recent sum has: a whole week.
const recentDays = 7

// Meter asks for the sum of one metric over chosen series, as they are before any
// are folded or dropped. It is not changed.
type Meter struct {
	Name   string // of the caller's choice
	Metric string
	// Match holds, by label, the values that count: a series counts if each of these
	// labels has one of its values. A label that a series does not have is empty.
	Match map[string][]string
	// By are the labels by whose values the sum is divided into groups; none: it is not.
	By []string
	// Fixed are the labels that every series has besides the labels of columns and rules.
	Fixed map[string]string
}

// MeterSum is the answer to a Meter.
type MeterSum struct {
	Total float64
	// Days ascend. It is empty if the metric is not a sum, or the report has no
	// primary time.
	Days   []DaySum
	Groups []GroupSum // sorted by their values
}

// DaySum is the sum of one day.
type DaySum struct {
	Day   Day
	Units float64
}

// GroupSum is the sum of the series with the same values of Meter.By.
type GroupSum struct {
	Values []string
	Total  float64
	// Recent is the sum of the seven days before the newest day of the report, or of
	// the newest if it is the only one.
	Recent float64
}

// metered is a meter and its sums.
type metered struct {
	Meter
	metric int              // of the report
	places []int32          // of each series, the group; -1: the series does not count
	groups map[string]int32 // by their values
	values [][]string       // of each group
	days   map[Day]*cell    // of all groups
	recent map[groupDay]float64
}

type groupDay struct {
	group int32
	day   Day
}

// newMeters leaves out meters whose metric the report lacks.
func newMeters(wanted []Meter, r *Report) (meters []*metered) {
	for _, m := range wanted {
		if metric := r.metric(m.Metric); metric >= 0 {
			meters = append(meters, &metered{Meter: m, metric: metric, groups: map[string]int32{}, days: map[Day]*cell{}, recent: map[groupDay]float64{}})
		}
	}
	return meters
}

// meter adds the row to what is metered of its series.
func (a *aggregator) meter(series int32) {
	names := a.names
	if a.ruler != nil {
		names = a.ruler.names
	}
	day, dated := a.calendar.day(a.row.fields)
	for _, sums := range a.meters {
		if int(series) == len(sums.places) { // a new one
			key := a.table.keys[series]
			sums.place(func(label string) string {
				if a.ruler != nil && label != "project" || slices.Contains(names, label) {
					return valueOf(key, names, label) // empty where a rule has dropped it
				}
				return sums.Fixed[label]
			})
		}
		place, at := sums.places[series], sums.metric
		if !dated || place < 0 || a.samples[at].n == 0 {
			continue
		}
		if how := a.table.metrics[at]; how == AggregateSum || how == AggregateCount {
			a.groupDays += sums.add(place, day, a.samples[at].value(how), a.groupDays < maxGroupDays)
		}
	}
}

// place places a new series with these labels in a group.
func (m *metered) place(value func(label string) string) {
	for label, wanted := range m.Match {
		if !slices.Contains(wanted, value(label)) {
			m.places = append(m.places, -1)
			return
		}
	}
	var values []string
	for _, label := range m.By {
		values = append(values, strings.Clone(value(label))) // not a part of the table
	}
	key := strings.Join(values, "\xff")
	place, known := m.groups[key]
	if !known {
		place = int32(len(m.values))
		m.groups[key] = place
		m.values = append(m.values, values)
	}
	m.places = append(m.places, place)
}

// add adds v to a day, and to the day of a group unless it is new and more is false. It
// returns how many days of groups it has begun.
func (m *metered) add(place int32, day Day, v float64, more bool) int {
	if m.days[day] == nil {
		m.days[day] = &cell{}
	}
	m.days[day].add(v, 1)
	if len(m.By) == 0 {
		return 0
	}
	was := len(m.recent)
	if _, known := m.recent[groupDay{place, day}]; known || more {
		m.recent[groupDay{place, day}] += v
	}
	return len(m.recent) - was
}

func (m *metered) sum(t *table) (sum MeterSum) {
	var total cell
	groups := make([]cell, len(m.values))
	for s, place := range m.places {
		if c := &t.at(int32(s))[m.metric]; place >= 0 && c.n > 0 {
			v := c.value(t.metrics[m.metric])
			total.add(v, 1)
			groups[place].add(v, 1)
		}
	}
	sum.Total = total.total()
	for _, day := range slices.Sorted(maps.Keys(m.days)) {
		sum.Days = append(sum.Days, DaySum{day, m.days[day].total()})
	}
	if len(m.By) == 0 {
		return sum
	}
	recent := sum.Days
	if len(recent) > 1 {
		recent = recent[max(0, len(recent)-1-recentDays) : len(recent)-1]
	}
	for i := range groups {
		group := GroupSum{Values: m.values[i], Total: groups[i].total()}
		for _, d := range recent {
			group.Recent += m.recent[groupDay{int32(i), d.Day}]
		}
		sum.Groups = append(sum.Groups, group)
	}
	slices.SortFunc(sum.Groups, func(a, b GroupSum) int { return slices.Compare(a.Values, b.Values) })
	return sum
}
