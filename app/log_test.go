package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/common/promslog"

	"statsig_exporter/app/show"
)

func TestNoLineOfTheLogIsLongOrSteersATerminal(t *testing.T) {
	hostile := strings.Repeat("\x1b[31m\u202e\u009b\U000e0041é\n", 10_000)
	many := make([]string, 5000)
	for i := range many {
		many[i] = "column"
	}
	for _, format := range []string{"logfmt", "json"} {
		var text bytes.Buffer
		config := &promslog.Config{Format: promslog.NewFormat()}
		if err := config.Format.Set(format); err != nil {
			t.Fatal(err)
		}
		log := newLogger(config, &text)
		log.With("project", hostile, "window", hostile).Error("Poll failed", "err", errors.New(hostile), "quoted", hostile, "columns", many, "n", 1)
		log.Error(hostile, "columns", many[:2])
		lines := strings.SplitAfter(text.String(), "\n")
		if len(lines) != 3 {
			t.Fatalf("%s: %d lines", format, len(lines))
		}
		for _, line := range lines[:2] {
			if len(line) > lineLimit || line != show.Lines(line) || strings.Contains(line, "\x1b") {
				t.Errorf("%s: %d bytes: %q", format, len(line), line)
			}
			if format == "json" && !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %s", line)
			}
		}
		if !strings.Contains(lines[0], "more") || !strings.Contains(lines[0], "Poll failed") || strings.Contains(lines[1], "more") {
			t.Errorf("%s: %q", format, lines)
		}
	}
}
