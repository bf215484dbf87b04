package report

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// cell holds the samples of one series in one value column. The meaning of a and b
// depends on the aggregate; n is 0 as long as there is no sample.
type cell struct {
	a float64 // the sum, the extreme or the last value
	b int64   // the bits of what the sum has lost by rounding; the time of the last value
	n int64   // the number of samples; the row of the last value, from 1
}

// sample returns a cell of one sample. at is the primary time of its row, in Unix
// microseconds.
func sample(how Aggregate, v float64, at, row int64) cell {
	if how == AggregateLast {
		return cell{a: v, b: at, n: row}
	}
	return cell{a: v, n: 1}
}

// merge adds the samples of o.
func (c *cell) merge(how Aggregate, o cell) {
	if o.n == 0 {
		return
	}
	if c.n == 0 {
		*c = o
		return
	}
	if how == AggregateLast {
		if c.before(o) {
			*c = o
		}
		return
	}
	c.n += o.n
	switch how {
	case AggregateMax:
		c.a = max(c.a, o.a)
	case AggregateMin:
		c.a = min(c.a, o.a)
	case AggregateSum, AggregateMean:
		c.sum(o.a, o.lost())
	}
}

// add adds n samples of v to a sum.
func (c *cell) add(v float64, n int) { c.merge(AggregateSum, cell{a: v * float64(n), n: int64(n)}) }

// before reports whether the row of o has a later time than the row of c, or the same
// time and stands further down.
func (c *cell) before(o cell) bool {
	return cmp.Or(cmp.Compare(c.b, o.b), cmp.Compare(c.n, o.n)) < 0
}

// sum adds v, and lost, which earlier additions have left out of v. It keeps what this
// addition leaves out, after Neumaier, so that the order and the grouping of rows do not
// show in totals.
func (c *cell) sum(v, lost float64) {
	t := c.a + v
	if math.Abs(c.a) >= math.Abs(v) {
		lost += (c.a - t) + v
	} else {
		lost += (v - t) + c.a
	}
	c.b = int64(math.Float64bits(c.lost() + lost))
	c.a = t
}

func (c *cell) lost() float64 { return math.Float64frombits(uint64(c.b)) }

// value returns the aggregated value. A cell without samples has none.
func (c *cell) value(how Aggregate) float64 {
	switch how {
	case AggregateCount:
		return float64(c.n)
	case AggregateMean:
		return c.total() / float64(c.n)
	case AggregateSum:
		return c.total()
	}
	return c.a
}

func (c *cell) total() float64 {
	if math.IsInf(c.a, 0) {
		return c.a
	}
	return c.a + c.lost()
}

// table holds the series of a report: for every combination of label values the
// cells of all metrics.
type table struct {
	metrics []Aggregate
	none    []cell // of a series without samples
	rows    map[string]int32
	keys    []string
	cells   [][]cell // blocks of 1<<shift series each, with len(metrics) cells for each series
	shift   int
	text    strings.Builder // the last of the texts that keys are parts of
	held    int             // bytes that the series take
}

// blockCells is about how many cells share their memory. A block never grows, so that
// series leave no copies behind however many value columns they have.
const blockCells = 1024

// seriesBytes is about what a series takes beside its key and its cells, and
// cellBytes what a cell takes.
const seriesBytes, cellBytes = 96, 24

// keyBytes is the length of the texts that keys are parts of, but for longer keys.
const keyBytes = 32 << 10

func newTable(metrics []Metric) *table {
	t := &table{none: make([]cell, len(metrics)), rows: map[string]int32{}, shift: bits.Len(uint(max(1, blockCells/len(metrics)))) - 1}
	for _, m := range metrics {
		t.metrics = append(t.metrics, m.Aggregate)
	}
	return t
}

// series returns the series with this key, made if need be. Keys share their memory: that
// is quicker than a piece for each.
func (t *table) series(key []byte) int32 {
	if i, ok := t.rows[string(key)]; ok {
		return i
	}
	if t.text.Cap()-t.text.Len() < len(key) {
		t.text = strings.Builder{}
		t.text.Grow(max(keyBytes, len(key)))
	}
	start := t.text.Len()
	t.text.Write(key)
	name := t.text.String()[start:]
	i := int32(len(t.keys))
	t.rows[name] = i
	t.append(name, t.none)
	return i
}

func (t *table) append(key string, cells []cell) {
	if len(t.keys)>>t.shift == len(t.cells) {
		t.cells = append(t.cells, make([]cell, 0, len(t.metrics)<<t.shift))
	}
	t.keys = append(t.keys, key)
	t.held += len(key) + seriesBytes + len(cells)*cellBytes
	block := &t.cells[len(t.cells)-1]
	*block = append(*block, cells...)
}

// at returns the cells of a series.
func (t *table) at(i int32) []cell {
	n := len(t.metrics)
	from := (int(i) & (1<<t.shift - 1)) * n
	return t.cells[i>>t.shift][from : from+n]
}

// total returns the sum of a metric over all series.
func (t *table) total(metric int) float64 {
	var all cell
	for i := range t.keys {
		all.merge(AggregateSum, t.at(int32(i))[metric])
	}
	return all.total()
}

// only returns a table of the given series, numbered anew in their order. It cannot find
// series by their keys.
func (t *table) only(series []int32) *table {
	if len(series) == len(t.keys) {
		return &table{metrics: t.metrics, keys: t.keys, cells: t.cells, shift: t.shift}
	}
	kept := &table{metrics: t.metrics, shift: t.shift}
	for _, s := range series {
		kept.append(t.keys[s], t.at(s))
	}
	return kept
}

// appendValue adds one label value to a key: its length, then its bytes, so that
// no two combinations share a key.
func appendValue[T string | []byte](key []byte, value T) []byte {
	key = binary.AppendUvarint(key, uint64(len(value)))
	return append(key, value...)
}

// all returns every series.
func (t *table) all() []int32 {
	all := make([]int32, len(t.keys))
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// compare orders series by their first label values, then by the second, and so on.
func (t *table) compare(i, j int32) int {
	a, b := t.keys[i], t.keys[j]
	for len(a) > 0 {
		n, size := uvarint(a)
		m, skip := uvarint(b)
		if c := strings.Compare(a[size:size+n], b[skip:skip+m]); c != 0 {
			return c
		}
		a, b = a[size+n:], b[skip+m:]
	}
	return 0
}

// splitKey writes the label values of a key to values, which has room for all.
func splitKey(key string, values []string) {
	for i := range values {
		n, size := uvarint(key)
		values[i] = key[size : size+n]
		key = key[size+n:]
	}
}

// valueOf returns the value of a label from a key with a value for each of names. It is
// empty for a label that is not among them, and where the key has ended.
func valueOf(key string, names []string, label string) string {
	for _, name := range names {
		if len(key) == 0 {
			break
		}
		n, size := uvarint(key)
		if name == label {
			return key[size : size+n]
		}
		key = key[size+n:]
	}
	return ""
}

// uvarint reads what binary.AppendUvarint wrote, from a string.
func uvarint(s string) (n, size int) {
	for shift := 0; ; shift += 7 {
		b := s[size]
		size++
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n, size
		}
	}
}

// cut returns the beginning of a text, of at most limit bytes and whole characters.
func cut[T string | []byte](text T, limit int) T {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
