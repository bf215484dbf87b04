package app

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/collector/store"
	"statsig_exporter/statsig/statsigtest"
	"statsig_exporter/test/harness"
)

// pastRun is one run of the command, with a simulated API of its own.
type pastRun struct {
	cmd *exec.Cmd

	mu    sync.Mutex
	asked map[string]int // by project and start
	left  int
}

func (p *pastRun) note(r statsigtest.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[r.Project+" "+r.Query.Get("start")]++
	if p.left--; p.left == 0 {
		_ = p.cmd.Process.Kill() // it may have ended
	}
}

// runPast runs the command until it ends, or is killed after so many requests. Each
// of the many projects has a key of its own, so that no rate limit makes a few days
// take long.
func runPast(t *testing.T, projects, kill int, args ...string) (asked map[string]int, err error) {
	t.Helper()
	run := &pastRun{asked: map[string]int{}, left: kill}
	options := statsigtest.Options{}
	var list strings.Builder
	for i := range projects {
		p := statsigtest.Project{Name: fmt.Sprintf("p%02d", i), Key: fmt.Sprintf("console-%d", i)}
		options.Projects = append(options.Projects, p)
		fmt.Fprintf(&list, "  - {name: %s, api_key: %s}\n", p.Name, p.Key)
	}
	api := statsigtest.New(options)
	api.OnRequest = run.note
	server := httptest.NewServer(api)
	configFile := filepath.Join(t.TempDir(), "statsig.yml")
	if err := os.WriteFile(configFile, []byte("api: {base_url: "+server.URL+"}\nprojects:\n"+list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run.cmd = exec.CommandContext(t.Context(), name, append([]string{"backfill", "--config.file=" + configFile}, args...)...)
	var said strings.Builder
	run.cmd.Stdout, run.cmd.Stderr = &said, &said
	run.mu.Lock() // Requests are noted once there is a process to kill.
	err = run.cmd.Start()
	run.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	err = run.cmd.Wait()
	server.Close() // Requests that were under way have been noted then.
	if err != nil {
		err = fmt.Errorf("%w: %s", err, said.String())
	}
	return run.asked, err
}

// has returns what a cache has, as pastAPI writes it.
func has(t *testing.T, dir string) map[string]bool {
	t.Helper()
	kept, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	stored, problems, err := kept.Tidy(func(store.Key) bool { return true })
	if err != nil || len(problems) > 0 {
		t.Errorf("the cache: %v %v", problems, err)
	}
	names := map[string]bool{}
	for _, meta := range stored {
		names[fmt.Sprintf("%s %d", meta.Project, meta.Start.UnixMilli())] = true
	}
	return names
}

func TestABackfillThatIsKilledAsksForNothingTwiceThatItHas(t *testing.T) {
	const projects, days = 12, 4
	dir := t.TempDir()
	cache, output, undisturbed := filepath.Join(dir, "cache"), filepath.Join(dir, "usage.om"), filepath.Join(dir, "undisturbed.om")
	flags := []string{"--from=2026-01-01", "--to=2026-01-05", "--refresh=0s"}
	had := map[string]bool{}
	run := func(kill int) error {
		asked, err := runPast(t, projects, kill, append(flags, "--output="+output, "--cache="+cache)...)
		for period, n := range asked {
			if had[period] || n > 1 {
				t.Errorf("%s was asked for %d times, and had before: %t", period, n, had[period])
			}
		}
		had = has(t, cache)
		return err
	}
	for range 8 {
		left := projects*days - len(had)
		if left == 0 || run(1+rand.IntN(left)) == nil {
			break
		}
		if _, err := os.Stat(output); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("there is an output: %v", err)
		}
	}
	if err := run(0); err != nil {
		t.Fatal(err)
	}
	if _, err := runPast(t, projects, 0, append(flags, "--output="+undisturbed)...); err != nil {
		t.Fatal(err)
	}
	text := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if a, b := text(output), text(undisturbed); a != b || strings.Count(a, "\n") < projects*days {
		t.Errorf("the output has %d bytes, and without interruptions %d", len(a), len(b))
	}
}

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
