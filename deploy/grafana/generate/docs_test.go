package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// code matches what stands in backquotes.
var code = regexp.MustCompile("`([^`]+)`")

func TestTheDocumentNamesEverySectionVariableAndCurrency(t *testing.T) {
	text := string(readFile(t, "../../../docs/dashboards.md"))
	lines := strings.Split(text, "\n")
	var variables []string
	for _, made := range dashboards() {
		var sections []string
		for _, element := range made.Panels {
			if r, ok := element.(row); ok {
				sections = append(sections, r.Title)
			}
		}
		if got := quoted(lines, "| `"+made.UID+".json` |"); !slices.Equal(got[min(1, len(got)):], sections) {
			t.Errorf("docs/dashboards.md gives %s the sections %q; it has %q", made.UID, got, sections)
		}
		for _, v := range made.Templating.List {
			if len(quoted(lines, "| `"+v.Name+"`")) == 0 && v.Name != "instance" {
				variables = append(variables, v.Name)
			}
		}
	}
	if len(variables) > 0 {
		t.Errorf("docs/dashboards.md has no line for the variables %q", variables)
	}
	codes := sortedKeys(currencies())
	list := strings.Join(codes[:len(codes)-1], ", ") + " or " + codes[len(codes)-1]
	if !strings.Contains(strings.Join(strings.Fields(text), " "), "where it is "+list+",") {
		t.Errorf("docs/dashboards.md does not list the currencies %s", list)
	}
}

// quoted returns what stands in backquotes in the line that begins so.
func quoted(lines []string, begin string) []string {
	var found []string
	for _, line := range lines {
		if strings.HasPrefix(line, begin) {
			for _, match := range code.FindAllStringSubmatch(line, -1) {
				found = append(found, match[1])
			}
		}
	}
	return found
}
