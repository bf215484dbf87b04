package main

import (
	"fmt"
	"os"
	"strings"
)

// The generated part of the document stands between these lines.
const (
	opening = "<!-- written by test/bench/run --write -->"
	closing = "<!-- end of what is written by test/bench/run --write -->"
)

// replaceGenerated returns a document with another generated part.
func replaceGenerated(document, generated string) (string, error) {
	before, rest, opened := strings.Cut(document, opening+"\n")
	_, after, closed := strings.Cut(rest, closing+"\n")
	if !opened || !closed {
		return "", fmt.Errorf("the lines %q and %q are not both there, in this order", opening, closing)
	}
	return before + opening + "\n\n" + generated + closing + "\n" + after, nil
}

// writeInto puts the generated part into a file.
func writeInto(file, generated string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	document, err := replaceGenerated(string(text), generated)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(document), 0o644) //nolint:gosec // a document of the repository, that anybody may read
}
