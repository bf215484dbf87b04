package app

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/test/harness"
)

func TestProgressIsLoggedOnceAMinuteWhereThereIsNoTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text harness.Log
		shown := newProgress(&text)
		log := slog.New(slog.NewTextHandler(shown, nil))
		step, end := shown.show("reading", 300, log)
		<-time.After(time.Second / 2) // between two steps
		for range 130 {
			<-time.After(time.Second)
			step()
		}
		end()
		<-time.After(time.Hour)
		var lines []string
		for line := range strings.Lines(text.String()) {
			_, said, _ := strings.Cut(line, "msg=")
			lines = append(lines, said)
		}
		want := []string{"\"Backfill progress\" step=reading done=59 of=300\n", "\"Backfill progress\" step=reading done=119 of=300\n"}
		if !slices.Equal(lines, want) {
			t.Errorf("logged: %q", lines)
		}
	})
}
