//go:build faults

package faults_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// keyDir is a directory with a key file that is replaced in one step, as Kubernetes does it with secrets.
type keyDir struct {
	dir string
	n   int
}

func (k *keyDir) file() string { return filepath.Join(k.dir, "key") }

// write replaces the key.
func (k *keyDir) write(t *testing.T, key string) {
	t.Helper()
	k.n++
	version, link := fmt.Sprintf("..%d", k.n), filepath.Join(k.dir, "..new")
	err := errors.Join(
		os.Mkdir(filepath.Join(k.dir, version), 0o700), os.WriteFile(filepath.Join(k.dir, version, "key"), []byte(key), 0o600),
		os.Symlink(version, link), os.Rename(link, filepath.Join(k.dir, "..data")),
	)
	if _, statErr := os.Lstat(k.file()); err == nil && statErr != nil {
		err = os.Symlink("..data/key", k.file())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// settled waits until a project's first poll has ended with a result.
func (w *walk) settled(t *testing.T, project, result string) page {
	t.Helper()
	var m page
	eventually(t, func() error {
		m = w.exporter.scrape(t)
		return wantAtLeast(m.polls(project, result), 1)
	})
	return m
}

func TestARefusedKeyIsTriedAgainOnceItHasChanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, first, says string
		reload            bool
	}{
		{"rejected", "console-old", "status 401", false},
		{"rejected, and reloaded", "console-old", "status 401", true},
		{"empty", "", "is empty", false},
		{"of two lines", "console-old\nconsole-older\n", "it must hold the key alone", false},
		{"missing", "-", "no such file", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWalk(t, scenario{projects: []string{"web", "app"}})
			key := &keyDir{dir: t.TempDir()}
			if c.first != "-" {
				key.write(t, c.first)
			}
			config := strings.Replace(hourly(w.config()), "api_key: "+w.keys[1], fmt.Sprintf("api_key_file: %q", key.file()), 1)
			w.exporter = start(t, config, "--web.enable-lifecycle")
			w.settled(t, "web", success)
			m := w.settled(t, "app", unauthorized)
			eventually(t, func() error {
				for _, text := range []string{w.exporter.mustGet(t, "/", ""), w.exporter.Log.String()} {
					if !strings.Contains(text, c.says) || c.first != "console-old" && !strings.Contains(text, key.file()) {
						return fmt.Errorf("%q and the file's name are not in\n%s", c.says, harness.Cut(text, 3000))
					}
				}
				return nil
			})
			if m.of("statsig_up", "app") != 0 || m.of("statsig_up", "web") != 1 {
				t.Errorf("statsig_up is %v, and %v for the other project", m.of("statsig_up", "app"), m.of("statsig_up", "web"))
			}
			if c.reload {
				w.reloaded(t, strings.Replace(config, "{name: app, ", "{name: app, labels: {team: x}, ", 1))
			}
			quiet(5*time.Second)(t, w)
			w.rotated(t, key)
			w.keepsTheKey(t, "the log", w.exporter.Log.String())
		})
	}
}

// rotated writes a key that is still wrong, and then the right one.
func (w *walk) rotated(t *testing.T, key *keyDir) {
	t.Helper()
	asked := len(w.upstream.seen())
	key.write(t, "console-wrong-too")
	eventually(t, func() error { return wantAtLeast(len(w.upstream.seen()), asked+1) })
	quiet(3*time.Second)(t, w)
	key.write(t, w.keys[1]+"\n")
	eventually(t, func() error {
		if m := w.exporter.scrape(t); m.total("app") != goodTotal || m.of("statsig_up", "app") != 1 {
			return fmt.Errorf("sum %v, statsig_up %v", m.total("app"), m.of("statsig_up", "app"))
		}
		return nil
	})
	if n := len(w.upstream.seen()); n != asked+2 || w.asked("web") != 1 {
		t.Errorf("%d requests with two new keys; the other project was polled %d times", n-asked, w.asked("web"))
	}
}

