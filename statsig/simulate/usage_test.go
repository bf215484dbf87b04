package simulate_test

import (
	"encoding/csv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/statsig/simulate"
)

// settled is long after every day that the tests ask for.
func settled(opts simulate.Options) *simulate.API {
	opts.Now, opts.Launch = at(noon), yesterday.AddDate(0, 0, -2)
	return simulate.New(opts)
}

func TestAReportHoldsExactlyTheTruth(t *testing.T) {
	sim, srv := start(t, simulate.Options{})
	for name, from := range map[string]time.Time{"a day": yesterday, "a week": today.AddDate(0, 0, -7), "an hour": today.Add(-time.Hour)} {
		truth := sim.Rows("demo", from, today)
		records, err := csv.NewReader(strings.NewReader(send(t, ask(t, srv.URL, from, today)).body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(records[0], simulate.Columns()) || len(truth) == 0 {
			t.Fatalf("%s: got the header %q and %d true rows", name, records[0], len(truth))
		}
		layout := time.DateOnly
		if name == "an hour" {
			layout = time.RFC3339
		}
		var want [][]string
		for _, row := range truth {
			want = append(want, []string{
				row.Time.Format(layout), row.Event, row.Type, row.SDK, row.Environment,
				strconv.FormatInt(row.Billable, 10), strconv.FormatInt(row.Total, 10),
			})
		}
		if !slices.EqualFunc(records[1:], want, slices.Equal) {
			t.Errorf("%s: the report differs from its truth", name)
		}
	}
}

func TestTheSameSeedGivesTheSameUsageAndAnotherGivesAnother(t *testing.T) {
	one, same, other := settled(simulate.Options{Seed: 1}), settled(simulate.Options{Seed: 1}), settled(simulate.Options{Seed: 2})
	past := yesterday.AddDate(-1, 0, 0)
	truth := one.Rows("demo", past, past.AddDate(0, 0, 1))
	one.Rows("demo", yesterday, today)
	if !slices.Equal(truth, same.Rows("demo", past, past.AddDate(0, 0, 1))) {
		t.Error("the same question has two answers")
	}
	if slices.Equal(truth, other.Rows("demo", past, past.AddDate(0, 0, 1))) {
		t.Error("the seed changes nothing")
	}
}

func TestWindowsThatAdjoinAddUpToTheirUnion(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	sim := simulate.New(simulate.Options{Now: at(noon.AddDate(0, 1, 0)), Location: berlin, Arrival: simulate.LateArrival()})
	// The clocks change in Berlin within this window.
	from := time.Date(2026, time.March, 27, 0, 0, 0, 0, berlin)
	to := time.Date(2026, time.March, 31, 0, 0, 0, 0, berlin)
	billable, total := add(sim.Rows("demo", from, to))
	random := rand.New(rand.NewPCG(1, 2))
	var b, n int64
	for cut := from; cut.Before(to); {
		next := cut.Add(time.Duration(random.Int64N(int64(5 * time.Hour)))).Truncate(time.Millisecond)
		if next.After(to) {
			next = to
		}
		rows := sim.Rows("demo", cut, next)
		for _, row := range rows {
			if row.Billable > row.Total || row.Billable < 0 || row.Total == 0 {
				t.Fatalf("%v to %v: %+v", cut, next, row)
			}
		}
		pb, pn := add(rows)
		b, n, cut = b+pb, n+pn, next
	}
	if b != billable || n != total || total == 0 {
		t.Errorf("the pieces hold %d and %d, the whole %d and %d", b, n, billable, total)
	}
}

func TestAWeekHasOneRowPerDayAndSeries(t *testing.T) {
	type key struct {
		day                           time.Time
		event, kind, sdk, environment string
	}
	seen := make(map[key]bool)
	days := make(map[time.Time]bool)
	for _, row := range settled(simulate.Options{}).Rows("demo", today.AddDate(0, 0, -7), today) {
		k := key{row.Time, row.Event, row.Type, row.SDK, row.Environment}
		if seen[k] {
			t.Fatalf("two rows for %+v", k)
		}
		seen[k], days[row.Time] = true, true
	}
	if len(days) != 7 {
		t.Errorf("got %d days", len(days))
	}
}

func dayTotal(sim *simulate.API, project string, day time.Time) int64 {
	_, total := add(sim.Rows(project, day, day.AddDate(0, 0, 1)))
	return total
}

func TestUsageHasARhythmHeavyHittersAndGrowth(t *testing.T) {
	sim := settled(simulate.Options{})
	sunday := time.Date(2026, time.February, 8, 0, 0, 0, 0, time.UTC)
	if weekend, work := dayTotal(sim, "demo", sunday), dayTotal(sim, "demo", sunday.AddDate(0, 0, 1)); weekend*4 > work*3 {
		t.Errorf("a Sunday has %d events, a Monday %d", weekend, work)
	}
	if saturday, work := dayTotal(sim, "demo", sunday.AddDate(0, 0, -1)), dayTotal(sim, "demo", sunday.AddDate(0, 0, -2)); saturday*4 > work*3 {
		t.Errorf("a Saturday has %d events, a Friday %d", saturday, work)
	}
	if before, after := dayTotal(sim, "demo", sunday.AddDate(0, 0, -52*7)), dayTotal(sim, "demo", sunday); before*5 > after*4 {
		t.Errorf("a year ago a Sunday had %d events, now %d", before, after)
	}
	byEvent := make(map[string]int64)
	for _, row := range sim.Rows("demo", sunday, sunday.AddDate(0, 0, 1)) {
		byEvent[row.Event] += row.Total
	}
	var sizes []int64
	var all, top int64
	for _, n := range byEvent {
		sizes, all = append(sizes, n), all+n
	}
	slices.Sort(sizes)
	for _, n := range sizes[len(sizes)-10:] {
		top += n
	}
	if len(sizes) < 100 || top*2 < all || sizes[len(sizes)/2]*200 > all {
		t.Errorf("of %d events in %d names, the top ten have %d and the median %d", all, len(sizes), top, sizes[len(sizes)/2])
	}
}

func TestALaunchMultipliesOneEventForAFewDays(t *testing.T) {
	sim := settled(simulate.Options{})
	launched := func(day time.Time) (launch, others int64) {
		for _, row := range sim.Rows("demo", day, day.AddDate(0, 0, 1)) {
			if row.Event == "checkout_redesign" {
				launch += row.Total
			} else {
				others += row.Total
			}
		}
		return launch, others
	}
	before, othersBefore := launched(yesterday.AddDate(0, 0, -7))
	during, othersDuring := launched(yesterday)
	if during < 8*before || othersDuring*10 > othersBefore*12 {
		t.Errorf("a week ago the launched event had %d and the others %d, yesterday %d and %d", before, othersBefore, during, othersDuring)
	}
}

func TestOnlyProductionIsBilled(t *testing.T) {
	var staging, production int64
	for _, row := range settled(simulate.Options{}).Rows("demo", yesterday, today) {
		switch row.Environment {
		case "production":
			production += row.Billable
		case "staging":
			if row.Billable != 0 {
				t.Fatalf("billed: %+v", row)
			}
			staging += row.Total
		}
	}
	if production == 0 || staging == 0 {
		t.Errorf("got %d billed events and %d in staging", production, staging)
	}
}

func TestAnEventIsBusierInTheAfternoonThanAtNight(t *testing.T) {
	sim := settled(simulate.Options{})
	_, night := add(sim.Rows("demo", yesterday.Add(3*time.Hour), yesterday.Add(4*time.Hour)))
	_, afternoon := add(sim.Rows("demo", yesterday.Add(15*time.Hour), yesterday.Add(16*time.Hour)))
	if night == 0 || afternoon < 3*night {
		t.Errorf("got %d at night, %d in the afternoon", night, afternoon)
	}
}

func TestUsageStartsWhenTheOptionsSay(t *testing.T) {
	sim, srv := start(t, simulate.Options{Since: yesterday.AddDate(0, 0, -1)})
	if rows := sim.Rows("demo", yesterday.AddDate(0, 0, -9), yesterday.AddDate(0, 0, -1)); len(rows) != 0 {
		t.Errorf("got %d rows before", len(rows))
	}
	r := ask(t, srv.URL, yesterday, today)
	r.URL.RawQuery = dropStart(r)
	billable, total, _ := sums(t, send(t, r).body)
	wantBillable, wantTotal := add(sim.Rows("demo", yesterday.AddDate(0, 0, -1), today))
	if billable != wantBillable || total != wantTotal {
		t.Errorf("without a start: got %d and %d, want %d and %d", billable, total, wantBillable, wantTotal)
	}
}

func TestTwoProjectsCannotShareAKey(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	simulate.New(simulate.Options{Projects: []simulate.Project{{Name: "a", Key: "k"}, {Name: "b", Key: "k"}}})
}
