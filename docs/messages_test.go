package docs_test

import (
	"regexp"
	"strings"
	"testing"

	"statsig_exporter/statsig"
)

var (
	// logCall matches a call that logs a message above level debug.
	logCall = regexp.MustCompile(`\.(Info|Warn|Error)(?:Context)?\((?:ctx, )?"([^"]+)"`)
	// explained matches a message and its level in troubleshooting.md: errors and
	// warnings have a heading, lines of level info a row.
	explained = regexp.MustCompile("(?m)^### (.+)\n(Error|Warn)|^\\| `([A-Z][^`…]+)` \\|")
	// explainedError matches an error in a row of troubleshooting.md.
	explainedError = regexp.MustCompile("(?m)^\\| `([^`A-Z][^`]+)` \\|")
)

func TestTroubleshootingExplainsEveryLineOfTheLog(t *testing.T) {
	sources := ""
	for path, text := range files(t, "../app/*.go", "../app/*/*.go", "../collector/*.go", "../collector/*/*.go", "../collector/*/*/*.go", "../statsig/*.go", "../statsig/*/*.go") {
		if !strings.HasSuffix(path, "_test.go") {
			sources += text
		}
	}
	text := read(t, "troubleshooting.md")
	levels := map[string]string{}
	for _, m := range explained.FindAllStringSubmatch(text, -1) {
		if m[3] != "" {
			levels[m[3]] = "Info"
		} else {
			levels[m[1]] = m[2]
		}
	}
	logged := map[string]string{}
	for _, m := range logCall.FindAllStringSubmatch(strings.ReplaceAll(sources, `Starting "+name`, `Starting statsig_exporter"`), -1) {
		logged[m[2]] = m[1]
		if levels[m[2]] != m[1] {
			t.Errorf("%q is logged as %s, and troubleshooting.md has it as %q", m[2], m[1], levels[m[2]])
		}
	}
	for message := range levels {
		if logged[message] == "" {
			t.Errorf("troubleshooting.md has %q, which is not logged", message)
		}
	}
	for _, m := range explainedError.FindAllStringSubmatch(text, -1) {
		for part := range strings.SplitSeq(m[1], "…") { // which stands for what is not constant
			if !strings.Contains(sources, strings.Trim(part, " :")) {
				t.Errorf("no error has %q of %s", part, m[0])
			}
		}
	}
	for _, result := range statsig.Results() {
		if !strings.Contains(text, "\n| `"+string(result)+"` |") {
			t.Errorf("troubleshooting.md does not explain the result %s", result)
		}
	}
}
