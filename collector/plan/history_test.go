package plan

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

func TestARecordRestoresAHistory(t *testing.T) {
	zone := time.FixedZone("", 3600)
	p := shared()
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, zone)
	now := start.AddDate(0, 0, 9)
	valid := func() History {
		return History{start, [][]float64{{1, 2}}, [][]float64{{3}}, [][]Total{{{start.Add(time.Hour), 1}, {now, 2}}}}
	}
	text, err := json.Marshal(valid())
	if err != nil {
		t.Fatal(err)
	}
	var read, h History
	if err := json.Unmarshal(text, &read); err != nil || !h.Restore(read, p, zone, now) {
		t.Fatalf("%s: %v", text, err)
	}
	again, ok := h.Record(p, now)
	if got, _ := json.Marshal(again); !ok || string(got) != string(text) {
		t.Errorf("%s, and was %s", got, text)
	}
	if !h.HasPast(start) || !h.HasPast(start.AddDate(0, 1, 0)) || h.HasPast(start.AddDate(0, 2, 0)) {
		t.Errorf("the month before is %v", h.Past)
	}
	for name, damage := range map[string]func(r *History){
		"no month":               func(r *History) { r.Month = time.Time{} },
		"not a first":            func(r *History) { r.Month = start.Add(time.Hour) },
		"a month ahead":          func(r *History) { r.Month = start.AddDate(0, 1, 0) },
		"another meter":          func(r *History) { r.Days = append(r.Days, nil) },
		"no totals":              func(r *History) { r.Totals = nil },
		"too many days":          func(r *History) { r.Past[0] = make([]float64, 32) },
		"too many totals":        func(r *History) { r.Totals[0] = make([]Total, mostTotals+1) },
		"infinite units":         func(r *History) { r.Days[0][1] = math.Inf(1) },
		"a total ahead":          func(r *History) { r.Totals[0][1].At = now.Add(time.Second) },
		"a total of last month":  func(r *History) { r.Totals[0][0].At = start.Add(-time.Second) },
		"totals that are turned": func(r *History) { r.Totals[0][0], r.Totals[0][1] = r.Totals[0][1], r.Totals[0][0] },
	} {
		r := valid()
		damage(&r)
		if new(History).Restore(r, p, zone, now) {
			t.Errorf("%s: %v is restored", name, r)
		}
	}
}