func TestAReloadTriesARefusedKeyAgainOnlyIfItIsAnother(t *testing.T) {
	t.Parallel()
	w := newWalk(t, scenario{projects: []string{"web", "app"}})
	good := hourly(w.config())
	bad := strings.Replace(good, w.keys[1], "console-old", 1)
	w.exporter = start(t, bad, "--web.enable-lifecycle")
	w.settled(t, "web", success)
	w.settled(t, "app", unauthorized)
	w.reloaded(t, bad)
	w.reloaded(t, strings.Replace(bad, "{name: app, ", "{name: app, labels: {team: x}, ", 1))
	w.reloaded(t, strings.Replace(bad, "poll_timeout: 25s", "poll_timeout: 24s", 1))
	quiet(3*time.Second)(t, w)
	m := w.reloaded(t, good)
	if m.polls("app", unauthorized) != 1 {
		t.Errorf("the refused key was counted %d times", m.polls("app", unauthorized))
	}
	w.settled(t, "app", success)
	if w.asked("web") != 1 || w.asked("app") != 1 {
		t.Errorf("web was polled %d times and app %d times", w.asked("web"), w.asked("app"))
	}
}

func TestWithoutStorageAnotherMappingIsPolledAtOnce(t *testing.T) {
	t.Parallel()
	w := newHourly(t, []string{"web", "app"}, "--web.enable-lifecycle")
	hold := make(chan struct{})
	w.upstream.set(phase{serve: func(x *exchange) {
		<-hold
		x.csv(goodReport)
	}})
	changed := strings.Replace(hourly(w.config()), "{name: app, ", "{name: app, report: {columns: {Event Type: {role: ignore}}}, ", 1)
	m := w.reloaded(t, changed)
	if m.usage() != w.before.usage() {
		t.Errorf("what was served did not stay until the poll:\n%s", m.usage())
	}
	close(hold)
	want := `statsig_usage_billable_events{event_name="refund",project="app",window="day"} -12.25`
	eventually(t, func() error {
		if m = w.exporter.scrape(t); !strings.Contains(string(m), want) {
			return errors.New(m.usage())
		}
		return nil
	})
	if n := w.asked("web"); n != 1 || m.about("web") != w.before.about("web") {
		t.Errorf("the project that stays was polled %d times", n)
	}
}

func TestAReloadNeitherEndsNorWaitsForThePollsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWalk(t, scenario{projects: []string{"web", "app"}})
	hold := make(chan struct{})
	w.upstream.set(phase{serve: func(x *exchange) {
		x.say(header(chunked), chunk(goodReport[:60]))
		select {
		case <-hold:
			x.say(chunk(goodReport[60:]), "0\r\n\r\n")
		case <-x.done:
		}
	}})
	good := hourly(w.config())
	w.exporter = start(t, good, "--web.enable-lifecycle")
	eventually(t, func() error { return wantAtLeast(min(w.asked("web"), w.asked("app")), 1) })
	m := w.reloaded(t, w.without(good, "app")) // a poll that it waits for times out
	if rest := m.about("app"); rest != "" {
		t.Errorf("the removed project has left\n%s", rest)
	}
	close(hold)
	m = w.settled(t, "web", success)
	if n := w.asked("web"); n != 1 || m.total("web") != goodTotal {
		t.Errorf("the project that stays was asked for %d times, and its sum is %v", n, m.total("web"))
	}
	if rest := m.about("app"); rest != "" {
		t.Errorf("the poll of the removed project has left\n%s", rest)
	}
	w.exporter.mustGet(t, "/-/ready", "")
}

func TestAWindowThatIsRedefinedStartsAnew(t *testing.T) {
	t.Parallel()
	w := newHourly(t, []string{"web"}, "--web.enable-lifecycle", "--storage.path="+t.TempDir())
	w.upstream.set(phase{serve: (*exchange).stall})
	m := w.reloaded(t, hourly(w.config())+"windows: [{name: day, period: 36h}]\n")
	const last = "statsig_exporter_poll_last_success_timestamp_seconds"
	if m.total("web") != -1 || m.of("statsig_up", "web") != -1 || m.of(last, "web") != -1 {
		t.Errorf("a window that was never polled has the sum %v, statsig_up %v and a success at %v", m.total("web"), m.of("statsig_up", "web"), m.of(last, "web"))
	}
	eventually(t, func() error { return wantAtLeast(w.asked("web"), 2) })
}
