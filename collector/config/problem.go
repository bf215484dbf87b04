package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/util/strutil"
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

// warn notes what is probably wrong at a line, and what would be right.
func (d *decoder) warn(line int, format string, args ...any) {
	d.config.warnings = append(d.config.warnings, Problem{d.file, line, fmt.Sprintf(format, args...)})
}

// sorted returns the problems by line, each once: an alias is read wherever it
// stands.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	seen := map[Problem]bool{}
	return slices.DeleteFunc(e, func(p Problem) bool {
		again := seen[p]
		seen[p] = true
		return again
	})
}

// keyShape matches what looks like a Console key, or like another key of Statsig
// that is pasted in its place.
var keyShape = regexp.MustCompile(`(?i)console-[^\s"':,\]}]*|(secret|client)-[0-9a-z]{16,}`)

// redact replaces what has the shape of a key in a text that is not from the file.
func redact(s string) string { return keyShape.ReplaceAllString(s, "<secret>") }

// quote returns a text of the file in quotes, shortened; all of it is replaced if
// it looks as if it held a secret.
func quote(s string) string {
	const limit = 60
	if looksSecret(s) {
		return "<secret>"
	}
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit]) + "…"
	}
	return strconv.Quote(s)
}

// randomRun matches a run that only a generated text such as a key or a token has.
var randomRun = regexp.MustCompile(`[0-9A-Za-z+/%]{12,}`)

// looksSecret reports whether s holds the shape of a key, or 12 letters and digits
// in a row that are not all letters or all digits.
func looksSecret(s string) bool {
	isDigit := func(r rune) bool { return '0' <= r && r <= '9' }
	isLetter := func(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }
	return keyShape.MatchString(s) || slices.ContainsFunc(randomRun.FindAllString(s, -1), func(run string) bool {
		return strings.ContainsFunc(run, isDigit) && strings.ContainsFunc(run, isLetter)
	})
}

// orList returns words as a, b or c.
func orList[S ~string](words []S) string {
	var b strings.Builder
	for i, w := range words {
		switch i {
		case 0:
		case len(words) - 1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// alike is how much alike two words are, from 0 to 1, if one is a slip for the other.
const alike = 0.85

// suggest says which of the valid words was probably meant by s, or lists all of them.
func suggest(s string, valid []string) string {
	matcher := strutil.NewJaroWinklerMatcher(s)
	meant := slices.MaxFunc(valid, func(a, b string) int { return cmp.Compare(matcher.Score(a), matcher.Score(b)) })
	if matcher.Score(meant) >= alike {
		return "did you mean " + meant + "?"
	}
	return "valid keys: " + strings.Join(valid, ", ")
}
