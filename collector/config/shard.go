package config

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Shard is one of Count shares of the projects, counted from 0. Every project
// belongs to exactly one, by its name alone (rendezvous hashing): if the count
// changes, only the projects move that an added shard takes or a removed one leaves.
// The zero value is all projects. It implements flag.Value.
type Shard struct{ Index, Count int }

// Set reads a shard as it is written on the command line: "0/3" is the first of
// three.
func (s *Shard) Set(text string) error {
	index, count, _ := strings.Cut(text, "/")
	i, err := strconv.ParseUint(index, 10, 31)
	n, countErr := strconv.ParseUint(count, 10, 31)
	if err != nil || countErr != nil || i >= n {
		return fmt.Errorf("--shard=%s is not a shard; it must be i/n with i from 0 to n-1, such as 0/3 for the first of 3", text)
	}
	*s = Shard{int(i), int(n)}
	return nil
}

// String is the inverse of Set; empty for all projects.
func (s Shard) String() string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// Holds reports whether a project belongs to the shard.
func (s Shard) Holds(project string) bool {
	best, bestScore := 0, uint64(0)
	for i := range s.Count {
		sum := sha256.Sum256([]byte(strconv.Itoa(i) + "/" + project))
		if score := binary.BigEndian.Uint64(sum[:]); i == 0 || score > bestScore {
			best, bestScore = i, score
		}
	}
	return best == s.Index
}

// Of returns the projects that belong to the shard, in their order.
func (s Shard) Of(projects []Project) []Project {
	var mine []Project
	for _, p := range projects {
		if s.Holds(p.Name) {
			mine = append(mine, p)
		}
	}
	return mine
}
