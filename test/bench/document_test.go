package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

const document = "../../docs/performance.md"

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commands are the lines of the page's blocks of shell that call test/bench/run.
func commands(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(read(t, document), -1) {
		for line := range strings.Lines(block[1]) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func TestThePageNamesCommandsThatExist(t *testing.T) {
	all := commands(t)
	if len(all) < 5 {
		t.Fatalf("%d commands were found", len(all))
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("usage.csv", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range all {
		args, ok := strings.CutPrefix(line, "test/bench/run")
		app, _ := newApp()
		if _, err := app.Parse(strings.Fields(args)); !ok || err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestThePageNamesEveryCommandAndFlag(t *testing.T) {
	text := strings.Join(commands(t), "\n") + "\n"
	app, _ := newApp()
	for _, command := range app.Model().Commands {
		// all is the default
		if !command.Hidden && command.Name != "help" && command.Name != "all" && !strings.Contains(text, "test/bench/run "+command.Name) {
			t.Errorf("the page does not name %s", command.Name)
		}
	}
	for _, flag := range app.Model().Flags {
		if !flag.Hidden && flag.Name != "help" && !strings.Contains(text, "--"+flag.Name) {
			t.Errorf("the page does not name --%s", flag.Name)
		}
	}
}

func TestOnlyTheGeneratedPartOfThePageIsReplaced(t *testing.T) {
	old := "before\n" + opening + "\nold\n" + closing + "\nafter\n"
	got, err := replaceGenerated(old, "new\n")
	if want := "before\n" + opening + "\n\nnew\n" + closing + "\nafter\n"; err != nil || got != want {
		t.Errorf("%v: %q", err, got)
	}
	if again, err := replaceGenerated(got, "new\n"); err != nil || again != got {
		t.Errorf("a second time: %v: %q", err, again)
	}
	for _, without := range []string{"", opening + "\n", closing + "\n" + opening + "\n"} {
		if _, err := replaceGenerated(without, "new\n"); err == nil {
			t.Errorf("%q has no place for it", without)
		}
	}
	if _, err := replaceGenerated(read(t, document), "new\n"); err != nil {
		t.Error(err)
	}
}
