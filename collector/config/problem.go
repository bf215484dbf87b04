package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problem is one thing that is wrong with a configuration file.
type Problem struct {
	File    string
	Line    int    // from 1 on; 0 when the problem is with the file as a whole
	Message string // what is wrong and what would be right; holds no secret
}

// String returns the problem as FILE:LINE: MESSAGE, without LINE where there is
// none.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// Errors is every problem of one configuration file, ordered by line. It is the
// error of Load and Parse.
type Errors []Problem

// Error returns the problems one to a line, without a final newline.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sorted returns the problems by line, each once: a part of the file that is
// referred to twice is read twice.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	seen := map[Problem]bool{}
	return slices.DeleteFunc(e, func(p Problem) bool {
		if seen[p] {
			return true
		}
		seen[p] = true
		return false
	})
}

// redact replaces everything that looks like a Statsig key. It is a safety net
// under the rule that messages do not quote values that may be secrets.
func redact(s string) string {
	return secretPattern.ReplaceAllString(s, "<secret>")
}

// secretPattern matches Console keys, and the server keys that are pasted in
// their place.
var secretPattern = regexp.MustCompile(`(?i)console-[^\s"':,\]}]+|secret-[0-9a-z]{16,}`)

// looksSecret reports whether s holds something that looks like a Statsig key.
func looksSecret(s string) bool { return secretPattern.MatchString(s) }

// quote returns s in quotes for a message, shortened.
func quote(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// orList returns words as a, b or c.
func orList[S ~string](words []S) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// closest returns the word that was probably meant by s, or nothing.
func closest(s string, words []string) string {
	best, distance := "", max(1, len(s)/3)+1
	for _, w := range words {
		if d := editDistance(s, w); d < distance {
			best, distance = w, d
		}
	}
	return best
}

// editDistance is the least number of bytes to insert, delete or replace that
// turns a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
