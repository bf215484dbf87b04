package report

import (
	"cmp"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strings"
)

// MaxGroups is how many groups a meter has at most, the group of the smallest included.
const MaxGroups = 1000

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
	// Set is a name of the caller's choice: meters with the same Set and By keep the same
	// groups.
	Set string
	// Fixed are the labels that every series has besides the labels of columns and rules.
	Fixed map[string]string
}

// MeterSum is the answer to a Meter.
type MeterSum struct {
	Total float64
	// Days ascend. It is empty if the metric is not a sum, or the report has no
	// primary time.
	Days []DaySum
	// Groups are sorted by their values. Past MaxGroups the largest of the set are kept,
	// by the sum of their shares in the units of each meter, and ties by their values. All
	// others are in the group whose values read "other", as is a group of these values.
	Groups []GroupSum
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
	*grouping
	metric int           // of the report
	counts []bool        // whether a series does
	days   map[Day]*cell // of all groups
	recent map[groupDay]float64
}

type groupDay struct {
	group int32
	day   Day
}

// grouping divides series into groups by their values of some labels.
type grouping struct {
	by     []string
	groups []int32          // of each series
	first  []int32          // of each group, a series of it
	known  map[uint64]int32 // groups by the hash of their values, or by a free number after it
}

// meterSet identifies the meters that keep the same groups.
type meterSet struct {
	name string
	*grouping
}

func (m *metered) set() meterSet { return meterSet{m.Set, m.grouping} }

// groupBytes, groupDayBytes and dayBytes are about what a group, a day of a group and a
// day of a meter take; a series takes 4 bytes in each grouping and 1 in each meter.
const groupBytes, groupDayBytes, dayBytes = 32, 40, 80

// newMeters leaves out meters whose metric the report lacks.
func newMeters(wanted []Meter, r *Report) (meters []*metered) {
	for _, m := range wanted {
		metric := r.metric(m.Metric)
		if metric < 0 {
			continue
		}
		g := &grouping{by: m.By, known: map[uint64]int32{}}
		if same := slices.IndexFunc(meters, func(other *metered) bool { return slices.Equal(other.by, m.By) }); same >= 0 {
			g = meters[same].grouping
		}
		meters = append(meters, &metered{Meter: m, grouping: g, metric: metric, days: map[Day]*cell{}, recent: map[groupDay]float64{}})
	}
	return meters
}

// meter adds the row to what is metered of its series.
func (a *aggregator) meter(series int32) {
	day, dated := a.calendar.day(a.row.fields)
	for _, m := range a.meters {
		if int(series) == len(m.groups) {
			a.table.held += a.group(m, series)
		}
		if int(series) == len(m.counts) {
			m.counts = append(m.counts, a.matches(m, series))
			a.table.held++
		}
		if !dated || !m.counts[series] || a.samples[m.metric].n == 0 {
			continue
		}
		if how := a.table.metrics[m.metric]; how == AggregateSum || how == AggregateCount {
			a.addDay(m, groupDay{m.groups[series], day}, a.samples[m.metric].value(how))
		}
	}
}

// labelOf returns the value of a label of a series. Rules decide about all labels but
// project; without rules a label may be of the project.
func (a *aggregator) labelOf(series int32, label string, fixed map[string]string) string {
	names := a.names
	if a.ruler != nil {
		names = a.ruler.names
	}
	if a.ruler != nil && label != "project" || slices.Contains(names, label) {
		return valueOf(a.table.keys[series], names, label) // empty where a rule has dropped it
	}
	return fixed[label]
}

func (a *aggregator) matches(m *metered, series int32) bool {
	for label, wanted := range m.Match {
		if !slices.Contains(wanted, a.labelOf(series, label, m.Fixed)) {
			return false
		}
	}
	return true
}

// group puts a new series into its group, and returns how many bytes that takes.
func (a *aggregator) group(m *metered, series int32) (bytes int) {
	var hash maphash.Hash
	hash.SetSeed(a.seed)
	for _, label := range m.by {
		hash.WriteString(a.labelOf(series, label, m.Fixed))
		hash.WriteByte(0xff) // is in no UTF-8 text
	}
	for at := hash.Sum64(); ; at++ {
		group, known := m.known[at]
		if !known {
			group = int32(len(m.first))
			m.known[at], m.first = group, append(m.first, series)
			bytes = groupBytes
		}
		if !known || a.compareGroups(m, m.first[group], series) == 0 {
			m.groups = append(m.groups, group)
			return bytes + 4
		}
	}
}

// compareGroups orders the groups of two series by their values.
func (a *aggregator) compareGroups(m *metered, i, j int32) int {
	for _, label := range m.by {
		if c := strings.Compare(a.labelOf(i, label, m.Fixed), a.labelOf(j, label, m.Fixed)); c != 0 {
			return c
		}
	}
	return 0
}

