package report

import (
	"encoding/json"
	"testing"
)

func TestAStoredMappingThatNoReportGivesIsRefused(t *testing.T) {
	const column = `{"name":"a","header":"a","role":"value","why":"","aggregate":"sum","decimal":44,"order":2}`
	for stored, good := range map[string]bool{
		`{"delimiter":44,"columns":[` + column + `]}`:                              true,
		`{"delimiter":44,"columns":[{"name":"a","role":"time","order":9}]}`:        false,
		`{"delimiter":44,"columns":[{"name":"a","role":"gauge"}]}`:                 false,
		`{"delimiter":44,"columns":[{"name":"a","role":"value","decimal":65}]}`:    false,
		`{"delimiter":44,"columns":[{"name":"a","role":"value","aggregate":"x"}]}`: false,
		`{"delimiter":10,"columns":[` + column + `]}`:                              false,
	} {
		if err := json.Unmarshal([]byte(stored), new(Mapping)); (err == nil) != good {
			t.Errorf("%s: %v", stored, err)
		}
	}
}
