package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// outcome is all of a report that must not depend on the order of its rows and
// columns.
type outcome struct {
	roles   map[string]string
	samples map[string]float64
}

func outcomeOf(r *Report) outcome {
	o := outcome{roles: map[string]string{}, samples: map[string]float64{}}
	for _, c := range r.Mapping.Columns {
		o.roles[c.Name] = fmt.Sprintf("%s %s%s, %s", roleOf(c), c.Label, c.Metric, c.Why)
	}
	for i, m := range r.Metrics {
		for values, v := range r.Samples(i) {
			o.samples[fmt.Sprintf("%s%q", m.Name, values)] = v
		}
		o.samples["total "+m.Name] = m.Total
	}
	o.samples["newest"] = float64(r.Newest.Unix())
	o.samples["skipped"] = float64(r.Skipped.NotANumber)*1e6 + float64(r.Skipped.FieldCount)*1e3 + float64(r.Skipped.NotATime)
	return o
}

func (o outcome) equal(p outcome) error {
	for name, role := range o.roles {
		if p.roles[name] != role {
			return fmt.Errorf("column %q is %q and %q", name, role, p.roles[name])
		}
	}
	for name, v := range o.samples {
		if w, ok := p.samples[name]; !ok || math.Abs(v-w) > 1e-12*math.Abs(v) {
			return fmt.Errorf("%s is %v and %v (%v)", name, v, w, ok)
		}
	}
	if len(o.roles) != len(p.roles) || len(o.samples) != len(p.samples) {
		return fmt.Errorf("%d columns and %d samples, and %d and %d", len(o.roles), len(o.samples), len(p.roles), len(p.samples))
	}
	return nil
}

// grid is a report as rows of cells, the header first.
type grid struct {
	comma rune
	rows  [][]string
}

func (g grid) text() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = g.comma
	_ = w.WriteAll(g.rows)
	return b.String()
}

// shuffled puts the rows, and if columns is set the columns, into another order.
func (g grid) shuffled(seed uint64, columns bool) grid {
	random := rand.New(rand.NewPCG(seed, 0))
	rows := slices.Clone(g.rows[1:])
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	order := make([]int, len(g.rows[0]))
	for i := range order {
		order[i] = i
	}
	if columns {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	out := grid{comma: g.comma}
	for _, row := range append([][]string{g.rows[0]}, rows...) {
		moved := row
		if len(row) == len(order) {
			moved = nil
			for _, from := range order {
				moved = append(moved, row[from])
			}
		}
		out.rows = append(out.rows, moved)
	}
	return out
}

// namesDependOnOrder reports whether a header is repeated or becomes no name, or
// the name of another.
func (g grid) namesDependOnOrder() bool {
	seen := map[string]bool{"": true}
	for _, h := range g.rows[0] {
		name := normalise(h)
		if seen[name] || strings.HasPrefix(name, reservedPrefix) {
			return true
		}
		seen[name] = true
	}
	return false
}

func gridOf(t *testing.T, text []byte) grid {
	t.Helper()
	in, err := open(csvText(text))
	if err != nil {
		t.Fatal(err)
	}
	g := grid{comma: rune(in.layout.comma), rows: [][]string{in.header}}
	totals := mustRead(t, string(text), DefaultOptions()).Mapping.totals
	for {
		row, err := in.next()
		if err != nil {
			return g
		}
		if slices.Contains(totals, row.line) {
			continue // elsewhere it would be a row
		}
		cells := make([]string, len(row.fields))
		for i := range row.fields {
			cells[i] = string(row.fields[i])
		}
		g.rows = append(g.rows, cells)
	}
}

// fatal is a testing.T or a rapid.T.
type fatal interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

func mustRead(t fatal, text string, opts Options, known ...*Mapping) *Report {
	r, err := Read(csvText(text), Request{Options: opts, Known: known})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestNeitherRolesNorValuesDependOnTheOrderOfRowsAndColumns shuffles the golden
// reports.
func TestNeitherRolesNorValuesDependOnTheOrderOfRowsAndColumns(t *testing.T) {
	for name, c := range goldenCases(t) {
		t.Run(name, func(t *testing.T) {
			if c.roles == nil {
				return
			}
			g := gridOf(t, c.input)
			want := outcomeOf(mustRead(t, g.text(), c.opts))
			firstValueRanks := c.opts.SeriesLimit < 100 && c.opts.FoldBy == ""
			for seed := range uint64(5) {
				s := g.shuffled(seed, !g.namesDependOnOrder() && !firstValueRanks)
				if err := outcomeOf(mustRead(t, s.text(), c.opts)).equal(want); err != nil {
					t.Fatalf("%v\n%s", err, s.text())
				}
			}
		})
	}
}

// drawGrid makes a report of columns in which kinds of cells are mixed.
func drawGrid(t *rapid.T) grid {
	pools := [][]string{
		{"1", "2.5", "-3", "1,234", "12%"},
		{"1,5", "2", "1.234,5", "3,25"},
		{"03/04/2026", "05/06/2026", "01/01/2026"},
		{"03/04/2026", "13/04/2026"},
		{"03/04/2026", "04/13/2026"},
		{"2026-01-01", "1767225600", "2026-02-03T04:05:06Z"},
		{"1767225600", "1767225600123"},
		{"202601", "20260102", "46023"},
		{"a", "b", "007", "8"},
		{"1/2/26", "Jan-26"},
		{"1"},
	}
	rare := []string{"", "NULL", "-", "oops", "13/01/2026", "1,5", "007"}
	headers := rapid.Permutation([]string{"date", "thing", "cost", "user_id", "rate", "created at", "Datum", "data", "month", "total user"}).Draw(t, "headers")
	width, height := rapid.IntRange(2, 5).Draw(t, "width"), rapid.IntRange(1, 30).Draw(t, "height")
	g := grid{comma: rapid.SampledFrom([]rune{',', ';', '\t'}).Draw(t, "comma"), rows: [][]string{headers[:width]}}
	var columns [][]string
	for range width {
		columns = append(columns, rapid.SampledFrom(pools).Draw(t, "pool"))
	}
	for range height {
		row := make([]string, width)
		for i := range row {
			row[i] = rapid.SampledFrom(columns[i]).Draw(t, "cell")
			if rapid.IntRange(0, 25).Draw(t, "rare") == 0 {
				row[i] = rapid.SampledFrom(rare).Draw(t, "rare cell")
			}
		}
		g.rows = append(g.rows, row)
	}
	return g
}

func TestNoOrderShowsInMixedColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGrid(t)
		want := outcomeOf(mustRead(t, g.text(), DefaultOptions()))
		s := g.shuffled(rapid.Uint64().Draw(t, "seed"), true)
		if err := outcomeOf(mustRead(t, s.text(), DefaultOptions())).equal(want); err != nil {
			t.Fatalf("%v\n%s\n%s", err, g.text(), s.text())
		}
	})
}