// addDay adds units to the day of a meter, and to the day of a group unless too many are
// held.
func (a *aggregator) addDay(m *metered, at groupDay, units float64) {
	if m.days[at.day] == nil {
		m.days[at.day] = &cell{}
		a.table.held += dayBytes
	}
	m.days[at.day].add(units, 1)
	if len(m.By) == 0 {
		return
	}
	if _, known := m.recent[at]; !known {
		if a.groupDays == maxGroupDays {
			return
		}
		a.groupDays++
		a.table.held += groupDayBytes
	}
	m.recent[at] += units
}

// selection holds the groups that a set of meters keeps. The first stands for all others.
type selection struct {
	places []int32    // of each group, its place among the kept ones
	values [][]string // of the kept ones
}

// choose chooses the groups that the set of a meter keeps.
func (a *aggregator) choose(meter *metered) selection {
	sizes := make([]float64, len(meter.first))
	for _, m := range a.meters {
		if m.set() != meter.set() {
			continue
		}
		units, all := m.totals(a.table, len(sizes), func(group int32) int32 { return group }), 0.0
		for i := range units {
			all += math.Abs(units[i].total())
		}
		for i := range units {
			if all > 0 {
				sizes[i] += math.Abs(units[i].total()) / all
			}
		}
	}
	order := func(i, j int32) int {
		if c := cmp.Compare(sizes[j], sizes[i]); c != 0 {
			return c
		}
		return a.compareGroups(meter, meter.first[i], meter.first[j])
	}
	rest := slices.Repeat([]string{other}, len(meter.By))
	var largest []int32
	for i, series := range meter.first {
		group, full := int32(i), len(largest) == MaxGroups-1
		if full && order(group, largest[len(largest)-1]) > 0 || slices.Equal(a.valuesOf(meter, series), rest) {
			continue
		}
		if full {
			largest = largest[:len(largest)-1]
		}
		at, _ := slices.BinarySearchFunc(largest, group, order)
		largest = slices.Insert(largest, at, group)
	}
	s := selection{places: make([]int32, len(sizes)), values: [][]string{rest}}
	for i, group := range largest {
		s.places[group] = int32(i + 1)
		s.values = append(s.values, a.valuesOf(meter, meter.first[group]))
	}
	return s
}

// valuesOf returns the values of the group of a series, which are no part of the table.
func (a *aggregator) valuesOf(m *metered, series int32) []string {
	values := make([]string, len(m.by))
	for i, label := range m.by {
		values[i] = strings.Clone(a.labelOf(series, label, m.Fixed))
	}
	return values
}

// totals adds up the series that count, by the place of their group among n.
func (m *metered) totals(t *table, n int, place func(group int32) int32) []cell {
	totals := make([]cell, n)
	for s, counts := range m.counts {
		if c := &t.at(int32(s))[m.metric]; counts && c.n > 0 {
			totals[place(m.groups[s])].add(c.value(t.metrics[m.metric]), 1)
		}
	}
	return totals
}

// meterSums returns the sums of all meters, by name. The keys of the table must be as the
// rules have made them.
func (a *aggregator) meterSums() map[string]MeterSum {
	sums, sets := map[string]MeterSum{}, map[meterSet]selection{}
	for _, m := range a.meters {
		if _, chosen := sets[m.set()]; !chosen {
			sets[m.set()] = a.choose(m)
		}
		sums[m.Name] = m.sum(a.table, sets[m.set()])
	}
	return sums
}

func (m *metered) sum(t *table, kept selection) (sum MeterSum) {
	place := func(group int32) int32 { return kept.places[group] }
	totals := m.totals(t, len(kept.values), place)
	var total cell
	for _, units := range totals {
		total.merge(AggregateSum, units)
	}
	sum.Total = total.total()
	for _, day := range slices.Sorted(maps.Keys(m.days)) {
		sum.Days = append(sum.Days, DaySum{day, m.days[day].total()})
	}
	if len(m.By) == 0 {
		return sum
	}
	week := sum.Days
	if len(week) > 1 {
		week = week[max(0, len(week)-1-recentDays) : len(week)-1]
	}
	recent := make([]cell, len(totals))
	for at, units := range m.recent {
		if at.day >= week[0].Day && at.day <= week[len(week)-1].Day {
			recent[place(at.group)].add(units, 1)
		}
	}
	for i := range totals {
		if totals[i].n > 0 {
			sum.Groups = append(sum.Groups, GroupSum{kept.values[i], totals[i].total(), recent[i].total()})
		}
	}
	slices.SortFunc(sum.Groups, func(a, b GroupSum) int { return slices.Compare(a.Values, b.Values) })
	return sum
}
