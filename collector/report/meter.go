package report

import (
	"cmp"
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
	// Days ascend. There are none if the metric is no sum, or the report has no
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

// metering sums up what meters ask for while rows are read.
type metering struct {
	meters []Meter
	at     []int // of each meter, its metric; -1 if there is none
	// places has, for each series and meter, the group; -1 if it does not count.
	places []int32
	groups []meterGroups
	days   []map[Day]*cell
	// recent are the sums of groups by day.
	recent map[groupDay]float64
	clock  calendar
	ruled  bool // rules name the fixed labels too
}

// meterGroups are the groups of one meter.
type meterGroups struct {
	values [][]string
	places map[string]int32
}

type groupDay struct {
	meter, group int32
	day          Day
}

// newMetering returns nil if nothing is asked for.
func newMetering(a *aggregator) *metering {
	if len(a.opts.Meters) == 0 {
		return nil
	}
	m := &metering{meters: a.opts.Meters, recent: map[groupDay]float64{}, clock: newCalendar(a.mapping, a.opts), ruled: a.ruler != nil}
	for _, meter := range m.meters {
		m.at = append(m.at, slices.IndexFunc(a.out.Metrics, func(of Metric) bool { return of.Name == meter.Metric }))
		m.groups = append(m.groups, meterGroups{places: map[string]int32{}})
		m.days = append(m.days, map[Day]*cell{})
	}
	return m
}

// meter adds the row to what is metered of its series.
func (a *aggregator) meter(series int32) {
	if int(series)*len(a.meters.meters) == len(a.meters.places) { // a new one
		names := a.names
		if a.ruler != nil {
			names = a.ruler.names
		}
		a.meters.series(names, a.table.keys[series])
	}
	a.meters.row(series, a.row.fields, a.samples, a.table.metrics)
}

// series places a new series among the groups. key has its values of names.
func (m *metering) series(names []string, key string) {
	for i, meter := range m.meters {
		m.places = append(m.places, m.groups[i].place(meter, func(label string) string {
			if m.ruled && label != "project" || slices.Contains(names, label) {
				return valueOf(key, names, label) // empty where a rule has dropped it
			}
			return meter.Fixed[label]
		}))
	}
}

// place returns the group of a series with these labels, or -1 if it does not count.
func (g *meterGroups) place(meter Meter, value func(label string) string) int32 {
	for label, wanted := range meter.Match {
		if !slices.Contains(wanted, value(label)) {
			return -1
		}
	}
	var values []string
	for _, label := range meter.By {
		values = append(values, strings.Clone(value(label))) // not a part of the table
	}
	key := strings.Join(values, "\xff")
	place, known := g.places[key]
	if !known {
		place = int32(len(g.values))
		g.places[key] = place
		g.values = append(g.values, values)
	}
	return place
}

// row adds a row of a series to its day.
func (m *metering) row(series int32, row [][]byte, samples []cell, hows []Aggregate) {
	day, dated := m.clock.day(row)
	if !dated {
		return
	}
	for i, at := range m.at {
		place := m.places[int(series)*len(m.meters)+i]
		if place < 0 || at < 0 || samples[at].n == 0 || hows[at] != AggregateSum && hows[at] != AggregateCount {
			continue
		}
		sum := m.days[i][day]
		if sum == nil {
			sum = &cell{}
			m.days[i][day] = sum
		}
		v := samples[at].value(hows[at])
		sum.merge(AggregateSum, sample(AggregateSum, v, 0, 0))
		if len(m.meters[i].By) == 0 {
			continue
		}
		key := groupDay{int32(i), place, day}
		if _, known := m.recent[key]; known || len(m.recent) < maxGroupDays {
			m.recent[key] += v
		}
	}
}

// sums returns the sums by the names of their meters. Meters of a metric that the
// report does not have are missing.
func (m *metering) sums(t *table) map[string]MeterSum {
	sums := make(map[string]MeterSum, len(m.meters))
	for i, meter := range m.meters {
		if m.at[i] < 0 {
			continue
		}
		var total cell
		groups := make([]cell, len(m.groups[i].values))
		for s := range t.keys {
			place, c := m.places[s*len(m.meters)+i], &t.at(int32(s))[m.at[i]]
			if place >= 0 && c.n > 0 {
				v := sample(AggregateSum, c.value(t.metrics[m.at[i]]), 0, 0)
				total.merge(AggregateSum, v)
				groups[place].merge(AggregateSum, v)
			}
		}
		sum := MeterSum{Total: total.total()}
		for day, c := range m.days[i] {
			sum.Days = append(sum.Days, DaySum{day, c.total()})
		}
		slices.SortFunc(sum.Days, func(a, b DaySum) int { return cmp.Compare(a.Day, b.Day) })
		if len(meter.By) > 0 {
			sum.Groups = m.groupSums(i, groups, sum.Days)
		}
		sums[meter.Name] = sum
	}
	return sums
}

// groupSums returns the groups of a meter, of which totals are the sums.
func (m *metering) groupSums(meter int, totals []cell, days []DaySum) []GroupSum {
	groups := make([]GroupSum, len(totals))
	for i := range totals {
		groups[i] = GroupSum{Values: m.groups[meter].values[i], Total: totals[i].total()}
	}
	if len(days) > 1 {
		days = days[max(0, len(days)-1-recentDays) : len(days)-1]
	}
	for _, d := range days {
		for i := range groups {
			groups[i].Recent += m.recent[groupDay{int32(meter), int32(i), d.Day}]
		}
	}
	slices.SortFunc(groups, func(a, b GroupSum) int { return slices.Compare(a.Values, b.Values) })
	return groups
}
