package simulate_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"statsig_exporter/statsig/simulate"
)

// settled returns an API long after every day that the tests ask for, and a
// launch that began three days ago.
func settled(seed uint64) *simulate.API {
	return simulate.New(simulate.Options{Now: at(noon), Seed: seed})
}

func sum(rows []simulate.Row) (total int64) {
	for _, row := range rows {
		total += row.Billable
	}
	return total
}

func dayTotal(api *simulate.API, day time.Time) int64 {
	return sum(api.Rows("demo", day, day.AddDate(0, 0, 1)))
}

func TestTheSameSeedGivesTheSameUsageAndAnotherGivesAnother(t *testing.T) {
	past := yesterday.AddDate(-1, 0, 0)
	rows := settled(1).Rows("demo", past, past.AddDate(0, 0, 1))
	if again := settled(1).Rows("demo", past, past.AddDate(0, 0, 1)); !slices.Equal(rows, again) {
		t.Error("the same question has two answers")
	}
	if other := settled(2).Rows("demo", past, past.AddDate(0, 0, 1)); slices.Equal(rows, other) {
		t.Error("the seed changes nothing")
	}
}

func TestWindowsThatAdjoinAddUpToTheirUnion(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	api := simulate.New(simulate.Options{Now: at(noon.AddDate(0, 1, 0)), Location: berlin, Arrival: simulate.LateArrival()})
	// The clocks change in Berlin within this window.
	from := time.Date(2026, time.March, 27, 0, 0, 0, 0, berlin)
	to := time.Date(2026, time.March, 31, 0, 0, 0, 0, berlin)
	random := rand.New(rand.NewPCG(1, 2))
	var pieces int64
	for cut := from; cut.Before(to); {
		next := cut.Add(time.Duration(random.Int64N(int64(5 * time.Hour)))).Truncate(time.Millisecond)
		if next.After(to) {
			next = to
		}
		pieces += sum(api.Rows("demo", cut, next))
		cut = next
	}
	if whole := sum(api.Rows("demo", from, to)); pieces != whole || whole == 0 {
		t.Errorf("the pieces hold %d, the whole %d", pieces, whole)
	}
}

func TestUsageHasARhythmHeavyHittersAndGrowth(t *testing.T) {
	api := settled(0)
	sunday := time.Date(2026, time.February, 8, 0, 0, 0, 0, time.UTC)
	if weekend, work := dayTotal(api, sunday), dayTotal(api, sunday.AddDate(0, 0, 1)); weekend*4 > work*3 {
		t.Errorf("a Sunday has %d events, a Monday %d", weekend, work)
	}
	if before, after := dayTotal(api, sunday.AddDate(0, 0, -52*7)), dayTotal(api, sunday); before*5 > after*4 {
		t.Errorf("a year ago a Sunday had %d events, now %d", before, after)
	}
	night := sum(api.Rows("demo", yesterday.Add(3*time.Hour), yesterday.Add(4*time.Hour)))
	if afternoon := sum(api.Rows("demo", yesterday.Add(15*time.Hour), yesterday.Add(16*time.Hour))); night == 0 || afternoon < 3*night {
		t.Errorf("got %d at night, %d in the afternoon", night, afternoon)
	}
	byName := make(map[string]int64)
	for _, row := range api.Rows("demo", sunday, sunday.AddDate(0, 0, 1)) {
		byName[row.Name] += row.Billable
	}
	var sizes []int64
	var all, top int64
	for _, n := range byName {
		sizes, all = append(sizes, n), all+n
	}
	slices.Sort(sizes)
	for _, n := range sizes[len(sizes)-10:] {
		top += n
	}
	if len(sizes) < 100 || top*2 < all {
		t.Errorf("of %d events in %d names, the top ten have %d", all, len(sizes), top)
	}
}

// The demo's alerts of a spike and of a used-up plan need this much.
func TestTheLaunchMakesYesterdayUnusualAndTheMonthExpensive(t *testing.T) {
	opts := simulate.Demo()
	opts.Now = at(noon)
	api := simulate.New(opts)
	launched := func(day time.Time) (launch, others int64) {
		for _, row := range api.Rows("demo", day, day.AddDate(0, 0, 1)) {
			if row.Name == "checkout_redesign" {
				launch += row.Billable
			} else {
				others += row.Billable
			}
		}
		return launch, others
	}
	before, othersBefore := launched(yesterday.AddDate(0, 0, -7))
	during, othersDuring := launched(yesterday)
	if during < 8*before || during*20 < othersDuring || othersDuring*10 > othersBefore*12 {
		t.Errorf("a week ago the launched event had %d and the others %d, yesterday %d and %d", before, othersBefore, during, othersDuring)
	}
	if month := sum(api.Rows("demo", today.AddDate(0, -1, 0), today)); month < 8_000_000 || month > 12_000_000 {
		t.Errorf("a month has %d events", month)
	}
}

func TestADayArrivesLateThenGrowsUntilItSettles(t *testing.T) {
	now := today
	opts := simulate.Demo()
	opts.Now, opts.Launch = func() time.Time { return now }, today.AddDate(0, 0, -3)
	api := simulate.New(opts)
	now = today.Add(1000 * time.Hour)
	final := dayTotal(api, yesterday)
	now = today.Add(6*time.Hour - time.Millisecond)
	if dayTotal(api, yesterday) != 0 || dayTotal(api, yesterday.AddDate(0, 0, -1)) == 0 {
		t.Error("before its delay is over, the day has data or the day before has none")
	}
	last := int64(0)
	for hours := 6; hours <= 36; hours += 5 {
		now = today.Add(time.Duration(hours) * time.Hour)
		total := dayTotal(api, yesterday)
		if total <= last || hours == 6 && (total < final*88/100 || total > final*90/100) {
			t.Errorf("%d hours after its end: got %d, before that %d, finally %d", hours, total, last, final)
		}
		last = total
		now = now.Add(59 * time.Minute)
		if hours < 36 && dayTotal(api, yesterday) != last {
			t.Errorf("%d hours after its end: it changes within the hour", hours)
		}
	}
	if last != final {
		t.Errorf("settled: got %d, want %d", last, final)
	}
}

func TestTheRunningDayHasDataOnlyWhereItArrivesLive(t *testing.T) {
	now := noon
	clock := func() time.Time { return now }
	batch := simulate.New(simulate.Options{Now: clock})
	live := simulate.New(simulate.Options{Now: clock, Arrival: simulate.Arrival{Live: true, Delay: time.Hour}})
	last := int64(0)
	for range 3 {
		if rows := batch.Rows("demo", today, now); len(rows) != 0 {
			t.Errorf("got %d rows of a day that has not ended", len(rows))
		}
		total := dayTotal(live, today)
		if total <= last || len(live.Rows("demo", now.Add(-time.Hour), now)) != 0 {
			t.Errorf("got %d, before that %d; or rows of an hour that is too new", total, last)
		}
		last, now = total, now.Add(3*time.Hour)
	}
}
