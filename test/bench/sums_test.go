package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// planned writes a report and its plan.
func planned(t *testing.T) (file, planFile string, p *plan) {
	t.Helper()
	dir := t.TempDir()
	file, planFile = filepath.Join(dir, "report.csv"), filepath.Join(dir, "plan.json")
	if err := generate(file, 20_000); err != nil {
		t.Fatal(err)
	}
	p, err := newPlan(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err == nil {
		err = os.WriteFile(planFile, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file, planFile, p
}

func TestAllWaysComeToTheSameSums(t *testing.T) {
	file, planFile, p := planned(t)
	if len(p.Labels) != 3 || len(p.Values) != 2 || p.Rows != 20_000 {
		t.Fatalf("%+v", p)
	}
	for _, name := range []string{byEncodingCSV, byKnown, byInferred} {
		var out bytes.Buffer
		if err := sum(&out, name, file, planFile); err != nil {
			t.Fatal(err)
		}
		var s sums
		if err := json.Unmarshal(out.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		if err := new(refreshResults).compare(way{title: name}, s, p); err != nil || s.Allocs <= 0 || s.CPU <= 0 {
			t.Errorf("%s: %v, %+v", name, err, s)
		}
	}
}

func TestOtherSumsFailOrAreNoted(t *testing.T) {
	_, _, p := planned(t)
	other := sums{Rows: p.Rows, Totals: []float64{p.Totals[0] + 1, p.Totals[1]}}
	generated, own := &refreshResults{}, &refreshResults{own: true}
	if err := generated.compare(way{title: "a way"}, other, p); err == nil {
		t.Error("of a generated report they are an error")
	}
	for range 2 {
		if err := own.compare(way{title: "a way"}, other, p); err != nil || len(own.notes) != 1 {
			t.Errorf("of the user's they are noted once: %v, %q", err, own.notes)
		}
	}
}
