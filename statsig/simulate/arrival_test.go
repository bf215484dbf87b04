package simulate_test

import (
	"testing"
	"time"

	"statsig_exporter/statsig/simulate"
)

func TestADayArrivesLateThenGrowsUntilItSettles(t *testing.T) {
	now := newClock(today)
	sim, srv := start(t, simulate.Options{Now: now.read, Arrival: simulate.LateArrival()})
	final := dayTotal(simulate.New(simulate.Options{Now: at(noon), Launch: today.AddDate(0, 0, -3)}), "demo", yesterday)
	now.set(today.Add(6*time.Hour - time.Millisecond))
	if resp := send(t, ask(t, srv.URL, yesterday, today)); resp.StatusCode != 400 {
		t.Fatalf("before its delay is over: got %s", resp.Status)
	}
	if resp := send(t, ask(t, srv.URL, yesterday.AddDate(0, 0, -1), yesterday)); resp.StatusCode != 200 {
		t.Fatalf("the day before: got %s", resp.Status)
	}
	last := int64(0)
	for hours := 6; hours <= 36; hours += 5 {
		now.set(today.Add(time.Duration(hours) * time.Hour))
		_, total, _ := sums(t, send(t, ask(t, srv.URL, yesterday, today)).body)
		if total <= last || total > final {
			t.Errorf("%d hours after its end: got %d, before that %d, finally %d", hours, total, last, final)
		}
		if hours == 6 && (total < final*88/100 || total > final*90/100) {
			t.Errorf("at first: got %d of %d", total, final)
		}
		last = total
	}
	if last != final {
		t.Errorf("settled: got %d, want %d", last, final)
	}
	now.advance(1000 * time.Hour)
	if total := dayTotal(sim, "demo", yesterday); total != final {
		t.Errorf("long after: got %d, want %d", total, final)
	}
}

func TestBetweenTwoStepsNothingChanges(t *testing.T) {
	now := newClock(today.Add(7 * time.Hour))
	sim := simulate.New(simulate.Options{Now: now.read, Arrival: simulate.LateArrival()})
	before := dayTotal(sim, "demo", yesterday)
	now.advance(59 * time.Minute)
	if after := dayTotal(sim, "demo", yesterday); after != before {
		t.Errorf("got %d, then %d", before, after)
	}
}

func TestTheRunningDayHasDataOnlyWhereItArrivesLive(t *testing.T) {
	now := newClock(today)
	batch := simulate.New(simulate.Options{Now: now.read})
	live := simulate.New(simulate.Options{Now: now.read, Arrival: simulate.Arrival{Live: true, Delay: time.Hour, First: 0.9, Settle: 36 * time.Hour}})
	last := int64(0)
	for hour := 2; hour < 24; hour += 3 {
		now.set(today.Add(time.Duration(hour) * time.Hour))
		if rows := batch.Rows("demo", today, now.read()); len(rows) != 0 {
			t.Errorf("at %d: got %d rows of a day that has not ended", hour, len(rows))
		}
		_, total := add(live.Rows("demo", today, now.read()))
		if total <= last {
			t.Errorf("at %d: got %d, before that %d", hour, total, last)
		}
		last = total
		if rows := live.Rows("demo", now.read().Add(-time.Hour), now.read()); len(rows) != 0 {
			t.Errorf("at %d: got %d rows of an hour that is too new", hour, len(rows))
		}
		rows := live.Rows("demo", now.read().Add(-2*time.Hour), now.read().Add(-time.Hour))
		if len(rows) == 0 || !rows[0].Time.Equal(now.read().Add(-2*time.Hour)) {
			t.Errorf("at %d: got %d rows of the last hour that can be read", hour, len(rows))
		}
	}
}

func TestTheDemoAlwaysHasAnEndedDayAfterAStepBackAtMost(t *testing.T) {
	opts := simulate.Demo()
	now := newClock(today)
	opts.Now = now.read
	sim := simulate.New(opts)
	for range 48 {
		if dayTotal(sim, "demo", yesterday) == 0 && dayTotal(sim, "demo", yesterday.AddDate(0, 0, -1)) == 0 {
			t.Errorf("at %v: neither yesterday nor the day before has data", now.read())
		}
		now.advance(30 * time.Minute)
	}
}

func TestTheDemoShowsItsLaunchAtOnce(t *testing.T) {
	opts := simulate.Demo()
	opts.Now = at(noon)
	var launched, biggest int64
	byEvent := make(map[string]int64)
	for _, row := range simulate.New(opts).Rows("demo", yesterday, today) {
		byEvent[row.Event] += row.Billable
		biggest = max(biggest, byEvent[row.Event])
	}
	launched = byEvent["checkout_redesign"]
	if launched == 0 || launched*2 < biggest {
		t.Errorf("the launched event has %d, the biggest %d", launched, biggest)
	}
}
