package app

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTheBoundsOfSecurityAreThoseOfTheCode compares each figure with the constant beside it, and looks for the tests
// that are said to hold it.
func TestTheBoundsOfSecurityAreThoseOfTheCode(t *testing.T) {
	tests := testsOfTheRepository(t)
	rows, compared := 0, 0
	for _, table := range tables(t, "SECURITY.md") {
		if strings.Join(table.header, "|") != "Bound|How much|Where|Test" {
			t.Errorf("there is a table of %v", table.header)
			continue
		}
		for _, row := range table.rows {
			rows++
			proofs := code(row[3])
			if len(proofs) == 0 {
				t.Errorf("%s: no test is named", row[0])
			}
			for _, test := range proofs {
				if !tests[test] {
					t.Errorf("%s: there is no test %s", row[0], test)
				}
			}
			where := code(row[2])
			if _, err := os.Stat(where[0]); err != nil {
				t.Errorf("%s: %v", row[0], err)
				continue
			}
			if len(where) == 1 {
				continue
			}
			compared++
			if want, found := quantity(t, row[1]), valuesOf(t, where[0], where[1]); !slices.Contains(found, want) {
				t.Errorf("%s is said to be %s, which is %d; %s in %s is %v", row[0], row[1], want, where[1], where[0], found)
			}
		}
	}
	if rows < 30 || compared < 30 {
		t.Errorf("%d bounds were found, and %d compared", rows, compared)
	}
}

// amount matches a figure and its unit.
var amount = regexp.MustCompile(`^([0-9,]+)(?: (GiB|MiB|KiB|bytes|characters|s|min|h))?$`)

// quantity returns a figure as the code has it: bytes, or nanoseconds.
func quantity(t *testing.T, text string) int64 {
	t.Helper()
	m := amount.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%q is no figure", text)
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	unit := map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "s": 1e9, "min": 60e9, "h": 3600e9}[m[2]]
	return n * max(unit, 1)
}

// durations are the constants of package time that stand in expressions.
var durations = strings.NewReplacer("time.Millisecond", "1000000", "time.Second", "1000000000", "time.Minute", "60000000000", "time.Hour", "3600000000000")

// valuesOf returns the values that a file gives to a constant or a field of a struct. Of a call it returns those of the
// arguments.
func valuesOf(t *testing.T, file, name string) (found []int64) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	add := func(value ast.Expr) {
		var text strings.Builder
		if err := printer.Fprint(&text, files, value); err != nil {
			t.Fatal(err)
		}
		// What is no constant is not compared.
		if got, err := types.Eval(token.NewFileSet(), nil, token.NoPos, durations.Replace(text.String())); err == nil && got.Value != nil {
			if n, exact := constant.Int64Val(constant.ToInt(got.Value)); exact {
				found = append(found, n)
			}
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, ident := range n.Names {
				if ident.Name == name && i < len(n.Values) {
					add(n.Values[i])
				}
			}
		case *ast.KeyValueExpr:
			if ident, ok := n.Key.(*ast.Ident); ok && ident.Name == name {
				add(n.Value)
				if call, ok := n.Value.(*ast.CallExpr); ok {
					for _, arg := range call.Args {
						add(arg)
					}
				}
			}
		}
		return true
	})
	return found
}

// testsOfTheRepository returns the names of all tests and fuzz targets, whatever tags they need.
func testsOfTheRepository(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read tests: %w", err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestSecurityIsShort keeps the document readable.
func TestSecurityIsShort(t *testing.T) {
	for file, most := range map[string]int{"SECURITY.md": 120, "docs/kubernetes.md": 80} {
		if n := strings.Count(readText(t, file), "\n"); n >= most {
			t.Errorf("%s has %d lines, want less than %d", file, n, most)
		}
	}
}
