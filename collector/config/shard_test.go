package config

import (
	"fmt"
	"math"
	"testing"
)

// shardOf returns the one shard of n that holds the project.
func shardOf(t *testing.T, project string, n int) int {
	t.Helper()
	found := -1
	for i := range n {
		if (Shard{i, n}).Holds(project) {
			if found >= 0 {
				t.Fatalf("%s belongs to shards %d and %d of %d", project, found, i, n)
			}
			found = i
		}
	}
	if found < 0 {
		t.Fatalf("%s belongs to no shard of %d", project, n)
	}
	return found
}

func TestEveryProjectBelongsToOneShardAndOnlyAnAddedOneTakesSome(t *testing.T) {
	const projects = 3000
	for _, n := range []int{1, 2, 3, 9} {
		held := make([]float64, n+1)
		for i := range projects {
			name := fmt.Sprintf("project-%d", i)
			before, after := shardOf(t, name, n), shardOf(t, name, n+1)
			if held[after]++; before != after && after != n {
				t.Errorf("%s moves from shard %d to %d as there are %d instead of %d", name, before, after, n+1, n)
			}
		}
		// Five standard deviations of what chance alone would do.
		mean := float64(projects) / float64(n+1)
		for i, count := range held {
			if math.Abs(count-mean) > 5*math.Sqrt(mean) {
				t.Errorf("shard %d of %d has %v projects, and should have some %.0f", i, n+1, count, mean)
			}
		}
	}
}

func TestTheZeroShardHoldsEveryProject(t *testing.T) {
	if got := (Shard{}).Of([]Project{{Name: "web"}, {Name: ""}}); len(got) != 2 || (Shard{}).String() != "" {
		t.Errorf("%v, %q", got, Shard{})
	}
}

func TestAShardIsReadAsItIsWritten(t *testing.T) {
	for _, text := range []string{"0/1", "0/3", "2/3", "499/500"} {
		var s Shard
		if err := s.Set(text); err != nil || s.String() != text {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "/", "1", "0/0", "3/3", "-1/3", "0/-3", "+0/3", "a/3", "0/3/4", " 0/3", "0/ 3", "0/4294967296", "0.0/1"} {
		var s Shard
		if err := s.Set(text); err == nil || s != (Shard{}) {
			t.Errorf("%q is taken for %v", text, s)
		}
	}
}
