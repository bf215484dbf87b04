package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"statsig_exporter/statsig"
)

const troubleshootingDoc = "docs/troubleshooting.md"

// TestEveryLogLineHasItsPlaceInTroubleshooting compares messages and levels of the
// code with the document, both ways: errors and warnings have a heading, which their
// level follows, and lines of level info are in a table.
func TestEveryLogLineHasItsPlaceInTroubleshooting(t *testing.T) {
	logged := loggedMessages(t)
	if len(logged) < 35 {
		t.Fatalf("only %d messages were found in the code", len(logged))
	}
	documented := documentedMessages(t)
	for message, level := range logged {
		if got := documented[message]; got != level {
			t.Errorf("%q is logged as %s, and the document has it as %q", message, level, got)
		}
	}
	for message := range documented {
		if logged[message] == "" {
			t.Errorf("the document has %q, which is not logged", message)
		}
	}
}

// loggedMessages returns the level of every message that is logged, debug aside.
func loggedMessages(t *testing.T) map[string]string {
	t.Helper()
	logged := map[string]string{}
	for _, file := range sources(t, ".") {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch level := strings.TrimSuffix(method.Sel.Name, "Context"); level {
			case "Info", "Warn", "Error":
				if pkg, ok := method.X.(*ast.Ident); ok && pkg.Name == "http" {
					return true
				}
				message, ok := constantText(call.Args[0])
				if !ok {
					t.Errorf("%s: a call of %s has no constant message", file.Name, method.Sel.Name)
				}
				logged[message] = level
			}
			return true
		})
	}
	return logged
}

// constantText returns the value of a text, which may be joined of several and the
// program's name.
func constantText(expr ast.Expr) (text string, ok bool) {
	switch expr := expr.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(expr.Value)
		return text, err == nil && expr.Kind == token.STRING
	case *ast.Ident:
		return name, expr.Name == "name"
	case *ast.BinaryExpr:
		left, isLeft := constantText(expr.X)
		right, isRight := constantText(expr.Y)
		return left + right, isLeft && isRight
	}
	return "", false
}

// sources returns the files of the program below a directory. Modules of their own,
// tests, tools and the simulated API are none.
func sources(t *testing.T, dir string) (files []*ast.File) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "deploy", "test", "tools", "testdata", "statsigtest"}, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		files = append(files, file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// documentedLine matches a heading and the level that the text below it begins with.
var documentedLine = regexp.MustCompile(`(?m)^### (.+)\n(Error|Warning)[.,]`)

// documentedMessages returns the level of every message that the document explains.
func documentedMessages(t *testing.T) map[string]string {
	t.Helper()
	documented := map[string]string{}
	for _, m := range documentedLine.FindAllStringSubmatch(readText(t, troubleshootingDoc), -1) {
		documented[m[1]] = map[string]string{"Error": "Error", "Warning": "Warn"}[m[2]]
	}
	for _, table := range tables(t, troubleshootingDoc) {
		if table.header[0] != "Info line" {
			continue
		}
		for _, row := range table.rows {
			documented[code(row[0])[0]] = "Info"
		}
	}
	return documented
}

// TestTheErrorsInTroubleshootingAreThoseOfTheCode looks for the words of each error
// among the texts of the program. An ellipsis stands for what is not constant.
func TestTheErrorsInTroubleshootingAreThoseOfTheCode(t *testing.T) {
	var texts strings.Builder
	for _, file := range sources(t, ".") {
		ast.Inspect(file, func(n ast.Node) bool {
			if expr, ok := n.(*ast.BasicLit); ok {
				text, _ := constantText(expr)
				texts.WriteString(text + "\n")
			}
			return true
		})
	}
	errors := 0
	for _, table := range tables(t, troubleshootingDoc) {
		if table.header[0] != "Error" {
			continue
		}
		for _, row := range table.rows {
			errors++
			for part := range strings.SplitSeq(code(row[0])[0], "…") {
				if !strings.Contains(texts.String(), part) {
					t.Errorf("no text of the program has %q of %s", part, row[0])
				}
			}
		}
	}
	if errors < 20 {
		t.Errorf("only %d errors were found in the document", errors)
	}
}

func TestTroubleshootingExplainsEveryResultOfAPoll(t *testing.T) {
	var explained, results []string
	for _, table := range tables(t, troubleshootingDoc) {
		if table.header[0] == "Result" {
			for _, row := range table.rows {
				explained = append(explained, code(row[0])[0])
			}
		}
	}
	for _, result := range statsig.Results() {
		results = append(results, string(result))
	}
	if !slices.Equal(explained, results) {
		t.Errorf("the document explains %q, and polls end as %q", explained, results)
	}
}

// TestTroubleshootingNamesEveryMetricOfTrouble takes them from the list of metrics.
func TestTroubleshootingNamesEveryMetricOfTrouble(t *testing.T) {
	named := map[string]bool{}
	for _, name := range metricName.FindAllString(readText(t, troubleshootingDoc), -1) {
		named[name] = true
	}
	trouble := regexp.MustCompile(`_(?:errors|changes|requests|polls)_total$|_(?:skipped|folded|dropped|successful|restated|up|demo)$`)
	found := map[string]bool{}
	for _, name := range metricName.FindAllString(readText(t, "docs/metrics.md"), -1) {
		if trouble.MatchString(name) {
			found[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if !named[name] {
			t.Errorf("%s does not name %s", troubleshootingDoc, name)
		}
	}
	if len(found) < 10 {
		t.Errorf("only %d such metrics are listed", len(found))
	}
}