// againKnown reads a report under the mapping that its first reading gave, as it is and
// as it was stored.
func againKnown(t fatal, text string, opts Options) {
	first, stored := mustRead(t, text, opts), new(Mapping)
	data, err := json.Marshal(first.Mapping)
	if err = errors.Join(err, json.Unmarshal(data, stored)); err != nil {
		t.Fatal(err)
	}
	for _, known := range []*Mapping{first.Mapping, stored} {
		if err := outcomeOf(mustRead(t, text, opts, known)).equal(outcomeOf(first)); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
}

func TestAKnownMappingGivesWhatItsInferenceGave(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		againKnown(t, drawGrid(t).text(), DefaultOptions())
	})
	for name, c := range goldenCases(t) {
		t.Run(name, func(t *testing.T) {
			if c.roles != nil {
				againKnown(t, string(c.input), c.opts)
			}
		})
	}
}

// TestAnOpeningThatMisleadsIsReadAgain has in each column rows that the first thousands
// do not speak for.
func TestAnOpeningThatMisleadsIsReadAgain(t *testing.T) {
	for name, c := range map[string]struct{ most, last, want string }{
		"as it began": {"5", "7", "value sum"}, "numbers": {"Free", "5", "value sum"}, "text": {"5", "x", "label"}, "decimals": {"5", "\"1,5\"", "value sum"}, "a unit": {"5", "5 GB", "value sum"},
		"averages": {"5", "5%", "value mean"}, "nothing": {"", "5", "value sum"}, "the order of dates": {"03/04/2026", "13/04/2026", "time primary"}, "times": {"2026-01-02", "5", "label"},
	} {
		readings, label := 0, strings.Repeat("long", 10)
		most, last := strings.Repeat(label+"a,"+c.most+"\n", 2500), strings.Repeat(label+"b,"+c.last+"\n", 5000)
		r, err := Read(source(func() io.Reader {
			readings++
			return strings.NewReader("name,thing\n" + most + last)
		}), Request{Options: DefaultOptions()})
		if err != nil {
			t.Fatal(err)
		}
		if got := roleOf(r.Mapping.Columns[1]); got != c.want || (readings == 1) != (name == "as it began") {
			t.Errorf("%s: %s after %d readings, and should be %s", name, got, readings, c.want)
		}
		if err := outcomeOf(r).equal(outcomeOf(mustRead(t, "name,thing\n"+last+most, DefaultOptions()))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRead reads anything, and holds whatever is accepted to the sums.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"name,cost\na,1\nb,2\n", "a;b\n1,5;x\n", "\ufeffa\tb\n1\t2", "date,n\n03/04/2026,1\n13/04/2026,5%\n", "sep=;\na;b\n\"x\ny\";-$3\n",
		"\xff\xfea\x00\n\x001\x00\n\x00", "id,at\n007,1767225600\n", "a,a,\n1,2,3\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		opts := DefaultOptions()
		opts.SeriesLimit = 2
		r, err := Read(csvText(text), Request{Options: opts})
		if (r == nil) == (err == nil) {
			t.Fatalf("%v, %v", r, err)
		}
		if err != nil {
			return
		}
		if r.Series > opts.SeriesLimit {
			t.Errorf("%d series", r.Series)
		}
		for i, m := range r.Metrics {
			sum := 0.0
			for values, v := range r.Samples(i) {
				sum += v
				if labels := strings.Join(values, ""); !utf8.ValidString(labels) {
					t.Errorf("%q is not UTF-8", labels)
				}
			}
			if m.Aggregate == AggregateSum && math.Abs(sum-m.Total) > 1e-9*math.Abs(m.Total) && math.Abs(m.Total) > 1e-300 && !math.IsInf(m.Total, 0) && plain(text) {
				t.Errorf("%s adds up to %v, and the report to %v", m.Name, sum, m.Total)
			}
		}
	})
}

// plain reports whether a report is without negative numbers and powers, so that
// its sums cancel nothing out.
func plain(text []byte) bool { return !bytes.ContainsAny(text, "-−eE") }
